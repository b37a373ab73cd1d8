"""The networks that are measured: full-size ones with random weights, and the bundled one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import comfy.model_management
import comfy.model_patcher
import comfy.supported_models
import torch
from torch import Tensor

from ...demo.network import UNET
from ...demo.scenes import SCENES
from ...nodes.demo import DragDemoModel

TOKENS = 77
POOLED = 1280
CELL = 8
WEIGHT_DEVIATION = 0.02
WEIGHT_PERIOD = 1_000_003  # a prime, so that no two rows of a matrix are alike
SD15: dict[str, Any] = UNET | {"model_channels": 320, "channel_mult": [1, 2, 4, 4], "context_dim": 768}
SDXL: dict[str, Any] = UNET | {
    "num_classes": "sequential",
    "adm_in_channels": 2816,
    "model_channels": 320,
    "num_res_blocks": [2, 2, 2],
    "channel_mult": [1, 2, 4],
    "num_head_channels": 64,
    "transformer_depth": [0, 0, 2, 2, 10, 10],
    "transformer_depth_middle": 10,
    "transformer_depth_output": [0, 0, 0, 2, 2, 2, 10, 10, 10],
    "use_linear_in_transformer": True,
    "context_dim": 2048,
    "use_temporal_attention": False,
}
CELLS = {"sd15": 64, "sdxl": 128, "demo": 32}


@dataclass(frozen=True)
class Network:
    """A MODEL with a prompt and a latent (1, 4, cells, cells) to run it on.

    feature_block and start_layer: what Drag Optimize Latent and Reference Attention are told for its architecture.
    """

    title: str
    model: Any
    positive: list
    latent: dict
    feature_block: int = 8
    start_layer: int = 10

    @property
    def cells(self) -> int:
        return self.latent["samples"].shape[-1]

    @property
    def picture(self) -> str:
        """The size of the picture that the latent stands for."""
        return f"{CELL * self.cells}x{CELL * self.cells}"

    @property
    def dtype(self) -> str:
        """The precision it computes in."""
        cast = self.model.get_model_object("manual_cast_dtype")
        return str(cast or self.model.model.get_dtype()).removeprefix("torch.")

    def resized(self, cells: int) -> Network:
        """The same network on a latent of another size."""
        return replace(self, latent=random_latent(cells))

    def levels(self, count: int) -> Tensor:
        """Noise levels to evaluate at, as many as asked for, ascending."""
        sigmas = self.model.get_model_object("model_sampling").sigmas
        return sigmas[torch.linspace(1, 0.7 * len(sigmas), count).long()]

    def conditions(self, batch: int = 1) -> dict[str, Any]:
        """What `apply_model` takes beside latent and noise level."""
        network, device, side = self.model.model, self.model.load_device, CELL * self.cells
        context, extra = self.positive[0]
        vector = network.encode_adm(**extra, width=side, height=side, device=device)
        rows = {"c_crossattn": context, "y": vector}
        found = {
            name: row.to(device).repeat(batch, *[1] * (row.ndim - 1)) for name, row in rows.items() if row is not None
        }
        return found | {"transformer_options": {}}

    def evaluate(self, levels: Tensor, batch: int = 1) -> None:
        """Runs the bare network once at every noise level."""
        device = self.model.load_device
        x = self.latent["samples"].to(device).repeat(batch, 1, 1, 1)
        conditions = self.conditions(batch)
        for sigma in levels.to(device):
            self.model.model.apply_model(x, sigma.expand(batch), **conditions)


@torch.inference_mode(False)
def load(name: str, cells: int | None = None) -> Network:
    """A network by its short name, whole on the device it runs on, for latents of its usual or another size.

    Its weights are ordinary ones, also where that is called in inference mode, so that gradients need no copy of them.
    """
    makers = {"sd15": random_sd15, "sdxl": random_sdxl, "demo": bundled}
    network = makers[name](random_latent(cells or CELLS[name]))
    comfy.model_management.load_models_gpu([network.model], force_full_load=True)
    return network


def random_latent(cells: int) -> dict:
    generator = torch.Generator().manual_seed(0)
    return {"samples": torch.randn(1, 4, cells, cells, generator=generator)}


def random_sd15(latent: dict) -> Network:
    model = random_model(comfy.supported_models.SD15(SD15))
    return Network("SD1.5-shaped network with random weights", model, random_prompt(SD15["context_dim"], None), latent)


def random_sdxl(latent: dict) -> Network:
    model = random_model(comfy.supported_models.SDXL(SDXL))
    prompt = random_prompt(SDXL["context_dim"], POOLED)
    return Network("SDXL-shaped network with random weights", model, prompt, latent, feature_block=5, start_layer=8)


def bundled(latent: dict) -> Network:
    model, positive, _, _ = DragDemoModel.execute(next(iter(SCENES))).args
    return Network("bundled network", model, positive, latent)


def random_model(config):
    """A MODEL of a full shape in bfloat16, its weights small random numbers that repeat."""
    offload = comfy.model_management.unet_offload_device()
    config.set_inference_dtype(torch.bfloat16, None)
    model = config.get_model({}, "", device=offload)
    numbers = WEIGHT_DEVIATION * torch.randn(WEIGHT_PERIOD, generator=torch.Generator().manual_seed(0))
    for parameter in model.diffusion_model.parameters():
        times = math.ceil(parameter.numel() / WEIGHT_PERIOD)
        parameter.data.copy_(numbers.to(parameter.dtype).repeat(times)[: parameter.numel()].view(parameter.shape))
    return comfy.model_patcher.ModelPatcher(
        model, load_device=comfy.model_management.get_torch_device(), offload_device=offload
    )


def random_prompt(channels: int, pooled: int | None) -> list:
    """A CONDITIONING of random tokens, for SDXL with a pooled one."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(1, TOKENS, channels, generator=generator)
    return [[tokens, {"pooled_output": None if pooled is None else torch.randn(1, pooled, generator=generator)}]]
