"""What the drag nodes ask of a MODEL before any work: its noise levels and its architecture."""

import comfy.model_sampling
import torch
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel

from ..core.inversion import Inversion

REMEDY = "Use a Stable Diffusion UNet: SD1.x, SD2.x or SDXL, or a model made from them."


def architecture(model) -> str:
    return f"{type(model.model).__name__} with {type(model.model.diffusion_model).__name__}"


def require_unet(model, node: str) -> UNetModel:
    """The UNet of a MODEL; refuses transformers, whose attention works otherwise."""
    unet = model.model.diffusion_model
    if not isinstance(unet, UNetModel):
        raise ValueError(f"{node}: this MODEL ({architecture(model)}) has no UNet attention to work with. {REMEDY}")
    return unet


def require_source(model, inversion: Inversion, node: str) -> None:
    """Refuses an inversion that another MODEL made; one with other LoRAs is the same."""
    source = inversion.model()
    if source is not model.model:
        other = "a MODEL that is no longer loaded" if source is None else f"another MODEL ({type(source).__name__})"
        raise ValueError(
            f"{node}: the inversion was made with {other}, not with this one ({architecture(model)}). "
            "Connect the same MODEL to the node that made the inversion and to this one."
        )


def noise_levels(model, node: str) -> tuple[torch.Tensor, float]:
    """The sigmas of all training timesteps, ascending, and the data's deviation; refuses flow models."""
    sampling = model.get_model_object("model_sampling")
    if isinstance(sampling, comfy.model_sampling.CONST) or not hasattr(sampling, "sigmas"):
        raise ValueError(
            f"{node}: this MODEL ({architecture(model)}) is a flow model, which DDIM cannot invert. {REMEDY}"
        )
    return sampling.sigmas.detach().float().cpu(), float(getattr(sampling, "sigma_data", 1.0))
