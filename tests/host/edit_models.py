"""Small random edit models of the host's own classes, with a reference, sampled as a guider does."""

from collections.abc import Callable
from typing import Any

import torch
from dragkit.core.instruction.spec import Affine, Drag, DragSpec, Extent, Point, Polygon, Region

KINDS = ("flux", "flux2", "longcat", "qwen")  # "flux" is Kontext's class
CHANNELS = {"flux": 4, "flux2": 128, "longcat": 16, "qwen": 16, "qwen 2.1": 64}
SIDE = 128  # pixels: eight tokens
TOKEN = 16
METHODS = {
    "flux": ("offset", "index", "uxo"),
    "flux2": ("index", "index_timestep_zero", "offset"),
    "longcat": ("offset", "index"),
    "qwen": ("index", "index_timestep_zero", "negative_index", "offset"),
}


def model(kind: str, dtype: str = "fp32") -> Any:
    from dragkit.tests.host.testpack.models import build

    return build(kind, dtype, 0)


def cells(kind: str) -> int:
    """Pixels of a latent's cell."""
    return 16 if kind in ("flux2", "qwen 2.1") else 8


def latent(kind: str, width: int = SIDE, height: int = SIDE) -> torch.Tensor:
    """A grey latent."""
    frames = [1] if kind == "qwen" else []
    return torch.full((1, CHANNELS[kind], *frames, height // cells(kind), width // cells(kind)), 0.3)


def with_thing(kind: str, column: int, row: int = 2) -> torch.Tensor:
    """A grey latent with a thing on two by two tokens from a column of tokens on."""
    picture, per = latent(kind), TOKEN // cells(kind)
    thing = torch.randn(*picture.shape[:-2], 2 * per, 2 * per, generator=torch.Generator().manual_seed(7))
    picture[..., row * per : (row + 2) * per, column * per : (column + 2) * per] = thing
    return picture


def box(column: int, row: int, width: int = 2, height: int = 2) -> Polygon:
    left, top, right, bottom = (TOKEN * side for side in (column, row, column + width, row + height))
    return Polygon(tuple(Point(*corner) for corner in ((left, top), (right, top), (right, bottom), (left, bottom))))


def moving(*ways: tuple[int, float], row: int = 2) -> DragSpec:
    """Boxes of two by two tokens from some columns on, moved to the right by some pixels."""
    regions = tuple(Region(box(column, row), Affine(Point(pixels, 0))) for column, pixels in ways)
    return DragSpec(regions=regions, size=Extent(SIDE, SIDE))


def pulling() -> DragSpec:
    return DragSpec((Drag(Point(48, 48), Point(68, 48)),), mask=(box(2, 2),), size=Extent(SIDE, SIDE))


def prompt(*references: torch.Tensor, seed: int = 1, length: int = 8, **settings: Any) -> list:
    generator = torch.Generator().manual_seed(seed)
    given = {"pooled_output": torch.randn(1, 16, generator=generator)} | settings
    if references:
        given["reference_latents"] = list(references)
    return [[torch.randn(1, length, 32, generator=generator), given]]


def sample(network: Any, kind: str, positive: list, negative: list | None = None, **settings: Any) -> torch.Tensor:
    """A latent made in two steps; callback: called after each."""
    import comfy.samplers

    like = settings.get("like", latent(kind))
    noise = torch.randn(len(like), *like.shape[1:], generator=torch.Generator().manual_seed(3))
    guider = comfy.samplers.CFGGuider(network)
    guider.set_conds(positive, negative or positive)
    guider.set_cfg(settings.get("cfg", 1.0))
    sampler, sigmas = comfy.samplers.sampler_object("euler"), torch.linspace(1, 0, 3)
    callback: Callable | None = settings.get("callback")
    return guider.sample(noise, torch.zeros_like(noise), sampler, sigmas, callback=callback, seed=0, disable_pbar=True)


def dragged(network: Any, drag: DragSpec, reference: int = 1, **settings: Any) -> Any:
    from dragkit.nodes.drag_reference import DragReference

    return DragReference.execute(network, drag, reference, **settings).args[0]


class Spy:
    """A "post_input" patch that keeps the tokens and positions of a model's first call."""

    def __init__(self, network: Any):
        self.network, self.ids = network.clone(), None
        self.network.set_model_post_input_patch(self)

    def __call__(self, inputs: dict) -> dict:
        if self.ids is None:
            self.img, self.ids = inputs["img"].clone(), inputs["img_ids"].clone()
            self.counts = inputs["transformer_options"].get("reference_image_num_tokens")
        return inputs
