"""Reference Attention: the first latent of a batch lends its keys and values to the others."""

import torch
from comfy.patcher_extension import WrappersMP
from comfy_api.latest import io

from ..core.attention.states import ReferenceLender
from ..core.redraw.keep_outside import FirstRow
from .gradients.places import attention_layers, first_shared_layer
from .host.keep_outside import set_keep_outside
from .host.models import require_unet
from .host.tiling import refuse_tiling
from .host.types import CATEGORY, percent_input
from .host.words import log_notes

NODE = "ReferenceAttention"
AUTO = -1


class ReferenceAttention(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Reference Attention (DragDiffusion)",
            category=CATEGORY,
            description="Lets every latent of a batch attend to the first one: keys and values of self-attention come "
            "from row 0, from a layer and a step on. Sampling the source and the edited latent together keeps the "
            "edit's identity and texture.",
            search_aliases=["MasaCtrl", "mutual self-attention", "reference latent control", "DragDiffusion"],
            inputs=[
                io.Model.Input("model", tooltip="The MODEL to sample with, with the identity LoRA if there is one."),
                io.Int.Input(
                    "start_layer",
                    default=AUTO,
                    min=AUTO,
                    max=100,
                    tooltip="The first attention layer that looks at row 0, counted as they run. -1 is the paper's "
                    "place: 10 of the 0 to 15 of SD1.x and SD2.x, 8 of the 0 to 10 of SDXL.",
                ),
                percent_input(
                    "start_percent", 0.0, "Where in the whole run from noise (0) to picture (1) it begins to look."
                ),
            ],
            outputs=[io.Model.Output(display_name="model", tooltip="The patched MODEL, for the sampler.")],
        )

    @classmethod
    def execute(cls, model, start_layer: int, start_percent: float) -> io.NodeOutput:
        refuse_tiling(model.model_options, NODE)
        unet = require_unet(model, NODE)
        layers, place = attention_layers(unet), first_shared_layer(unet)
        if start_layer >= layers:
            raise ValueError(
                f"{NODE}: start_layer is {start_layer}, but this model's attention layers are numbered 0 to "
                f"{layers - 1}. Use -1 for the paper's place, which is {place} here."
            )
        start = model.get_model_object("model_sampling").percent_to_sigma(start_percent)
        patched = model.clone()
        patched.set_model_attn1_patch(ReferenceLender(place if start_layer == AUTO else start_layer, start))
        patched.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, "dragkit_reference", warn_of_single_latent)
        set_keep_outside(patched, first_row)
        return io.NodeOutput(patched)


def first_row(noise: torch.Tensor, latent: torch.Tensor, sigma: torch.Tensor) -> FirstRow | None:
    """What is kept outside of a noise mask: the source, being sampled along, unless noise is added to all rows."""
    return None if noise.any() else FirstRow()


def warn_of_single_latent(executor, noise: torch.Tensor, *args, **kwargs):
    """A wrapper that says when there is no row to lend to, and refuses tiles of rows."""
    refuse_tiling(executor.class_obj.model_options, NODE)
    if len(noise) < 2:
        single = "the sampled latent is a single one, so nothing is lent."
        log_notes([f"{single} Sample the batch of Drag Optimize Latent: the source, then the edit."], NODE)
    return executor(noise, *args, **kwargs)
