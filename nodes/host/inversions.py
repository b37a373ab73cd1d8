"""The inversions of `core` where the host runs a sampler."""

from enum import Enum
from typing import Any

import comfy.model_management
import comfy.samplers
import latent_preview
import torch

from ...core.attention.states import Recorder
from ...core.invert.ddim import invert_ddim, start_state
from ...core.invert.ddpm import chain, invert_ddpm, unit_noise
from ...core.invert.flow import Estimate, invert_flow
from ...core.invert.schedule import Levels
from .conditioning import ranks
from .patches import make_bare
from .sampling import denoiser, reporter


class Method(Enum):
    DDIM = "ddim"
    DDPM = "ddpm"
    UNI_INV = "uni-inv"
    EULER = "euler"

    @property
    def is_of_flows(self) -> bool:
        return self in (Method.UNI_INV, Method.EULER)


class InversionSampler(comfy.samplers.Sampler):
    """Runs an inversion where the host runs a sampler, and remembers its path and noises."""

    def __init__(self, method: Method, refine: int, schedule: Levels, recorder: Recorder):
        self.method, self.refine, self.schedule, self.recorder = method, refine, schedule, recorder
        self.path: list[torch.Tensor] = []
        self.noises: list[torch.Tensor] = []

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
        denoise, report = denoiser(model_wrap, extra_args), reporter(callback, len(sigmas) - 1)
        self.recorder.ranks = ranks(model_wrap, "positive")
        if self.method.is_of_flows:
            estimate = Estimate.UPPER if self.method is Method.UNI_INV else Estimate.LOWER
            self.path = invert_flow(
                denoise, latent_image, sigmas, estimate=estimate, refine=self.refine, callback=report
            )
            return self.schedule.state_in_sigma_space(self.path[-1], sigmas[-1])
        levels, spread = self.schedule.level_in_sigma_space(sigmas), self.schedule.sigma_data
        start = start_state(latent_image, levels[0], spread)
        if self.method is Method.DDIM:
            self.path = invert_ddim(denoise, start, levels, refine=self.refine, sigma_data=spread, callback=report)
            return self.path[-1]
        fresh, inner = unit_noise(extra_args["seed"]), self.schedule.denoiser_in_sigma_space(denoise)
        states, self.noises = invert_ddpm(inner, start, chain(levels), fresh, callback=report)
        self.path = [self.schedule.state_on_path(*pair) for pair in zip(states, levels, strict=True)]
        return states[-1]


def run_inversion(
    model, positive, samples: torch.Tensor, sampler: InversionSampler, sigmas: torch.Tensor, seed: int, node: str
) -> torch.Tensor:
    """Samples a clone of a MODEL with the positive prompt alone, with the host's progress bar and previews."""
    make_bare(model, node)
    guider = comfy.samplers.CFGGuider(model)
    guider.inner_set_conds({"positive": positive})
    callback = latent_preview.prepare_callback(model, len(sigmas) - 1)
    noisy = guider.sample(
        torch.zeros_like(samples), samples, sampler, sigmas, callback=callback, disable_pbar=True, seed=seed
    )
    return noisy.to(comfy.model_management.intermediate_device())
