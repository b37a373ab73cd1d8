"""What a reference that moves costs beside the plain edit, on a small network of Flux's class with random weights."""

from __future__ import annotations

from functools import partial
from typing import Any

import comfy.model_management
import comfy.model_patcher
import comfy.samplers
import comfy.supported_models
import torch

from ...core.instruction.spec import DragSpec
from ...nodes.drag_reference import DragReference
from ..report import Report
from .instructions import drags, regions
from .timing import device, seconds, take_turns

CELLS, STEPS, TOKENS, CHANNELS = 64, 4, 64, 16
PICTURE = 8 * CELLS
FLUX: dict[str, Any] = {
    "image_model": "flux",
    "in_channels": CHANNELS,
    "out_channels": CHANNELS,
    "patch_size": 2,
    "vec_in_dim": None,
    "context_in_dim": TOKENS,
    "hidden_size": 256,
    "mlp_ratio": 4.0,
    "num_heads": 2,
    "depth": 2,
    "depth_single_blocks": 6,
    "axes_dim": [16, 56, 56],
    "theta": 10000,
    "qkv_bias": True,
    "guidance_embed": False,
    "txt_ids_dims": [],
}
CAPTION = (
    f"A whole edit with a moved reference beside the plain edit, {PICTURE}x{PICTURE}, {STEPS} steps, random weights: "
    "by turns, medians; ratios round by round. A new drag is mapped first; known, it is not."
)


def put_all(report: Report, rounds: int) -> None:
    """Writes the table."""
    model = network()
    said = {"a region": regions(PICTURE, 1, 0.1), "four drags in a mask": drags(PICTURE, 4, 0.1)}
    rows = [row(model, what, spec, rounds) for what, spec in said.items()]
    report.put(f"moved reference {device()}", CAPTION, rows, rounds=rounds, network="Flux, hidden 256, 2 + 6 blocks")


def row(model: Any, what: str, spec: DragSpec, rounds: int) -> dict[str, Any]:
    known = dragged(model, spec)
    edit(known)
    plain, moved = (partial(seconds, partial(edit, each)) for each in (model, known))
    turns = take_turns(plain, moved, rounds).columns()
    anew = take_turns(plain, lambda: seconds(lambda: edit(dragged(model, spec))), rounds).columns()
    return {"drag": what, **turns, "ratio, new drag": anew["ratio"]}


def dragged(model: Any, spec: DragSpec) -> Any:
    return DragReference.execute(model, spec, 1).args[0]


def edit(model: Any) -> torch.Tensor:
    """The plain edit, or with a MODEL whose reference moves the whole one."""
    generator = torch.Generator().manual_seed(0)
    noise, reference = torch.randn(2, 1, CHANNELS, CELLS, CELLS, generator=generator)
    prompt = [[torch.zeros(1, TOKENS, TOKENS), {"pooled_output": None, "reference_latents": [reference]}]]
    guider = comfy.samplers.CFGGuider(model)
    guider.set_conds(prompt, prompt)
    sampler, sigmas = comfy.samplers.sampler_object("euler"), torch.linspace(1, 0, STEPS + 1)
    return guider.sample(noise, torch.zeros_like(noise), sampler, sigmas, seed=0, disable_pbar=True)


def network() -> Any:
    config = comfy.supported_models.FluxSchnell(FLUX)
    config.set_inference_dtype(torch.float32, None)
    places = comfy.model_management.get_torch_device(), comfy.model_management.unet_offload_device()
    model = config.get_model({}, "", device=places[1])
    generator = torch.Generator().manual_seed(0)
    for weight in model.diffusion_model.parameters():
        weight.data.copy_(torch.randn(weight.shape, generator=generator) * 0.02)
    return comfy.model_patcher.ModelPatcher(model, load_device=places[0], offload_device=places[1])
