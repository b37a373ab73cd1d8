"""The noise levels that a model was trained at."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from torch import Tensor

TRAIN_STEPS = 1000

Denoiser = Callable[[Tensor, Tensor], Tensor]  # denoise(x, sigma) predicts the clean latent


class Levels(Protocol):
    """Noise levels of a model, of diffusion (`NoiseSchedule`) or of a flow (`FlowSchedule`)."""

    @property
    def levels(self) -> Tensor: ...

    @property
    def sigma_data(self) -> float: ...

    def percent_to_sigma(self, percent: float) -> float: ...

    def level_in_sigma_space(self, sigma: Tensor) -> Tensor:
        """The noise level of a state where that is latent + sigma * noise."""
        ...

    def state_in_sigma_space(self, state: Tensor, sigma: Tensor) -> Tensor: ...

    def state_on_path(self, state: Tensor, level: Tensor) -> Tensor:
        """The state as the model's path has it, from one of sigma space at a level there."""
        ...

    def denoiser_in_sigma_space(self, denoise: Denoiser) -> Denoiser: ...


class NoiseSchedule(NamedTuple):
    """levels: (T,) sigmas of the training timesteps, ascending; sigma_data: the deviation of the data beside them."""

    levels: Tensor
    sigma_data: float

    def percent_to_sigma(self, percent: float) -> float:
        """The sigma at a share of a whole run from noise (0: above all levels) to picture (1: no noise).

        Between timesteps the logarithm is interpolated. A distilled model's T levels are every so many of a thousand.

        >>> import torch
        >>> schedule = NoiseSchedule(torch.logspace(-1, 1, 1000), 1.0)
        >>> [round(schedule.percent_to_sigma(percent), 2) for percent in (0, 0.001, 0.5, 1)]
        [inf, 9.95, 1.0, 0.0]
        """
        if percent <= 0 or percent >= 1:
            return float("inf") if percent <= 0 else 0.0
        distance = max(TRAIN_STEPS // len(self.levels), 1)
        timestep = (1 - percent) * (TRAIN_STEPS - 1)
        place = min(max((timestep - (distance - 1)) / distance, 0.0), len(self.levels) - 1.0)
        below = int(place)
        above = min(below + 1, len(self.levels) - 1)
        return (self.levels[below].log().lerp(self.levels[above].log(), place - below)).exp().item()

    def level_in_sigma_space(self, sigma: Tensor) -> Tensor:
        return sigma

    def state_in_sigma_space(self, state: Tensor, sigma: Tensor) -> Tensor:
        return state

    def state_on_path(self, state: Tensor, level: Tensor) -> Tensor:
        return state

    def denoiser_in_sigma_space(self, denoise: Denoiser) -> Denoiser:
        return denoise


def variance_preserving(state: Tensor, sigma: Tensor) -> Tensor:
    """A state at a noise level in DDPM's terms: x = (z + sigma * noise) / sqrt(1 + sigma^2)."""
    return state / (1 + sigma**2).sqrt()


def variance_exploding(latent: Tensor, sigma: Tensor) -> Tensor:
    """A latent in DDPM's terms as the host's samplers have it: z + sigma * noise."""
    return latent * (1 + sigma**2).sqrt()
