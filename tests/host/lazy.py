"""Edits by Lazy Drag in small random transformers."""

from typing import Any

import torch
from dragkit.tests.host.test_flow_models import inverted, network, picture, prompt

SIZE = (128, 192)  # of the picture, w x h: 8 x 12 tokens
DRAG = {"version": 1, "size": list(SIZE), "drags": [{"handle": [40, 40], "target": [72, 56]}]}
REST = {"version": 1, "size": list(SIZE), "drags": [{"handle": [40, 40], "target": [40, 40]}]}
SHAPE = {"polygon": [[32, 32], [64, 32], [64, 64], [32, 64]]}
REGION = {"version": 1, "size": list(SIZE), "regions": [{"source": SHAPE, "affine": {"move": [32, 48]}}]}
SHAPE_OF_LATENT = (24, 16)


def mask() -> torch.Tensor:
    area = torch.zeros(1, SIZE[1], SIZE[0])
    area[:, 16:80, 16:64] = 1
    return area


def inversion_of(model: Any, batch: int = 1, **settings: Any) -> Any:
    chosen = {"steps": 4, "strength": 1.0, "capture": "none"} | settings
    return inverted(model, picture(batch, SHAPE_OF_LATENT), **chosen)[2]


def lazy(model: Any, inversion: Any, drag: dict = DRAG, area: torch.Tensor | None = None, **changes: Any) -> tuple:
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.lazydrag import LazyDrag

    settings = {"end_percent": 0.8, "refinement": 0.8, "lock_background": True, "seed": 42} | changes
    return LazyDrag.execute(model, inversion, read_drag(drag), mask=mask() if area is None else area, **settings).args


def sampled(
    model: Any, latent: dict, sigmas: torch.Tensor, sampler: str = "euler", cfg: float = 1.0, wanted: list | None = None
) -> torch.Tensor:
    import comfy.samplers
    from comfy_extras.nodes_custom_sampler import SamplerCustom

    chosen = comfy.samplers.sampler_object(sampler)
    negative = wanted or [[prompt()[0][0].flip(1), prompt()[0][1]]]
    return SamplerCustom.execute(model, False, 0, cfg, prompt(), negative, chosen, sigmas, latent).args[0]["samples"]


def edited(kind: str, dtype: str = "fp32", batch: int = 1, copies: int = 1, sampler="euler", cfg=1.0, **changes: Any):
    model = network(kind, dtype)
    inversion = inversion_of(model, batch)
    patched, latent = lazy(model, inversion, **changes)
    latent = latent | {"samples": latent["samples"].repeat(copies, 1, 1, 1)}
    return sampled(patched, latent, inversion.descending_sigmas, sampler, cfg)


def row_of(patched: Any) -> Any:
    return patched.model_options["transformer_options"]["optimized_attention_override"].func.__self__
