"""Outside of a mask the source's own path is kept at every noise level, while the inside is sampled anew.

States are those of sigma space. A mask (B, C, h, w) is 1 where the denoiser's prediction counts and 0 where the
source's does; between them the two are mixed, as inpainting by a noise mask does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..grid.outlines import EIGHT_NEIGHBOURS
from ..invert.ddim import Denoiser
from ..invert.ddpm import Step, ancestral_split


class Source(Protocol):
    """What is kept: its state at a noise level, and the prediction whose step leads on to its state at the next."""

    def state(self, state: Tensor, sigma: Tensor) -> Tensor: ...

    def denoised(self, denoised: Tensor, sigma: Tensor) -> Tensor: ...


class SourcePath(NamedTuple):
    """The path an inversion recorded. sigmas: (K + 1,) ascending; states: (K + 1, B, C, h, w)."""

    sigmas: Tensor
    states: Tensor

    def state(self, state: Tensor, sigma: Tensor) -> Tensor:
        """The recorded state (B, C, h, w); between two levels that on the straight line of Euler's method."""
        lower, upper, share = self.around(sigma)
        return torch.lerp(lower, upper, share)

    def denoised(self, denoised: Tensor, sigma: Tensor) -> Tensor:
        """What the source predicts so that Euler's step from a level ends on the recorded state of the one below."""
        lower, upper, share = self.around(sigma)
        return lower + (share - sigma / self.spacing(sigma)) * (upper - lower)

    def around(self, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The recorded states below and at (or above) a level, and where between them it lies."""
        above = self.above(sigma)
        lower, upper = self.states.index_select(0, torch.cat([above - 1, above]))  # (B, C, h, w) each
        return lower, upper, (sigma - self.sigmas[above - 1]) / self.spacing(sigma)

    def spacing(self, sigma: Tensor) -> Tensor:
        above = self.above(sigma)
        return self.sigmas[above] - self.sigmas[above - 1]

    def above(self, sigma: Tensor) -> Tensor:
        """The index (1,) of the recorded level at or above a sigma; beyond the path the nearest that has one below."""
        return torch.searchsorted(self.sigmas, sigma.view(1)).clamp(1, len(self.sigmas) - 1)


class FirstRow:
    """The first latent of the batch, being sampled along: every other row takes it outside of the mask."""

    def state(self, state: Tensor, sigma: Tensor) -> Tensor:
        return state[:1].expand_as(state)

    def denoised(self, denoised: Tensor, sigma: Tensor) -> Tensor:
        return denoised[:1].expand_as(denoised)


@dataclass(frozen=True)
class KeepOutside:
    """Keeps a source outside of a mask; mask_at(sigma) is the mask (B, C, h, w) of a noise level."""

    source: Source
    mask_at: Callable[[Tensor], Tensor]

    def start(self, state: Tensor, sigma: Tensor) -> Tensor:
        """The state to sample from: outside of the mask exactly the source's."""
        return torch.lerp(self.source.state(state, sigma), state, self.mask_at(sigma))

    def held(self, state: Tensor, sigma: Tensor, evaluated: Tensor) -> Tensor:
        """A state at sigma that is exactly the source's where nothing may change, by the mask of a level evaluated."""
        return torch.where(self.mask_at(evaluated) > 0, state, self.source.state(state, sigma))

    def denoise(self, denoise: Denoiser, state: Tensor, sigma: Tensor) -> Tensor:
        """The prediction for a state, outside of the mask the source's."""
        denoised = denoise(self.held(state, sigma, sigma), sigma)
        return torch.lerp(self.source.denoised(denoised, sigma), denoised, self.mask_at(sigma))


class KeptArea(NamedTuple):
    """Where latents of an inversion may change, and what they are without noise."""

    cells: Tensor  # (n, 1, h, w) in 0..1, n being 1 or B
    clean: Tensor  # (B, C, h, w)

    def mask_of(self, latent: Tensor, noise_mask: Tensor | None = None) -> Tensor:
        """The mask (N, C, h, w) of latents, N a multiple of B, that leaves free what a noise mask does, too.

        Raises ValueError for latents of another shape.
        """
        rows, (batch, *shape) = len(latent), self.clean.shape
        if list(latent.shape[1:]) != shape or rows % batch:
            raise ValueError(
                f"the sampler got a latent of {tuple(latent.shape)}, the inversion is of {tuple(self.clean.shape)}. "
                "Sample what was made from the latent of that inversion."
            )
        own = self.cells.to(latent).repeat(rows // len(self.cells), 1, 1, 1).expand_as(latent)
        return own if noise_mask is None else torch.minimum(own, noise_mask)

    def clean_outside(self, latent: Tensor, mask: Tensor) -> Tensor:
        """Clean latents (N, C, h, w) with what they were outside of a mask (N, C, h, w)."""
        return torch.lerp(self.clean.to(latent).repeat(len(latent) // len(self.clean), 1, 1, 1), latent, mask)


class Outside(NamedTuple):
    """What copy-paste sampling keeps: a mask (B, C, h, w), and the K predictions of the source's own steps."""

    mask: Tensor
    denoised: tuple[Tensor, ...]


def path_predictions(states: list[Tensor], steps: list[Step], noises: list[Tensor] | None) -> tuple[Tensor, ...]:
    """The predictions that lead from each of K + 1 states to the next one, descending.

    steps: K pairs (upper, lower); noises: the K recovered ones of DDPM's steps, or None for deterministic steps.
    """
    descent = list(zip(states[:-1], states[1:], steps, strict=True))
    if noises is None:
        return tuple(below - step[1] * (state - below) / (step[0] - step[1]) for state, below, step in descent)
    return tuple(ancestral_prediction(*part, noise) for part, noise in zip(descent, noises, strict=True))


def ancestral_prediction(state: Tensor, below: Tensor, step: Step, noise: Tensor) -> Tensor:
    """The prediction with which `ancestral_step` from a state ends on the state below."""
    kept, added = ancestral_split(*step)
    share = kept / step[0]
    return (below - added * noise - share * state) / (1 - share)


Sides = tuple[bool, bool, bool, bool]  # left, top, right, bottom


def softened(inside: np.ndarray, width: float, borders: Sides = (True, True, True, True)) -> np.ndarray:
    """A mask (h, w) bool that rises from its outline inwards over a width in cells, (h, w) float32 in 0..1.

    Narrow parts rise over half of their depth. borders: the sides behind which there is nothing that could be kept, so
    that nothing rises from there.

    >>> softened(np.array([[False, True, True, True, True]]), 2.0, (True, True, False, True)).round(2).tolist()
    [[0.0, 0.5, 1.0, 1.0, 0.5]]
    """
    left, top, right, bottom = borders
    padded = np.pad(inside, 1, mode="edge")
    for own, edge in ((left, padded[:, 0]), (top, padded[0]), (right, padded[:, -1]), (bottom, padded[-1])):
        edge &= own
    if not width or padded.all():
        return inside.astype(np.float32)
    depth = ndimage.distance_transform_edt(padded)  # (h + 2, w + 2)
    numbers, count = ndimage.label(padded, EIGHT_NEIGHBOURS)
    deepest = np.asarray(ndimage.maximum(depth, numbers, np.arange(count + 1)))
    rise = ((depth - 0.5) / np.clip(deepest / 2, 1, max(width, 1))[numbers]).clip(0, 1)
    return (rise**2 * (3 - 2 * rise))[1:-1, 1:-1].astype(np.float32)
