"""A mark on LATENTs that an inversion has made noisy, so that nodes which want a picture can tell.

Core nodes copy what they do not know of a LATENT, also where they give it other samples; so the mark says, too, how
large the samples of a noisy one are.
"""

import torch

from ...core.invert.noisy import is_larger, size_between
from ..host.words import log_notes

MARK = "dragkit_noisy_above"


def marked_noisy(latent: dict, clean: torch.Tensor) -> dict:
    """A LATENT with the mark, where its samples can be told from the clean ones."""
    size = size_between(clean, latent["samples"])
    return latent if size is None else latent | {MARK: size}


def is_marked_noisy(latent: dict) -> bool:
    return MARK in latent and is_larger(latent["samples"], latent[MARK])


def warn_of_noisy(latent: dict, node: str, use: str) -> None:
    """Says that a LATENT is no picture but the noisy result of an inversion."""
    if is_marked_noisy(latent):
        log_notes([f"the latent comes from an inversion and is noisy already. {use}"], node)


def warn_of_noise_mask(latent: dict, node: str) -> None:
    """Says that an inversion has no use for a noise mask."""
    if "noise_mask" in latent:
        sentence = (
            "the latent's noise mask is not used by an inversion, which is of the whole picture, and not handed on."
        )
        log_notes([f"{sentence} Put Set Latent Noise Mask right before the sampler."], node)
