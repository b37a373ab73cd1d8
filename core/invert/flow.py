"""Inversion of flow models: a picture's latent is carried up the noise levels that Euler's steps lead down again.

States are x_t = (1 - t) x_0 + t eps, with sigma = t from 0 (picture) to 1 (noise) and the velocity v = eps - x_0; a
denoiser that predicts x_0 gives v = (x - x_0) / t.
"""

from collections.abc import Callable
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .schedule import Denoiser

LOWEST = 1e-3  # the lowest level that a velocity is asked for at; at 0 a prediction of the picture tells none
HIGHEST = 0.999  # the host's samplers start from x_t / (1 - t), which does not exist at 1


class Estimate(Enum):
    """Where the velocity of a step is taken."""

    UPPER = "upper end"
    LOWER = "lower end"


class FlowSchedule(NamedTuple):
    """levels: (T,) sigmas of a flow model, evenly spaced in its own time, ascending to 1."""

    levels: Tensor

    @property
    def sigma_data(self) -> float:
        return 1.0

    def percent_to_sigma(self, percent: float) -> float:
        """The sigma at a share of a whole run from noise (0) to picture (1).

        >>> schedule = FlowSchedule(torch.tensor([0.25, 0.5, 0.75, 1.0]))
        >>> [schedule.percent_to_sigma(percent) for percent in (0, 0.125, 0.5, 0.875, 1)]
        [1.0, 0.875, 0.5, 0.125, 0.0]
        """
        known = torch.nn.functional.pad(self.levels, (1, 0))
        place = min(max((1 - percent) * len(self.levels), 0.0), float(len(self.levels)))
        below = min(int(place), len(self.levels) - 1)
        return known[below].lerp(known[below + 1], place - below).item()

    def level_in_sigma_space(self, sigma: Tensor) -> Tensor:
        """t / (1 - t): divided by 1 - t a state is latent + that * noise, whose steps are those of diffusion."""
        return sigma / (1 - sigma)

    def state_in_sigma_space(self, state: Tensor, sigma: Tensor) -> Tensor:
        return as_sampled(state, sigma)

    def denoiser_in_sigma_space(self, denoise: Denoiser) -> Denoiser:
        return lambda state, level: denoise(self.state_on_path(state, level), level / (1 + level))

    def state_on_path(self, state: Tensor, level: Tensor) -> Tensor:
        return state / (1 + level)

    def sigma_to_share(self, sigma: float) -> float:
        """The share of a whole run that is left at a sigma; the inverse of 1 - percent in `percent_to_sigma`.

        >>> schedule = FlowSchedule(torch.tensor([0.1, 0.3, 0.6, 1.0]))
        >>> [schedule.sigma_to_share(schedule.percent_to_sigma(percent)) for percent in (0, 0.125, 0.5, 1)]
        [1.0, 0.875, 0.5, 0.0]
        """
        known = torch.nn.functional.pad(self.levels, (1, 0))
        above = min(max(int(torch.searchsorted(known, torch.tensor(sigma).to(known))), 1), len(self.levels))
        lower, upper = known[above - 1 : above + 1].tolist()
        return (above - 1 + (min(sigma, upper) - lower) / (upper - lower)) / len(self.levels)

    def inverted(self, steps: int, strength: float, lowest: float = 0.0) -> Tensor:
        """The sigmas (K + 1,) of an inversion, ascending: the K lowest of a whole run's evenly spaced steps.

        lowest: the level that the clean latent counts as. Raises ValueError where no step is left, or where the steps
        are more than the levels.

        >>> FlowSchedule(torch.linspace(0.1, 1, 10)).inverted(5, 0.6)
        tensor([0.0000, 0.2000, 0.4000, 0.6000])
        """
        count, known = round(strength * steps), len(self.levels)
        if count < 1:
            raise ValueError(
                f"a strength of {strength:g} of {steps} steps leaves no step to invert; "
                f"raise the strength to at least {1 / steps:.2g}."
            )
        if steps > known:
            raise ValueError(f"this model has {known} noise levels; set steps to {known} or less.")
        places = [known - 1 - (steps - step) * known // steps for step in range(1, count + 1)]
        return torch.nn.functional.pad(self.levels[places].clamp(max=HIGHEST), (1, 0), value=lowest)


def velocity(denoise: Denoiser, state: Tensor, sigma: Tensor) -> Tensor:
    """The velocity (B, C, h, w) at a state."""
    level = sigma.clamp(min=LOWEST)
    return (state - denoise(state, level)) / level


def invert_flow(
    denoise: Denoiser,
    state: Tensor,
    sigmas: Tensor,
    *,
    estimate: Estimate = Estimate.UPPER,
    refine: int = 0,
    callback: Callable[[dict[str, Any]], None] | None = None,
) -> list[Tensor]:
    """Inversion of a flow: from a latent at sigmas[0] up to sigmas[-1].

    denoise(x, sigma) predicts the clean latent; state: (B, C, h, w); sigmas: (K + 1,) ascending. `UPPER` is Uni-Inv
    (UniEdit-Flow, 2025): the velocity of the last step leads to a guess of the state above, where that of this step is
    taken, so that Euler's step down starts from nearly the same velocity: K + 1 calls. `LOWER` is Euler's method
    upwards: K calls. `refine` takes the velocity that many times anew at the state it led to, the fixed point that
    Euler's step down exactly undoes. Returns K + 1 states.
    """
    path, way = [state], None
    for step, (sigma, following) in enumerate(pairwise(sigmas)):
        if way is None or estimate is Estimate.LOWER:
            way = velocity(denoise, state, sigma)
        reached = state + (following - sigma) * way
        for _ in range(refine + (estimate is Estimate.UPPER)):
            way = velocity(denoise, reached, following)
            reached = state + (following - sigma) * way
        state = reached
        path.append(state)
        if callback:
            callback({"i": step, "x": state, "sigma": following, "denoised": state - following * way})
    return path


def as_sampled(state: Tensor, sigma: Tensor) -> Tensor:
    """A state as the host's samplers take it to start from: x_t / (1 - t)."""
    return state / (1 - sigma)
