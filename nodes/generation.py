"""Inversion from Latent: a picture that is being generated needs no inversion, only where it stands."""

import torch
from comfy_api.latest import io

from ..core.invert.ddim import Inversion
from .host.latents import image_latent, require_channels
from .host.models import identify, noise_levels
from .host.types import CATEGORY, InversionType

NODE = "InversionFromLatent"


class InversionFromLatent(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Inversion from Latent",
            category=CATEGORY,
            description="For pictures you generate: takes the half-finished latent of a sampler, with the noise levels "
            "that are left, in place of an inversion, so that Drag Optimize Latent can drag it.",
            search_aliases=["drag generated image", "DragDiffusion", "stop half way", "partly denoised latent"],
            inputs=[
                io.Model.Input("model", tooltip="The MODEL that generates the picture."),
                io.Conditioning.Input("positive", tooltip="The prompt it is generated with."),
                io.Latent.Input("latent", tooltip="From a sampler that ran the high sigmas of Split Sigmas."),
                io.Sigmas.Input("sigmas", tooltip="The low sigmas of Split Sigmas: the steps that are left."),
            ],
            outputs=[InversionType.Output(display_name="inversion", tooltip="For Drag Optimize Latent.")],
        )

    @classmethod
    def execute(cls, model, positive, latent: dict, sigmas: torch.Tensor) -> io.NodeOutput:
        samples = image_latent(latent, NODE)
        schedule = noise_levels(model, NODE)
        require_channels(samples, model.model.latent_format.latent_channels, NODE)
        if len(sigmas) < 2 or not (sigmas[:-1] > sigmas[1:]).all():
            given = ", ".join(f"{sigma:.3g}" for sigma in sigmas.tolist())
            raise ValueError(
                f"{NODE}: the sigmas are {given or 'none'}; they must fall to the picture in one step or more. Connect "
                "the low sigmas of Split Sigmas."
            )
        source = identify(model)
        state = source.space.process_in(samples.float())
        ascending = sigmas.flip(0).cpu()
        return io.NodeOutput(Inversion(ascending, (state,), (), (), len(sigmas) - 1, schedule, source))
