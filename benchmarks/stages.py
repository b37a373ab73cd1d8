"""The stages of an edit inside this process, as the pack's nodes and the host's sampling run them."""

from typing import Any

import torch


def invert(model, positive, latent: dict, refine: int = 0, **settings):
    """InvertLatent with FastDrag's settings or others: the noisy latent, the sigmas, the inversion."""
    from ..nodes.inversion import InvertLatent

    defaults: dict[str, Any] = {
        "steps": 10,
        "strength": 0.7,
        "method": "ddim",
        "spacing": "leading",
        "capture": "output blocks",
    }
    settings = defaults | settings
    return InvertLatent.execute(model, positive, latent, **settings, store="auto", refine=refine, seed=42).args


def inject(model, inversion):
    """KVInjectAttention with its defaults: the patched model."""
    from ..nodes.attention import KVInjectAttention

    return KVInjectAttention.execute(model, inversion, "as captured", 0.0, 1.0).args[0]


def sample(model, positive, latent: dict, sigmas: torch.Tensor, sampler=None) -> dict:
    """The core sampling at cfg 1 without noise, by Euler or another sampler."""
    import comfy.sample
    import comfy.samplers

    start = latent["samples"]
    sampler = sampler or comfy.samplers.sampler_object("euler")
    noise = torch.zeros_like(start)
    samples = comfy.sample.sample_custom(
        model, noise, 1.0, sampler, sigmas, positive, positive, start, disable_pbar=True, seed=0
    )
    return {"samples": samples}
