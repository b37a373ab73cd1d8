"""FastDrag's nodes: the one-step latent warp and the filling of the holes it leaves."""

from enum import Enum
from functools import partial

import torch
from comfy_api.latest import io

from ..core.grid.given_mask import counts
from ..core.instruction.spec import DragSpec
from ..core.maps.depth import depth_map
from ..core.maps.regions import Move, by_frames, whole_map
from ..core.maps.stretch import Blend, Priority, stretch_map
from ..core.redraw.bnni import FillMode, fill_null
from ..core.redraw.changed import changed_area
from ..core.redraw.copy_paste import relocate
from .checks.instructions import idle_drags, require_drags
from .host.latents import (
    between_nodes,
    between_pieces,
    image_latent,
    latent_like,
    place_on_latent,
    refusals_of,
    require_pictures,
)
from .host.types import CATEGORY, DragType, choice, move_input, seed_input
from .host.words import log_notes


class HandleCell(Enum):
    MOVES = "moves"
    STAYS = "stays (reference)"


class Displacement(Enum):
    STRETCH = "stretch (FastDrag)"
    DEPTH = "depth (GeoDrag)"


class LatentWarpage(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LatentWarpage",
            display_name="Latent Warpage (FastDrag)",
            category=CATEGORY,
            description="Moves the cells of a latent along the drags in one step, less and less towards the circle "
            "around the mask. Cells left empty are reported in the null mask; fill them with BNNI Fill.",
            search_aliases=[
                "FastDrag",
                "GeoDrag",
                "LWF",
                "warp latent",
                "drag latent",
                "latent warpage function",
                "depth",
            ],
            inputs=[
                io.Latent.Input("latent", tooltip="The inverted latent, from Invert Latent."),
                DragType.Input("drag", tooltip="Where to drag what: at least one handle with its target."),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The area whose content moves; it counts from a half (0.5) up. Without one the "
                    "drag's own mask counts, and without that "
                    "the whole image. One mask serves all latents of a batch; as many masks as latents serve one "
                    "each; any other number is joined into one.",
                ),
                choice(
                    "priority",
                    Priority.RASTER,
                    "Which of several cells that land on one place wins: the first in reading order (the "
                    "paper's program), or the one nearest to a handle (better for long drags to the left or up).",
                ),
                choice(
                    "blend",
                    Blend.WEIGHTED,
                    "How several drags act on a cell: all of them weighted by nearness (the paper), or only "
                    "the drag of the nearest handle (opposite drags then do not cancel).",
                ),
                choice(
                    "handle_cell",
                    HandleCell.MOVES,
                    "What a cell does that lies exactly under a handle. The paper's program leaves it behind.",
                    optional=True,
                    advanced=True,
                ),
                move_input("stretch it, less and less towards the circle around the mask (the paper)"),
                choice(
                    "displacement",
                    Displacement.STRETCH,
                    "How far a cell goes with a drag: less and less towards the circle around the mask (FastDrag), or "
                    "by its depth beside that of the handle, near things farther than far ones (GeoDrag).",
                    optional=True,
                ),
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="For GeoDrag: the depth map of the whole picture, near parts brighter, from any depth "
                    "estimator.",
                ),
            ],
            outputs=[
                io.Latent.Output(display_name="latent", tooltip="The warped latent, zero where nothing landed."),
                io.Mask.Output(display_name="null_mask", tooltip="The empty cells, at the latent's size."),
                io.Mask.Output(
                    display_name="changed_mask",
                    tooltip="What of the picture changes, for Drag Stitch: within the mask, and as a whole where it "
                    "lands, too. All else stays as it was.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        latent: dict,
        drag: DragSpec,
        priority: str,
        blend: str,
        mask: torch.Tensor | None = None,
        handle_cell: str = HandleCell.MOVES.value,
        move: str = Move.METHOD.value,
        displacement: str = Displacement.STRETCH.value,
        depth: torch.Tensor | None = None,
    ) -> io.NodeOutput:
        samples = image_latent(latent, "LatentWarpage")
        whole = Move(move) is Move.WHOLE
        require_drags(drag, "LatentWarpage", uses_regions=whole)
        placed = place_on_latent(drag, samples, mask, "LatentWarpage")
        by_depth = Displacement(displacement) is Displacement.DEPTH
        stretch = partial(
            stretch_map,
            priority=Priority(priority),
            blend=Blend(blend),
            skip_handle_cell=HandleCell(handle_cell) is HandleCell.STAYS,
        )
        relief = partial(depth_map, depth=depth_of(depth), priority=Priority(priority)) if by_depth else stretch
        log_notes(unused_depth(depth, by_depth, whole), "LatentWarpage")
        map_of = partial(whole_map if whole else relief, check=between_pieces)
        with refusals_of("LatentWarpage"):
            maps = by_frames(placed, map_of) if whole else [map_of(frame) for frame in placed.frames]
        notes = [note for moves in maps for note in moves.notes]
        log_notes(dict.fromkeys(notes) if whole else idle_drags(placed, maps, map_of), "LatentWarpage")
        parts = samples.split(1) if len(maps) > 1 else [samples]
        warped = torch.cat([relocate(part, moves) for part, moves in zip(parts, maps, strict=True)])
        nulls = torch.stack([moves.vacated for moves in maps]).to(samples.device).float()
        changed = torch.stack([changed_area(m, frame, not whole) for m, frame in zip(maps, placed.frames, strict=True)])
        return io.NodeOutput(latent_like(latent, warped, masked=True), nulls, between_nodes(changed.float()))


def depth_of(depth: torch.Tensor | None) -> torch.Tensor:
    """The depth (H, W) of an IMAGE (1, H, W, C); refuses none and several."""
    require_pictures(depth, "LatentWarpage")
    if depth is None or len(depth) > 1:
        given = "is not connected" if depth is None else f"is a batch of {len(depth)}"
        raise ValueError(
            f"LatentWarpage: displacement is {Displacement.DEPTH.value}, and depth {given}. Connect the depth map of "
            "the picture, from any depth estimator."
        )
    return depth[0, ..., 0].cpu()


def unused_depth(depth: torch.Tensor | None, by_depth: bool, whole: bool) -> list[str]:
    """Say that a depth is connected and not used."""
    if depth is None or (by_depth and not whole):
        return []
    if whole:
        return ["move is as a whole, so depth is not used. Choose as the method does."]
    return [f"displacement is {Displacement.STRETCH.value}, so depth is not used. Choose {Displacement.DEPTH.value}."]


class BNNIFill(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BNNIFill",
            display_name="BNNI Fill (FastDrag)",
            category=CATEGORY,
            description="Fills the empty cells of a warped latent from their nearest neighbours to the left, right, "
            "above and below (bilateral nearest neighbour interpolation), or with noise.",
            search_aliases=["FastDrag", "fill latent holes", "null region", "interpolate latent"],
            inputs=[
                io.Latent.Input("latent", tooltip="The warped latent, from Latent Warpage."),
                io.Mask.Input(
                    "null_mask",
                    optional=True,
                    tooltip="The empty cells, from Latent Warpage. Without it a cell whose first channel is exactly 0 "
                    "is taken as empty, as the paper's program does.",
                ),
                choice(
                    "mode",
                    FillMode.SEQUENTIAL,
                    "sequential: cell by cell, filled cells serve the next (the paper's program). "
                    "simultaneous: only cells that were never empty serve. noise: Gaussian noise.",
                ),
                seed_input("Seed of the noise; the other modes do not use it."),
            ],
            outputs=[io.Latent.Output(display_name="latent", tooltip="The latent without empty cells.")],
        )

    @classmethod
    def execute(cls, latent: dict, mode: str, seed: int, null_mask: torch.Tensor | None = None) -> io.NodeOutput:
        samples = image_latent(latent, "BNNIFill")
        generator = torch.Generator().manual_seed(seed)
        if null_mask is None:
            filled = fill_null(samples, None, FillMode(mode), generator)
            return io.NodeOutput(latent_like(latent, filled, masked=True))
        nulls = null_cells(null_mask, samples)
        parts = samples.split(1) if len(nulls) > 1 else [samples]
        filled = [fill_null(p, n, FillMode(mode), generator) for p, n in zip(parts, nulls, strict=True)]
        return io.NodeOutput(latent_like(latent, torch.cat(filled), masked=True))


def null_cells(null_mask: torch.Tensor, samples: torch.Tensor) -> torch.Tensor:
    """The null mask as booleans (1 or B, h, w); refuses one that was not made for this latent."""
    cells = counts(null_mask.reshape(-1, *null_mask.shape[-2:]))
    if cells.shape[-2:] != samples.shape[-2:] or len(cells) not in (1, len(samples)):
        raise ValueError(
            f"BNNIFill: the null mask is {len(cells)} of {cells.shape[-1]}x{cells.shape[-2]} cells, the latent "
            f"{len(samples)} of {samples.shape[-1]}x{samples.shape[-2]}; connect the null_mask of the Latent Warpage "
            "node that made this latent."
        )
    return cells
