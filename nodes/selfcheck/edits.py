"""Edits as a user's workflow makes them, for a MODEL with its prompt."""

from typing import Any, NamedTuple

import torch

from .calls import call, first

FASTDRAG = {"steps": 10, "strength": 0.7, "method": "ddim", "spacing": "leading", "capture": "output blocks"}
REGIONDRAG = {"steps": 10, "strength": 0.5, "method": "ddpm", "spacing": "linspace", "capture": "all blocks"}
SEED = 42


class Subject(NamedTuple):
    """A MODEL with the CONDITIONING of its prompt, which serves as the negative one, too: guidance is 1."""

    model: Any
    prompt: list


class Inverted(NamedTuple):
    """The outputs of Invert Latent."""

    latent: dict
    sigmas: torch.Tensor
    inversion: Any


def invert(subject: Subject, latent: dict, **settings: Any) -> Inverted:
    """FastDrag's inversion, or another by its settings."""
    given = {"store": "auto", "refine": 0, "seed": SEED} | FASTDRAG | settings
    return Inverted(*call("InvertLatent", model=subject.model, positive=subject.prompt, latent=latent, **given))


def inject(subject: Subject, inverted: Inverted) -> Subject:
    """The subject with the attention that was captured."""
    spans = {"blocks": "as captured", "start_percent": 0.0, "end_percent": 1.0}
    return subject._replace(
        model=first("KVInjectAttention", model=subject.model, inversion=inverted.inversion, **spans)
    )


def sample(subject: Subject, latent: dict, sigmas: torch.Tensor, sampler: Any = None) -> dict:
    """The way back to a picture's LATENT."""
    return first(
        "SamplerCustom",
        model=subject.model,
        add_noise=False,
        noise_seed=0,
        cfg=1.0,
        positive=subject.prompt,
        negative=subject.prompt,
        sampler=first("KSamplerSelect", sampler_name="euler") if sampler is None else sampler,
        sigmas=sigmas,
        latent_image=latent,
    )


def warped(latent: dict, drag: Any) -> dict:
    """A LATENT moved along a drag, its holes filled."""
    moved, null_mask, _ = call("LatentWarpage", latent=latent, drag=drag, priority="raster", blend="weighted")
    return first("BNNIFill", latent=moved, null_mask=null_mask, mode="sequential", seed=SEED)


def fastdrag(subject: Subject, latent: dict, drag: Any, **settings: Any) -> dict:
    """FastDrag's edit of a LATENT."""
    inverted = invert(subject, latent, **settings)
    return sample(inject(subject, inverted), warped(inverted.latent, drag), inverted.sigmas)


def there_and_back(subject: Subject, latent: dict) -> dict:
    """A LATENT inverted and sampled with its own attention: the same picture."""
    inverted = invert(subject, latent)
    return sample(inject(subject, inverted), inverted.latent, inverted.sigmas)


def regiondrag(subject: Subject, latent: dict, drag: Any) -> dict:
    """RegionDrag's edit of a LATENT."""
    inverted = invert(subject, latent, **REGIONDRAG)
    settings = {"noise_scale": 1.0, "end_percent": 0.8, "noise_region": "whole source", "seed": SEED}
    start, sampler, *_ = call("RegionCopyPaste", inversion=inverted.inversion, drag=drag, **settings)
    return sample(inject(subject, inverted), start, inverted.sigmas, sampler)
