"""KV Inject Attention: a MODEL whose self-attention looks at the source picture."""

import torch
from comfy.patcher_extension import WrappersMP
from comfy_api.latest import io

from ..core.attention import Blocks, Injector, missing_levels
from ..core.inversion import Inversion
from .models import require_source, require_unet
from .types import CATEGORY, InversionType, choice, percent_input

NODE = "KVInjectAttention"


class KVInjectAttention(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="KV Inject Attention",
            category=CATEGORY,
            description="Lets the sampled latent attend to the source picture: keys and values of self-attention come "
            "from the states recorded at the same noise level. This keeps identity, texture and background.",
            search_aliases=["FastDrag", "RegionDrag", "mutual self-attention", "consistency", "MasaCtrl"],
            inputs=[
                io.Model.Input("model", tooltip="The same MODEL that made the inversion."),
                InversionType.Input("inversion", tooltip="From Invert Latent, with capture switched on."),
                choice(
                    "blocks",
                    Blocks.AS_CAPTURED,
                    "Which of the recorded layers to use: all of them, those of the output blocks, or those "
                    "of the second half of the output blocks (freer layout, same texture).",
                ),
                percent_input(
                    "start_percent", 0.0, "Where in the whole run from noise (0) to picture (1) injection begins."
                ),
                percent_input(
                    "end_percent", 1.0, "Where in the whole run injection ends; lower lets fine detail change."
                ),
            ],
            outputs=[io.Model.Output(display_name="model", tooltip="The patched MODEL, for the sampler.")],
        )

    @classmethod
    def execute(
        cls, model, inversion: Inversion, blocks: str, start_percent: float, end_percent: float
    ) -> io.NodeOutput:
        output_blocks = len(require_unet(model, NODE).output_blocks)
        require_states(inversion)
        require_source(model, inversion, NODE)
        injector = Injector(
            inversion.states,
            lambda layer: Blocks(blocks).wants(layer, output_blocks),
            inversion.schedule.percent_to_sigma(start_percent),
            inversion.schedule.percent_to_sigma(end_percent),
        )
        patched = model.clone()
        patched.set_model_attn1_patch(injector)
        patched.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, "dragkit", sampling_check(inversion))
        return io.NodeOutput(patched)


def require_states(inversion: Inversion) -> None:
    if not inversion.states:
        raise ValueError(
            f"{NODE}: the inversion recorded no states. Set capture in Invert Latent to output blocks (FastDrag) or "
            "all blocks (RegionDrag)."
        )


def sampling_check(inversion: Inversion):
    """A wrapper that refuses, before the first step, a latent or noise levels the inversion has nothing for."""
    recorded = [level.sigma for level in inversion.states]
    source = inversion.path[0]

    def check(executor, noise: torch.Tensor, latent, sampler, sigmas: torch.Tensor, *args, **kwargs):
        if noise.shape[-2:] != source.shape[-2:] or len(noise) % len(source):
            raise ValueError(
                f"{NODE}: the inversion is of {len(source)} latent(s) of {source.shape[-1]}x{source.shape[-2]} cells, "
                f"the sampler got {len(noise)} of {noise.shape[-1]}x{noise.shape[-2]}. Sample the latent that came "
                "from the same Invert Latent."
            )
        strangers = missing_levels(recorded, sigmas[:-1].tolist())
        if strangers:
            raise ValueError(
                f"{NODE}: the sampler uses noise levels the inversion did not record (sigma {strangers[0]:.4g}; "
                f"recorded are {recorded[0]:.4g} to {recorded[-1]:.4g}). Connect the sigmas of Invert Latent to the "
                "sampler."
            )
        return executor(noise, latent, sampler, sigmas, *args, **kwargs)

    return check
