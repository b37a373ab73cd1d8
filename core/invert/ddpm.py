"""Stochastic inversion with recovered noise, and the ancestral sampling that follows it back exactly.

States are those of sigma space, x / sqrt(alpha_bar) in DDPM's terms, where DDPM's posterior is an ancestral Euler step.
A step is a pair of noise levels; where one step ends on another label than the next begins with, the state is
relabelled, that is kept as DDPM's x.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .ddim import Denoiser, relabel

Step = tuple[Tensor, Tensor]
STREAM_DISTANCE = 0x9E3779B97F4A7C15


class StochasticPath(NamedTuple):
    """K + 1 states (B, C, h, w) from the lowest level up, and K noises that lead from each to the one below."""

    states: list[Tensor]
    noises: list[Tensor]


def ancestral_split(sigma: Tensor, following: Tensor) -> tuple[Tensor, Tensor]:
    """DDPM's posterior from sigma down to the following level: the noise level kept, and that added anew.

    >>> import torch
    >>> kept, added = ancestral_split(torch.tensor(5.0), torch.tensor(3.0))
    >>> kept, added, (kept**2 + added**2).sqrt()
    (tensor(1.8000), tensor(2.4000), tensor(3.))
    """
    added = following * ((sigma**2 - following**2).clamp_min(0)).sqrt() / sigma
    return following**2 / sigma, added


def ancestral_step(state: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, noise: Tensor) -> Tensor:
    """One step down with the given unit noise (DDPM, Ho et al. 2020, eq. 6 and 7, in sigma space)."""
    kept, added = ancestral_split(sigma, following)
    return denoised + kept * (state - denoised) / sigma + added * noise


def recovered_noise(below: Tensor, state: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor) -> Tensor:
    """The noise with which `ancestral_step` from a state returns exactly the state below it.

    >>> import torch
    >>> state, denoised, noise, *levels = torch.tensor([4.0, 1.0, -0.5, 5.0, 3.0]).double()
    >>> recovered_noise(ancestral_step(state, denoised, *levels, noise), state, denoised, *levels)
    tensor(-0.5000, dtype=torch.float64)
    """
    kept, added = ancestral_split(sigma, following)
    return (below - denoised - kept * (state - denoised) / sigma) / added


def invert_ddpm(
    denoise: Denoiser,
    state: Tensor,
    steps: Sequence[Step],
    fresh_noise: Callable[[Tensor], Tensor],
    callback: Callable[[dict[str, Any]], None] | None = None,
) -> StochasticPath:
    """Sequential stochastic inversion: fresh noise carries each state up a level, the way back down is recovered.

    denoise(x, sigma) predicts the clean latent; state: (B, C, h, w) at the first step's lower level; steps: K pairs
    (lower, upper), ascending; fresh_noise draws unit noise like its argument. Source: CycleDiffusion (Wu and De la
    Torre 2023), as RegionDrag uses it (reference behaviour, section "inversion").
    """
    path, noises = [state], []
    for index, (sigma, upper) in enumerate(steps):
        if index:
            state = relabel(state, steps[index - 1][1], sigma)
        raised = state + (upper**2 - sigma**2).sqrt() * fresh_noise(state)
        denoised = denoise(raised, upper)
        noises.append(recovered_noise(state, raised, denoised, upper, sigma))
        state = raised
        path.append(state)
        if callback:
            callback({"i": index, "x": state, "sigma": upper, "denoised": denoised})
    return StochasticPath(path, noises)


def chain(levels: Sequence[Tensor] | Tensor) -> list[Step]:
    """Steps through consecutive levels, given one by one or as (K + 1,)."""
    return list(zip(levels[:-1], levels[1:], strict=True))


def unit_noise(seed: int, stream: int = 0) -> Callable[[Tensor], Tensor]:
    """Draws noise like a tensor on the CPU, so that every device gets the same; streams of one seed are independent."""
    generator = torch.Generator().manual_seed((seed + stream * STREAM_DISTANCE) % 2**64)
    return lambda like: torch.randn(like.shape, generator=generator).to(like)
