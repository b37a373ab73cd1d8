"""KV Inject Attention: a MODEL whose self-attention looks at the source picture."""

from functools import partial

from comfy.patcher_extension import WrappersMP
from comfy_api.latest import io

from ..core.attention.states import Blocks, Injector, WholeLatent
from ..core.invert.ddim import Inversion
from .checks.sampling import InjectionCheck
from .host.keep_outside import set_keep_outside, source_path
from .host.models import require_source, require_unet
from .host.tiling import patch_names, refuse_tiling
from .host.types import CATEGORY, InversionType, choice, percent_input

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
        refuse_tiling(model.model_options, NODE)
        require_source(model, inversion, NODE)
        start, end = (inversion.schedule.percent_to_sigma(percent) for percent in (start_percent, end_percent))
        height, width = inversion.path[0].shape[-2:]
        whole = WholeLatent(NODE, (height, width), patch_names(model.model_options))
        wants = partial(Blocks(blocks).wants, output_blocks=output_blocks)
        injector = Injector(inversion.states, wants, start, end, whole)
        check = InjectionCheck(NODE, inversion, start, end)
        patched = model.clone()
        patched.set_model_attn1_patch(injector)
        patched.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, "dragkit", check)
        set_keep_outside(patched, source_path(inversion))
        return io.NodeOutput(patched)


def require_states(inversion: Inversion) -> None:
    if not inversion.states:
        raise ValueError(
            f"{NODE}: the inversion recorded no states. Set capture in Invert Latent to output blocks (FastDrag) or "
            "all blocks (RegionDrag)."
        )
