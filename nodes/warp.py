"""DragWarp: a drag carried out in pixels, for any inpainting or edit model to finish."""

from dataclasses import replace

import torch
from comfy_api.latest import io

from ..core.drag import DragSpec
from ..core.masks import editable_mask
from ..core.warp import Fill, Sampling, Warped, warp
from .latents import fit_to_image, log_notes, log_warnings, masks_given, warn_of_handles_outside
from .types import CATEGORY, DragType, choice

NODE = "DragWarp"


class DragWarp(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Warp (Inpaint4Drag)",
            category=CATEGORY,
            description="Moves content in the pixels of a picture, at once and without a model: what is in the mask "
            "flows with the drags in it, regions go to their targets. Gives masks of what is left to paint, for any "
            "inpainting or edit model.",
            search_aliases=["Inpaint4Drag", "warp image", "move pixels", "drag inpaint", "liquify", "puppet warp"],
            inputs=[
                io.Image.Input("image", tooltip="The picture whose pixels move."),
                DragType.Input("drag", tooltip="Drags that start in the mask, or regions with their targets."),
                io.Int.Input(
                    "mask_expand",
                    default=5,
                    min=0,
                    max=128,
                    tooltip="Width in pixels of the seam to repaint around what moved, and of the margin around the "
                    "place it left; 0 repaints that place alone. Counts in odd widths.",
                ),
                choice(
                    "fill",
                    Fill.NONE,
                    "The place that content left: as it was (the inpainting model paints it), or filled smoothly from "
                    "its neighbours, to see a result without any model.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What moves: each part of it flows with the drags that start in it. With regions, the area "
                    "that may change. Without one the drag's own mask counts. As many masks as pictures serve one "
                    "each; any other number is joined into one.",
                ),
                choice(
                    "sampling",
                    Sampling.SMOOTH,
                    "How finely content moves: by parts of a pixel and without jagged edges, or pixel by pixel as the "
                    "paper's program does.",
                    optional=True,
                    advanced=True,
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The picture with its content moved."),
                io.Mask.Output(display_name="inpaint_mask", tooltip="What is left to paint: the place left, the seam."),
                io.Mask.Output(display_name="target_mask", tooltip="Where moved content lies."),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: torch.Tensor,
        drag: DragSpec,
        mask_expand: int,
        fill: str,
        mask: torch.Tensor | None = None,
        sampling: str = Sampling.SMOOTH.value,
    ) -> io.NodeOutput:
        spec = fit_to_image(drag, image, NODE)
        log_warnings(spec, NODE)
        specs = masked(spec, mask, len(image))
        pictures = image.split(1) if len(specs) > 1 else [image]
        results = [
            warp(picture, own, mask_expand, Fill(fill), Sampling(sampling))
            for picture, own in zip(pictures, specs, strict=True)
        ]
        report(specs, results)
        images, inpaint_masks, target_masks, _ = zip(*results, strict=True)
        masks = (torch.stack(part).float().expand(len(image), -1, -1) for part in (inpaint_masks, target_masks))
        return io.NodeOutput(torch.cat(images), *masks)


def masked(spec: DragSpec, mask: torch.Tensor | None, batch: int) -> list[DragSpec]:
    """The instruction with a connected MASK in place of its own: one for the whole batch, or one for each picture."""
    if mask is None:
        return [spec]
    return [replace(spec, mask=(), base=area) for area in masks_given(mask, spec.size, batch, NODE)]


def report(specs: list[DragSpec], results: list[Warped]) -> None:
    """Logs what is probably not meant, once where it is so for many pictures."""
    for spec in specs:
        if not spec.regions:
            warn_of_handles_outside(spec, editable_mask(spec, spec.size), NODE)
    log_notes(dict.fromkeys(note for result in results for note in result.notes), NODE)
