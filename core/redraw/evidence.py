"""An edit that is recomposed with the warped picture while it is made (MoRe-Drag).

An edit model makes the picture anew and drifts from it. So a second state, that of the warped picture, goes down the
same noise levels beside the edit's, and after each of the first steps the edit takes from it what needs no model: all
of it away from the drag, half of it where content has come to, nothing where content was left.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from ..invert.ddim import Denoiser

BAND = 5  # pixels around moved content that count as it
HALF = 0.5
State = Callable[[Tensor], Tensor]  # of a noise level


def edit_share(inpaint_mask: Tensor, target_mask: Tensor, band: int = BAND) -> Tensor:
    """How much of the edit counts in each pixel, (H, W): 1 in M_i, half in M_r, 0 in M_p.

    inpaint_mask: (H, W) bool, what a warp left to paint, widened as it is to be; target_mask: (H, W) bool, where moved
    content lies. M_r is that and a band around it, M_i the rest of what is to paint, M_p all else.
    """
    target = target_mask.cpu().numpy()
    seam = ndimage.binary_dilation(target, np.ones((band, band), dtype=bool)) if target.any() else target
    share = inpaint_mask.float().masked_fill(torch.from_numpy(seam).to(inpaint_mask.device), HALF)
    return share


def share_of_cells(share: Tensor, height: int, width: int) -> Tensor:
    """The share of the edit (H, W) on a latent's cells, (height, width): the largest in each, so that no rest stays."""
    return F.adaptive_max_pool2d(share[None], (height, width))[0]


@dataclass(frozen=True)
class NoisedWarp:
    """The warped picture with noise, which is its state where nothing is to be repaired."""

    at: State

    def __call__(self, state: Tensor, sigma: Tensor, below: Tensor) -> Tensor:
        return self.at(below)


@dataclass(frozen=True)
class SecondRun:
    """The warped picture sampled beside the edit, by a model that is told nothing but to keep it."""

    denoise: Denoiser

    def __call__(self, state: Tensor, sigma: Tensor, below: Tensor) -> Tensor:
        return euler(self.denoise, state, sigma, below)


Warp = NoisedWarp | SecondRun


def euler(denoise: Denoiser, state: Tensor, sigma: Tensor, below: Tensor) -> Tensor:
    """One step of Euler's method from a noise level to the one below."""
    return torch.lerp(denoise(state, sigma), state, below / sigma)


def sample_with_evidence(
    denoise: Denoiser,
    state: Tensor,
    warped: Tensor,
    sigmas: Tensor,
    share: Tensor,
    steps: int,
    along: Warp,
    callback: Callable[[dict[str, object]], None] | None = None,
) -> Tensor:
    """Sample an edit by Euler's method and recompose it with the warped picture after each of its first steps.

    state, warped: (B, C, ..., h, w), of the edit and of the warped picture at the first of the noise levels sigmas
    (K + 1,), descending; share: (h, w), of the edit; steps: how many are followed by a recomposition; along: how the
    warped picture's state goes down. callback: called with each step as a sampler's is, may raise to end it.
    """
    for i, (sigma, below) in enumerate(zip(sigmas[:-1], sigmas[1:], strict=True)):
        denoised = denoise(state, sigma)
        if callback:
            callback({"i": i, "x": state, "denoised": denoised, "sigma": sigma})
        state = torch.lerp(denoised, state, below / sigma)
        if i < steps:
            warped = along(warped, sigma, below)
            state = torch.lerp(warped, state, share)
    return state
