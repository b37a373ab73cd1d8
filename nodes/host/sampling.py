"""What the pack's samplers share where the host runs them."""

from collections.abc import Callable

import comfy.model_management
import torch

from ...core.invert.ddim import Denoiser


def denoiser(model_wrap, extra_args: dict) -> Denoiser:
    """The host's guider as denoise(x, sigma), sigma being a single level for the whole batch."""

    def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return model_wrap(x, sigma.expand(len(x)), **extra_args)

    return denoise


def reporter(callback: Callable | None, steps: int) -> Callable[[dict], None]:
    """Reports every step to the host, and stops at one where the user interrupts."""

    def report(step: dict) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        if callback is not None:
            callback(step["i"], step["denoised"], step["x"], steps)

    return report
