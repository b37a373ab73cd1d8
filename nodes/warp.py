"""DragWarp: a drag carried out in pixels, for any inpainting or edit model to finish."""

from functools import partial

import torch
from comfy_api.latest import io

from ..core.grid.latent_grid import CELL_SIZE
from ..core.grid.placed import cut_by_encoder
from ..core.instruction.spec import DragSpec
from ..core.maps.flow import warp_map
from ..core.maps.regions import Move, by_frames, whole_map
from ..core.prompt.graph import PromptGraph
from ..core.redraw.pixels import Fill, Sampling, warp
from .host.latents import between_pieces, image_extent, place_on_image, refusals_of
from .host.types import CATEGORY, DragType, choice, move_input
from .host.words import log_notes

NODE = "DragWarp"


class DragWarp(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Warp (Inpaint4Drag)",
            category=CATEGORY,
            description="Moves content in the pixels of a picture, at once and without a model: what is in the mask "
            "flows with the drags in it, regions go to their targets; with nothing painted the picture bends around "
            "each drag. Gives masks of what is left to paint, for any inpainting or edit model.",
            search_aliases=["Inpaint4Drag", "warp image", "move pixels", "drag inpaint", "liquify", "puppet warp"],
            inputs=[
                io.Image.Input("image", tooltip="The picture whose pixels move."),
                DragType.Input(
                    "drag",
                    tooltip="Drags that start in the mask, or regions with their targets. With nothing painted the "
                    "picture bends in a circle around each drag.",
                ),
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
                    tooltip="What moves, from a half (0.5) up: each part of it flows with the drags that start "
                    "in it. With regions, the area "
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
                move_input("let it flow with them (the paper)"),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The picture with its content moved."),
                io.Mask.Output(display_name="inpaint_mask", tooltip="What is left to paint: the place left, the seam."),
                io.Mask.Output(display_name="target_mask", tooltip="Where moved content lies."),
                io.Mask.Output(display_name="changed_mask", tooltip="Both together, for Drag Stitch."),
            ],
            hidden=[io.Hidden.prompt],
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
        move: str = Move.METHOD.value,
    ) -> io.NodeOutput:
        placed = place_on_image(drag, image, mask, NODE)
        graph = PromptGraph(cls.hidden and cls.hidden.prompt)
        if not graph.hands_on(NODE, "DragPad", "image"):
            log_notes(cut_by_encoder(image_extent(image), CELL_SIZE), NODE)
        pictures = image.split(1) if len(placed.areas) > 1 else [image]
        how, map_of = Sampling(sampling), whole_map if Move(move) is Move.WHOLE else warp_map
        filled = Fill.NONE if placed.bends else Fill(fill)  # what only bends uncovers nothing
        settings = {"rounding": how.rounding, "check": between_pieces}
        with refusals_of(NODE):
            maps = by_frames(placed, partial(map_of, **settings))
        log_notes(dict.fromkeys(note for moves in maps for note in moves.notes), NODE)
        results = [
            warp(picture, moves, mask_expand, filled, how, between_pieces)
            for picture, moves in zip(pictures, maps, strict=True)
        ]
        images, inpaint_masks, target_masks = zip(*results, strict=True)
        changed = tuple(left | landed for left, landed in zip(inpaint_masks, target_masks, strict=True))
        parts = (inpaint_masks, target_masks, changed)
        masks = (torch.stack(part).float().expand(len(image), -1, -1) for part in parts)
        return io.NodeOutput(torch.cat(images), *masks)
