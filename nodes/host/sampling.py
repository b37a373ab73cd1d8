"""What the pack's samplers share where the host runs them."""

from collections.abc import Callable

import comfy.model_management
import torch

from ...core.invert.schedule import Denoiser


def denoiser(model_wrap, extra_args: dict, shape: tuple[int, ...] | None = None) -> Denoiser:
    """The host's guider as denoise(x, sigma), sigma being a single level for the whole batch.

    shape: of a latent, where the network takes one of another shape than x, with as many values.
    """

    def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        given = x if shape is None else x.view(-1, *shape)
        return model_wrap(given, sigma.expand(len(x)), **extra_args).view_as(x)

    return denoise


def reporter(callback: Callable | None, steps: int) -> Callable[[dict], None]:
    """Reports every step to the host, and stops at one where the user interrupts."""

    def report(step: dict) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        if callback is not None:
            callback(step["i"], step["denoised"], step["x"], steps)

    return report
