"""Drag instructions from what other nodes give: masks, boxes and tracks."""

from typing import Any

import torch
from comfy_api.latest import io

from ..core.grid.given_mask import GivenMask, read_mask
from ..core.grid.merge import with_raster
from ..core.instruction.geometry import Affine, Point
from ..core.objects.boxes import read_boxes
from ..core.objects.things import boxes_moved, things_moved
from ..core.objects.tracks import read_tracks
from .drags import drag_outputs, picture_of, told
from .host.latents import connected_mask, refusals_of
from .host.types import CATEGORY
from .host.words import log_notes

FROM_MASK, FROM_BOXES, FROM_TRACKS = "DragFromMask", "DragFromBoxes", "DragFromTracks"
BoxType, TracksType = io.Custom("BOUNDING_BOX"), io.Custom("TRACKS")
FARTHEST = 16_384.0


def way_input(name: str, tooltip: str, default: float = 0.0, least: float = -FARTHEST, most: float = FARTHEST, **more):
    return io.Float.Input(name, default=default, min=least, max=most, tooltip=tooltip, **more)


def grow_input() -> io.Int.Input:
    return io.Int.Input(
        "grow",
        default=8,
        min=0,
        max=1024,
        tooltip="Pixels by which the area that may change reaches beyond where it was and where it goes.",
    )


def picture_input(what: str) -> io.Image.Input:
    return io.Image.Input("image", optional=True, tooltip=f"The picture to be edited, which {what} must belong to.")


class DragFromMask(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=FROM_MASK,
            display_name="Drag from Mask",
            category=CATEGORY,
            description="Moves, scales and turns what a mask holds, without drawing: the mask of a segmenter or its "
            "box becomes a region of an instruction, with an outline of few points.",
            search_aliases=["move object", "mask to drag", "segment and move", "sam drag", "region from mask"],
            inputs=[
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What shall move, from a half (0.5) up. Of a batch each mask is a thing of its own.",
                ),
                way_input("move_x", "Pixels to the right; below 0 to the left.", step=1.0),
                way_input("move_y", "Pixels down; below 0 up.", step=1.0),
                way_input("scale", "How much larger it becomes, about its own middle.", 1.0, 0.01, 100.0, step=0.01),
                way_input("rotate", "Degrees by which it turns clockwise, about its own middle.", 0.0, -360.0, 360.0),
                grow_input(),
                io.Mask.Input(
                    "target",
                    optional=True,
                    tooltip="Where it goes instead, and in which shape: a mask, or as many as there are things. Move, "
                    "scale and rotate are then not used.",
                ),
                BoxType.Input(
                    "bboxes",
                    optional=True,
                    tooltip="Boxes of a detector. Without a mask each box is a thing; with one, what of it lies in "
                    "each box.",
                ),
                picture_input("mask and boxes"),
            ],
            outputs=drag_outputs(),
        )

    @classmethod
    def execute(
        cls,
        move_x: float,
        move_y: float,
        scale: float,
        rotate: float,
        grow: int,
        mask: torch.Tensor | None = None,
        target: torch.Tensor | None = None,
        bboxes: Any = None,
        image: torch.Tensor | None = None,
    ) -> io.NodeOutput:
        size = picture_of(image, FROM_MASK)
        given, goal = (noted(part, FROM_MASK) for part in (mask, target))
        way = Affine(Point(move_x, move_y), (scale, scale), rotate)
        if goal is not None and not way.is_identity:
            log_notes(["a target is connected, so move, scale and rotate are not used."], FROM_MASK)
        with refusals_of(FROM_MASK):
            boxes = None if bboxes is None else read_boxes(bboxes, "bboxes")
            spec = things_moved(given, boxes, way if goal is None else goal, size, grow)
        return told(spec, FROM_MASK)


class DragFromBoxes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=FROM_BOXES,
            display_name="Drag from Boxes",
            category=CATEGORY,
            description="Brings what is in one box into another, corner to corner: moved, and scaled where the boxes "
            "differ in size. Boxes come from detectors or from Bounding Box.",
            search_aliases=["bounding box", "bbox to drag", "move box", "detector", "region from box"],
            inputs=[
                BoxType.Input("source", tooltip="The box of what shall move, or a list of boxes."),
                BoxType.Input("target", tooltip="The box that it goes into, or as many as there are sources."),
                grow_input(),
                picture_input("the boxes"),
            ],
            outputs=drag_outputs(),
        )

    @classmethod
    def execute(cls, source: Any, target: Any, grow: int, image: torch.Tensor | None = None) -> io.NodeOutput:
        size = picture_of(image, FROM_BOXES)
        with refusals_of(FROM_BOXES):
            spec = boxes_moved(read_boxes(source, "source"), read_boxes(target, "target"), size, grow)
        return told(spec, FROM_BOXES)


class DragFromTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=FROM_TRACKS,
            display_name="Drag from Tracks",
            category=CATEGORY,
            description="Makes a drag of each track of the video nodes: from where it is seen first to where it is "
            "seen last. Lists of points or tracks as text are read by Drag from JSON.",
            search_aliases=["tracks", "wan move", "motion path", "spline", "point tracks"],
            inputs=[
                TracksType.Input("tracks", tooltip="Tracks in pixels of the picture."),
                picture_input("the tracks"),
                io.Mask.Input("mask", optional=True, tooltip="The area that may change, from a half (0.5) up."),
            ],
            outputs=drag_outputs(),
        )

    @classmethod
    def execute(cls, tracks: Any, image: torch.Tensor | None = None, mask: torch.Tensor | None = None) -> io.NodeOutput:
        size = picture_of(image, FROM_TRACKS)
        with refusals_of(FROM_TRACKS):
            spec = read_tracks(tracks)
        spec = spec.scaled_to(size) if size else spec
        return told(with_raster(spec, connected_mask(mask, size, FROM_TRACKS)), FROM_TRACKS)


def noted(mask: torch.Tensor | None, node: str) -> GivenMask | None:
    """What of a MASK counts, whose notes are logged; None where it stands for none."""
    given = None if mask is None else read_mask(mask, None)
    log_notes(given.notes if given else (), node)
    return given
