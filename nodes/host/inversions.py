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
from ...core.invert.flow import Estimate, as_sampled, invert_flow
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

    def __init__(self, method: Method, refine: int, sigma_data: float, recorder: Recorder):
        self.method, self.refine, self.sigma_data, self.recorder = method, refine, sigma_data, recorder
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
        start = start_state(latent_image, sigmas[0], self.sigma_data)
        if self.method.is_of_flows:
            estimate = Estimate.UPPER if self.method is Method.UNI_INV else Estimate.LOWER
            self.path = invert_flow(
                denoise, latent_image, sigmas, estimate=estimate, refine=self.refine, callback=report
            )
            return as_sampled(self.path[-1], sigmas[-1])
        if self.method is Method.DDIM:
            self.path = invert_ddim(
                denoise, start, sigmas, refine=self.refine, sigma_data=self.sigma_data, callback=report
            )
        else:
            fresh = unit_noise(extra_args["seed"])
            self.path, self.noises = invert_ddpm(denoise, start, chain(sigmas), fresh, callback=report)
        return self.path[-1]


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
