"""What a mask, a LATENT's or a node's own, means with an inversion: outside of it the source's own path is kept."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from comfy.patcher_extension import WrappersMP, add_wrapper_with_key

from ...core.invert.ddim import Inversion
from ...core.invert.noisy import is_noisy
from ...core.redraw.keep_outside import KeepOutside, KeptArea, Source, SourcePath
from .latents import refusals_of

KEY = "dragkit_keep_outside"
MaskAt = Callable[[torch.Tensor], torch.Tensor]
SourceOf = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Source | None]


class OwnMask(NamedTuple):
    """A node's own mask, which counts besides the noise mask."""

    node: str
    area: KeptArea

    def with_noise_mask(self, latent: torch.Tensor, noise_mask: torch.Tensor | None) -> torch.Tensor:
        with refusals_of(self.node):
            return self.area.mask_of(latent, noise_mask)


def set_keep_outside(patched, source_of: SourceOf, own: OwnMask | None = None) -> None:
    """Makes a MODEL keep a source outside of the noise mask, and of an own one.

    source_of(noise, state, sigma), of what sampling starts from, in model space, gives the source, or None where the
    host's own way with the mask is right: a clean latent that noise is added to.
    """
    patched.add_wrapper_with_key(WrappersMP.SAMPLER_SAMPLE, KEY, partial(sample_inside, source_of, own))


def sample_inside(
    source_of: SourceOf,
    own: OwnMask | None,
    executor,
    guider,
    sigmas: torch.Tensor,
    extra_args: dict,
    callback,
    noise: torch.Tensor,
    latent_image: torch.Tensor | None = None,
    denoise_mask: torch.Tensor | None = None,
    *args,
    **kwargs,
):
    """A wrapper of the host's samplers that takes the noise mask out of their hands; ours read it themselves."""
    plain = partial(executor, guider, sigmas, extra_args, callback)
    if own is not None and latent_image is not None:
        denoise_mask = own.with_noise_mask(latent_image, denoise_mask)
    if latent_image is None or denoise_mask is None or getattr(executor.class_obj, "keeps_outside", False):
        return plain(noise, latent_image, denoise_mask, *args, **kwargs)
    source = source_of(noise, latent_image, sigmas[0])
    if source is None:
        clean = latent_image if own is None else own.area.clean_outside(latent_image, denoise_mask)
        return plain(noise, clean, denoise_mask, *args, **kwargs)
    keep = KeepOutside(source, mask_by_level(guider, denoise_mask, sigmas))
    add_wrapper_with_key(WrappersMP.PREDICT_NOISE, KEY, partial(predict, keep), guider.model_options, True)
    start = keep.start(latent_image, sigmas[0])
    samples = plain(noise * keep.mask_at(sigmas[0]), start, None, *args, **kwargs)
    return keep.held(samples, sigmas[-1], sigmas[-2])


def predict(keep: KeepOutside, executor, x: torch.Tensor, timestep: torch.Tensor, *args, **kwargs) -> torch.Tensor:
    """A wrapper of a guider's prediction, for as long as it samples."""
    return keep.denoise(lambda state, sigma: executor(state, timestep, *args, **kwargs), x, timestep.flatten()[0])


def mask_by_level(guider, mask: torch.Tensor, sigmas: torch.Tensor) -> MaskAt:
    """The noise mask (B, C, h, w) of a level, as Differential Diffusion or another patch of the MODEL wants it."""
    mask = mask.clamp(0, 1)
    change = guider.model_options.get("denoise_mask_function")
    if change is None:
        return lambda sigma: mask
    options = {"model": guider, "sigmas": sigmas}
    return lambda sigma: change(sigma.expand(len(mask)), mask, extra_options=options)


def recorded_path(inversion: Inversion, batch: int, device: torch.device) -> SourcePath:
    """The path of an inversion of B latents for a batch of a multiple of B, (K + 1, batch, C, h, w)."""
    states = torch.stack(inversion.path).repeat(1, batch // len(inversion.path[0]), 1, 1, 1)
    return SourcePath(inversion.sigmas.to(device), states.to(device))


def source_path(inversion: Inversion) -> SourceOf:
    """What is kept outside of a noise mask: the inversion's path, unless noise is added to a latent that is clean."""

    def source_of(noise: torch.Tensor, latent: torch.Tensor, sigma: torch.Tensor) -> SourcePath | None:
        if noise.any() and not is_noisy(latent, sigma, inversion):
            return None
        return recorded_path(inversion, len(latent), latent.device)

    return source_of
