"""Deterministic inversion: a picture's latent is carried up the noise levels so that sampling brings it back.

States are those of sigma space, x / sqrt(alpha_bar) in DDPM's terms, where DDIM is Euler's method.
"""

from collections.abc import Callable
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..attention.store import LevelStates
from .schedule import Denoiser, Levels


class Spacing(Enum):
    """How the sampling steps are spread over the training timesteps."""

    LEADING = "leading"
    LINSPACE = "linspace"


class Inversion(NamedTuple):
    """What one inversion run left; nested tuples, so that a host can count the tensors inside.

    sigmas: (K + 1,) ascending; path: K + 1 states (B, C, h, w) in model space, one for each sigma, or that of the last
    alone for a picture being generated; noises: K noises that lead down again (stochastic inversion only); states: the
    captured self-attention states of every evaluated level; steps: those of a whole run; schedule: the noise levels of
    the model that made them; source: what that model is known by (opaque here).
    """

    sigmas: Tensor
    path: tuple[Tensor, ...]
    noises: tuple[Tensor, ...]
    states: tuple[LevelStates, ...]
    steps: int
    schedule: Levels
    source: Any

    @property
    def descending_sigmas(self) -> Tensor:
        return self.sigmas.flip(0)


def inversion_timesteps(steps: int, strength: float, spacing: Spacing, train_steps: int = 1000) -> list[int]:
    """The ascending timesteps of the first round(strength * steps) levels above the clean latent.

    Source: diffusers' "leading" spacing with an offset of 1 (FastDrag, DragDiffusion) and "linspace" (RegionDrag).
    Raises ValueError where no step is left, or where the steps are more than the timesteps.

    >>> inversion_timesteps(10, 0.3, Spacing.LEADING)
    [1, 101, 201]
    >>> inversion_timesteps(10, 0.3, Spacing.LINSPACE)
    [100, 200, 300]
    """
    levels = round(strength * steps)
    if levels < 1:
        raise ValueError(
            f"a strength of {strength:g} of {steps} steps leaves no step to invert; "
            f"raise the strength to at least {1 / steps:.2g}."
        )
    if spacing is Spacing.LEADING:
        timesteps = [k * (train_steps // steps) + 1 for k in range(levels)]
    else:
        timesteps = linspace_grid(steps, train_steps)[1 : levels + 1]
    if timesteps[-1] >= train_steps or any(a >= b for a, b in pairwise([0, *timesteps])):
        raise ValueError(
            f"this model has {train_steps} noise levels, too few for {steps} steps of their own each; set steps to "
            f"{train_steps - 1} or less."
        )
    return timesteps


def linspace_grid(steps: int, train_steps: int = 1000) -> list[int]:
    """The steps + 1 timesteps of "linspace" spacing, ascending from 0 to the last."""
    return torch.linspace(0, train_steps - 1, steps + 1, dtype=torch.float64).round().long().tolist()


def stochastic_timesteps(timesteps: list[int], steps: int, train_steps: int = 1000) -> list[int]:
    """The K + 1 ascending labels of stochastic inversion: the clean latent at the first, then one step beyond each.

    Source: RegionDrag, reference behaviour. Raises ValueError where the last label is beyond the schedule.

    >>> stochastic_timesteps([1, 101, 201], steps=10)
    [1, 101, 201, 301]
    """
    distance = train_steps // steps
    labels = [timesteps[0], *(t + distance for t in timesteps)]
    if labels[-1] >= train_steps:
        raise ValueError(
            f"stochastic inversion goes one step further than its strength, here beyond the last of {train_steps} "
            f"timesteps; lower the strength to {1 - 1 / steps:.2g} or less."
        )
    return labels


def relabel(state: Tensor, sigma: Tensor, other: Tensor, sigma_data: float = 1.0) -> Tensor:
    """The state at another noise level that is the same x in DDPM's terms.

    >>> state = start_state(torch.tensor([1.0]), sigma := torch.tensor(0.75))
    >>> state, relabel(state, sigma, torch.tensor(0.0))
    (tensor([1.2500]), tensor([1.]))
    """
    return state * ((sigma_data**2 + other**2) / (sigma_data**2 + sigma**2)).sqrt()


def start_state(latent: Tensor, sigma: Tensor, sigma_data: float = 1.0) -> Tensor:
    """The state of a clean latent taken as DDIM's x at the lowest level, x / sqrt(alpha_bar)."""
    return latent * (1 + (sigma / sigma_data) ** 2).sqrt()


def invert_ddim(
    denoise: Denoiser,
    state: Tensor,
    sigmas: Tensor,
    *,
    refine: int = 0,
    sigma_data: float = 1.0,
    callback: Callable[[dict[str, Any]], None] | None = None,
) -> list[Tensor]:
    """DDIM inversion: from a state at sigmas[0] up to sigmas[-1].

    denoise(x, sigma) predicts the clean latent; state: (B, C, h, w); sigmas: (K + 1,) ascending. As in the reference,
    the noise of a step is predicted from the state of the level below, relabelled with the sigma of the level above.
    `refine` re-evaluates it that many times at the new state, the fixed point that a sampling step exactly undoes.
    Returns K + 1 states. Source: Song et al. 2021, eq. 13 reversed; AIDI (Pan et al. 2023) for the refinement.
    """
    path = [state]
    for step, (sigma, following) in enumerate(pairwise(sigmas)):
        denoised = estimate = relabel(state, sigma, following, sigma_data)
        for _ in range(1 + refine):
            denoised = denoise(estimate, following)
            noise = (estimate - denoised) / following
            estimate = state + (following - sigma) * noise
        state = estimate
        path.append(state)
        if callback:
            callback({"i": step, "x": state, "sigma": following, "denoised": denoised})
    return path
