"""KeepOutside: a MODEL that holds everything outside of a mask on the source's own path."""

import torch
from comfy_api.latest import io

from ..core.instruction.spec import DragSpec
from ..core.invert.ddim import Inversion
from ..core.redraw.keep_outside import KeptArea, softened
from .host.keep_outside import OwnMask, set_keep_outside, source_path
from .host.latents import image_extent, place_on_latent
from .host.models import require_source, require_unet
from .host.types import CATEGORY, InversionType
from .host.words import log_notes

NODE = "KeepOutside"


class KeepOutside(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Keep Outside",
            category=CATEGORY,
            description="Keeps everything outside of a mask as it is while an edit is sampled: at every noise level it "
            "follows the path of the source that Invert Latent recorded. For FastDrag, RegionDrag and DragDiffusion.",
            search_aliases=["keep background", "noise mask", "preserve", "blended diffusion", "lock background"],
            inputs=[
                io.Model.Input("model", tooltip="The MODEL of the sampler, with the other drag patches on it."),
                InversionType.Input("inversion", tooltip="From the Invert Latent whose latent is edited."),
                io.Mask.Input(
                    "mask",
                    tooltip="What may change, from a half (0.5) up, on the picture that was encoded. As many masks as "
                    "latents were inverted serve one each.",
                ),
                io.Float.Input(
                    "border",
                    default=1.0,
                    min=0.0,
                    max=16.0,
                    step=0.5,
                    tooltip="Over how many latent cells of 8 pixels the change sets in, from the mask's outline "
                    "inwards; 0 for a hard border. Outside of the mask nothing changes in either case.",
                ),
            ],
            outputs=[io.Model.Output(display_name="model", tooltip="The patched MODEL, for the sampler.")],
        )

    @classmethod
    def execute(cls, model, inversion: Inversion, mask: torch.Tensor, border: float) -> io.NodeOutput:
        require_unet(model, NODE)
        require_path(inversion)
        require_source(model, inversion, NODE)
        clean = inversion.path[0]
        areas = place_on_latent(DragSpec(size=image_extent(mask)), clean, mask, NODE).cells()
        if all(bool(area.all()) for area in areas):
            log_notes(["the mask covers the whole picture, so nothing is kept. Paint what may change."], NODE)
        cells = torch.stack([torch.from_numpy(softened(area.numpy(), border)) for area in areas])[:, None]
        patched = model.clone()
        set_keep_outside(patched, source_path(inversion), OwnMask(NODE, KeptArea(cells, clean)))
        return io.NodeOutput(patched)


def require_path(inversion: Inversion) -> None:
    """Refuses an inversion without the states of its way there."""
    if len(inversion.path) != len(inversion.sigmas) or len(inversion.path) < 2:
        raise ValueError(
            f"{NODE}: the inversion is that of a picture being generated, which has no way there to keep. Generate "
            "the picture first, then connect VAE Encode and Invert Latent."
        )
