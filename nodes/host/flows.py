"""Flow models of the host: their noise levels, and pictures that its video autoencoders hand on as one frame."""

from typing import Any

import comfy.model_sampling
import torch

from ...core.invert.flow import FlowSchedule
from .latents import image_latent
from .models import architecture
from .words import log_notes

FRAMES = 3  # dimensions of a latent that has frames
OF_PICTURES = {"QwenImage", "Krea2", "Anima"}  # the host's models of pictures whose latents have frames
SOFT = 1.0  # the guidance of a distilled model at which a picture is inverted


def is_flow(model) -> bool:
    """Whether a MODEL predicts velocities along straight lines (x_t = (1 - t) x_0 + t eps)."""
    sampling = model.get_model_object("model_sampling")
    others = getattr(comfy.model_sampling, "IMG_TO_IMG_FLOW", ())
    return isinstance(sampling, comfy.model_sampling.CONST) and not isinstance(sampling, others)


def flow_levels(model, node: str) -> FlowSchedule:
    """The noise levels of a flow model; refuses those of videos."""
    if has_frames(model) and not OF_PICTURES & {kind.__name__ for kind in type(model.model).__mro__}:
        raise ValueError(
            f"{node}: this MODEL ({architecture(model)}) makes videos, and nothing of a video is dragged here. Use a "
            "model of pictures: a Stable Diffusion UNet, or a transformer such as FLUX, Qwen-Image or Z-Image."
        )
    return FlowSchedule(model.get_model_object("model_sampling").sigmas.detach().float().cpu())


def has_frames(model) -> bool:
    return getattr(model.get_model_object("latent_format"), "latent_dimensions", 2) == FRAMES


def picture_latent(latent: dict, node: str) -> torch.Tensor:
    """The samples (B, C, h, w) of a LATENT, also of one frame (B, C, 1, h, w)."""
    samples = latent["samples"]
    single = not getattr(samples, "is_nested", False) and samples.ndim == 5 and samples.shape[2] == 1
    return image_latent(latent | {"samples": samples[:, :, 0]} if single else latent, node)


def framed(samples: torch.Tensor, model) -> torch.Tensor:
    """Latents (B, C, h, w) as the network of a MODEL takes them, with a frame where it wants one."""
    return samples.unsqueeze(2) if has_frames(model) else samples


def left_model(state: torch.Tensor, space: Any) -> torch.Tensor:
    """A state (B, C, h, w) of a model's space, the host's latent format, in that of its autoencoder."""
    frames = getattr(space, "latent_dimensions", 2) == FRAMES
    return unframed(space.process_out(state.unsqueeze(2) if frames else state))


def unframed(state: torch.Tensor) -> torch.Tensor:
    """A state (B, C, h, w) of one that may have a frame."""
    return state[:, :, 0] if state.ndim == 5 else state


def note_guidance(model, positive: list, node: str) -> None:
    """Says that a distilled model inverts with a guidance that leads away from the picture."""
    network = getattr(model.model, "diffusion_model", None)
    if not getattr(getattr(network, "params", None), "guidance_embed", False):
        return
    given = [settings.get("guidance", 3.5) for _, settings in positive]
    if any(value != SOFT for value in given if value is not None):
        log_notes(
            [
                f"this model is distilled and the prompt has a guidance of {max(given):g}; a picture comes back more "
                "closely at 1. Put Flux Guidance with 1 in front of positive, here and at the sampler."
            ],
            node,
        )
