"""What the drag nodes ask of a MODEL before any work: its noise levels, its architecture, and which one it is."""

from typing import Any, NamedTuple

import comfy.model_sampling
import torch
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel

from ...core.invert.ddim import Inversion
from ...core.invert.fingerprint import Fingerprint, fingerprint, same_network
from ...core.invert.schedule import NoiseSchedule
from .words import log_notes

REMEDY = "Use a Stable Diffusion UNet: SD1.x, SD2.x or SDXL, or a model made from them."


class SourceModel(NamedTuple):
    """What tells the MODEL of an inversion from others, by values: the host may load it anew at any time.

    kind: the classes of its network; space: the host's latent format; sampling: the classes of its noise levels and of
    what it predicts.
    """

    kind: str
    space: Any
    sampling: str
    weights: Fingerprint


def architecture(model) -> str:
    return f"{type(model.model).__name__} with {type(plain_network(model)).__name__}"


def plain_network(model) -> torch.nn.Module:
    """The network of a MODEL, also of a compiled one."""
    network = model.model.diffusion_model
    return getattr(network, "_orig_mod", network)


def require_unet(model, node: str) -> UNetModel:
    """The UNet of a MODEL; refuses transformers, whose attention works otherwise."""
    unet = plain_network(model)
    if not isinstance(unet, UNetModel):
        raise ValueError(f"{node}: this MODEL ({architecture(model)}) has no UNet attention to work with. {REMEDY}")
    return unet


def identify(model) -> SourceModel:
    """What a MODEL is compared by; the same with or without LoRAs, wherever its weights are."""
    space = model.get_model_object("latent_format")
    return SourceModel(architecture(model), space, way_of_sampling(model), fingerprint(weights(model)))


def way_of_sampling(model) -> str:
    """The classes of a MODEL's noise levels and of what it predicts."""
    return " ".join(kind.__name__ for kind in type(model.get_model_object("model_sampling")).__bases__)


def weights(model) -> dict[str, torch.Tensor]:
    """The weights of a MODEL's network by name, as they are without LoRAs."""
    named = plain_network(model).named_parameters()
    kept = {name: saved.weight for name, saved in model.backup.items()}
    kept |= {name: saved[0] for name, saved in model.hook_backup.items()}
    return {name: kept.get(f"diffusion_model.{name}", weight) for name, weight in named}


def require_source(model, inversion: Inversion, node: str) -> None:
    """Refuses an inversion that another MODEL made, one with other LoRAs being the same."""
    made, given = inversion.source, identify(model)
    if made.kind != given.kind:
        other = f"another MODEL ({made.kind})"
    elif not same_network(made.weights, given.weights):
        other = "another MODEL of the same kind, with other weights"
    elif not same_space(made.space, given.space):
        other = f"a MODEL whose latents are scaled otherwise ({type(made.space).__name__})"
    else:
        return
    raise ValueError(
        f"{node}: the inversion was made with {other}, not with this one ({architecture(model)}). "
        "Connect the same MODEL to the node that made the inversion and to this one."
    )


def warn_of_other_sampling(model, inversion: Inversion, node: str) -> None:
    """Says that a MODEL has other noise levels, or predicts something else, than that of the inversion."""
    same_levels, given = (
        torch.equal(noise_levels(model, node).levels, inversion.schedule.levels),
        way_of_sampling(model),
    )
    if not same_levels or given != inversion.source.sampling:
        other = f"this MODEL samples otherwise ({given}) than the one that made the inversion"
        remedy = "Put the node that changes it before Invert Latent, too, unless you mean it so."
        log_notes([f"{other} ({inversion.source.sampling}), whose noise levels count. {remedy}"], node)


def same_space(a: Any, b: Any) -> bool:
    """Whether two latent formats of the host scale alike."""
    probe = torch.linspace(-1, 1, a.latent_channels).view(1, -1, 1, 1)
    return a.latent_channels == b.latent_channels and torch.equal(a.process_in(probe), b.process_in(probe))


def noise_levels(model, node: str) -> NoiseSchedule:
    """The noise levels of a MODEL; refuses flow models."""
    sampling = model.get_model_object("model_sampling")
    if isinstance(sampling, comfy.model_sampling.CONST) or not hasattr(sampling, "sigmas"):
        raise ValueError(
            f"{node}: this MODEL ({architecture(model)}) is a flow model, which DDIM cannot invert. {REMEDY}"
        )
    return NoiseSchedule(sampling.sigmas.detach().float().cpu(), float(getattr(sampling, "sigma_data", 1.0)))
