"""Drag Reference on a small random network of every family of edit models that this host has.

The thing on the reference goes four tokens to the right and the grey there takes its place: the network must make what
it makes of a reference with the thing there. So it is seen where the host keeps references, and that they move.
"""

from typing import Any

import comfy.model_management
import comfy.model_patcher
import comfy.supported_models
import torch

from ...core.check.compare import allowed_difference, largest_difference, samples_of
from ...core.check.table import Outcome, Status
from .calls import first
from .small_networks import CONTEXT, FLUX, FLUX2, LONGCAT, POOLED, QWEN, QWEN21

TOKEN, SIDE = 16, 8  # pixels, tokens
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {  # by name: the host's class of the model, and its small shape
    "FLUX.1 Kontext": ("Flux", FLUX),
    "FLUX.2": ("Flux2", FLUX2),
    "LongCat-Image": ("LongCatImage", LONGCAT),
    "Qwen-Image": ("QwenImage", QWEN),
    "Qwen-Image 2.1": ("QwenImage21", QWEN21),
}
SPREAD = 0.2  # of random weights, around 0 and, of norms, 1
FRAMES = {"Qwen-Image": 1}


def families() -> list[str]:
    """Those that this host has."""
    return [name for name, (kind, _) in FAMILIES.items() if hasattr(comfy.supported_models, kind)]


def moved_reference(name: str) -> Outcome:
    """What a family makes of a reference that does not move, and of one that moves, beside what it is to make."""
    model, line = build(name), f"Drag Reference, {name}"
    wanted = made(model, name, column=2), made(model, name, column=6)
    found = (made(moved(model, pixels), name, column=2) for pixels in (0, 4 * TOKEN))
    differences = [largest_difference(samples_of(a), samples_of(b)) for a, b in zip(found, wanted, strict=True)]
    allowed = allowed_difference(torch.float32, model.load_device.type, False)
    well = max(differences) <= allowed and largest_difference(*map(samples_of, wanted)) > allowed
    return Outcome(
        line,
        Status.OK if well else Status.DIFFERS,
        f"{differences[0]:.1e} without a drag, {differences[1]:.1e} with one (allowed {allowed:.0e}, float32)",
        "" if well else f"{line}: its picture is not that of the moved reference; please report it with this table.",
    )


def build(name: str) -> Any:
    """A MODEL with random weights."""
    kind, shape = FAMILIES[name]
    config = getattr(comfy.supported_models, kind)(dict(shape))
    config.set_inference_dtype(torch.float32, None)
    places = comfy.model_management.get_torch_device(), comfy.model_management.unet_offload_device()
    model = config.get_model({}, "", device=places[1])
    generator = torch.Generator().manual_seed(0)
    for weight in model.diffusion_model.parameters():
        weight.data.copy_(torch.zeros(weight.shape).normal_(float(weight.ndim == 1), SPREAD, generator=generator))
    return comfy.model_patcher.ModelPatcher(model, load_device=places[0], offload_device=places[1])


def reference(model: Any, name: str, column: int) -> torch.Tensor:
    """A grey latent with a thing on two by two tokens, from a column of tokens on."""
    space = model.get_model_object("latent_format")
    cells = TOKEN // space.spacial_downscale_ratio
    frames = [FRAMES[name]] if name in FRAMES else []
    latent = torch.zeros(1, space.latent_channels, *frames, SIDE * cells, SIDE * cells) + 0.3
    area = latent[..., 2 * cells : 4 * cells, column * cells : (column + 2) * cells]
    area.normal_(generator=torch.Generator().manual_seed(7))
    return latent


def moved(model: Any, pixels: int) -> Any:
    """The MODEL with the thing moved to the right, and what is there moved to its place."""
    ways = ((2, pixels), (6, -pixels))
    regions = [{"source": box(column), "affine": {"move": [way, 0]}} for column, way in ways]
    said = {"version": 1, "size": [SIDE * TOKEN, SIDE * TOKEN], "regions": regions}
    return first("DragReference", model=model, drag=first("DragFromJSON", json=said), reference=1)


def box(column: int) -> dict:
    left, top, right, bottom = (TOKEN * side for side in (column, 2, column + 2, 4))
    return {"polygon": [[left, top], [right, top], [right, bottom], [left, bottom]]}


def made(model: Any, name: str, column: int) -> torch.Tensor:
    """The latent that a MODEL makes in two steps of a reference with the thing at a column."""
    generator = torch.Generator().manual_seed(1)
    latent = reference(model, name, column)
    words, whole = (torch.zeros(1, *shape).normal_(generator=generator) for shape in ((8, CONTEXT), (POOLED,)))
    prompt = [[words, {"pooled_output": whole, "reference_latents": [latent]}]]
    return first(
        "SamplerCustom",
        model=model,
        add_noise=True,
        noise_seed=0,
        cfg=1.0,
        positive=prompt,
        negative=prompt,
        sampler=first("KSamplerSelect", sampler_name="euler"),
        sigmas=torch.linspace(1, 0, 3),
        latent_image={"samples": torch.zeros_like(latent)},
    )["samples"]
