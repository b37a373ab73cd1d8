"""The sampler of a region edit, along the way of an inversion back."""

from enum import Enum
from typing import Any

import comfy.samplers
import torch

from ...core.attention.states import missing_levels
from ...core.invert.ddim import Inversion, relabel
from ...core.invert.ddpm import Step, chain
from ...core.invert.schedule import variance_preserving
from ...core.redraw.copy_paste import PasteMap, reference_labels, sample_copy_paste
from ...core.redraw.keep_outside import Outside, path_predictions
from .flows import unframed
from .sampling import denoiser, reporter


class Labels(Enum):
    SAME = "same both ways"
    REFERENCE = "reference"


class CopyPasteSampler(comfy.samplers.Sampler):
    """Samples back along one inversion with its own states and noises; noise from outside is not added."""

    keeps_outside = True  # of the noise mask, by the path it samples along

    def __init__(self, node: str, inversion: Inversion, paste_map: PasteMap, paste_until: float, labels: Labels):
        self.node, self.inversion, self.labels = node, inversion, labels
        self.paste_map, self.paste_until = paste_map, paste_until

    def sample(
        self,
        model_wrap,
        sigmas,
        extra_args,
        callback,
        noise,
        latent_image: Any = None,
        denoise_mask=None,
        disable_pbar=False,
    ):
        start, schedule = unframed(latent_image), self.inversion.schedule
        check_sampling(self.inversion, sigmas, start, self.node)
        levels = schedule.level_in_sigma_space(sigmas)  # K + 1, descending
        known = zip(reversed(self.inversion.path), sigmas, strict=True)
        path = [schedule.state_in_sigma_space(state.to(start.device), sigma) for state, sigma in known]
        noises = [unit.to(start.device) for unit in reversed(self.inversion.noises)]
        steps = self.steps(levels)

        state = sample_copy_paste(
            schedule.denoiser_in_sigma_space(denoiser(model_wrap, extra_args, latent_image.shape[1:])),
            relabel(start, levels[0], steps[0][0]),
            steps,
            path[:-1],
            list(levels[:-1]),
            noises or None,
            self.paste_map.to(start.device),
            self.paste_until,
            clean=path[-1] if self.labels is Labels.SAME else None,
            outside=None if denoise_mask is None else self.outside(denoise_mask, path, noises, levels),
            callback=reporter(callback, len(steps)),
        )
        return variance_preserving(state, steps[-1][1]).view_as(latent_image)

    def outside(
        self, mask: torch.Tensor, path: list[torch.Tensor], noises: list[torch.Tensor], levels: torch.Tensor
    ) -> Outside:
        """What stays outside of a noise mask (B, C, h, w)."""
        return Outside(unframed(mask).clamp(0, 1), path_predictions(path, chain(levels), noises or None))

    def steps(self, recorded: torch.Tensor) -> list[Step]:
        """The pairs of noise levels to step through."""
        if self.labels is Labels.SAME:
            return chain(recorded)
        levels = self.inversion.schedule.levels.to(recorded)
        labels = reference_labels(self.inversion.steps, len(recorded) - 1, len(levels))
        return [(levels[t], levels[below]) for t, below in labels]


def check_sampling(inversion: Inversion, sigmas: torch.Tensor, latent: torch.Tensor, node: str) -> None:
    """Refuses, before the first step, other noise levels or another latent than the inversion's."""
    expected = inversion.descending_sigmas.tolist()
    if len(sigmas) != len(expected) or missing_levels(expected, sigmas.tolist()) or sigmas[0] < sigmas[-1]:
        raise ValueError(
            f"{node}: the sampler got {len(sigmas)} sigmas from {sigmas[0]:.4g} to {sigmas[-1]:.4g}, the inversion has "
            f"{len(expected)} from {expected[0]:.4g} to {expected[-1]:.4g}. Connect the sigmas of Invert Latent."
        )
    if latent.shape != inversion.path[0].shape:
        raise ValueError(
            f"{node}: the sampler got a latent of {tuple(latent.shape)}, the inversion is of "
            f"{tuple(inversion.path[0].shape)}. Connect the latent of this node to the sampler."
        )
