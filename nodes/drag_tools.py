"""Nodes that join drag instructions, bring them into a crop, and write them down."""

import json
from functools import reduce

import torch
from comfy_api.latest import io

from ..core.grid.merge import merge_drags, without_raster
from ..core.instruction.form import write_drag
from ..core.instruction.geometry import Bounds, Extent
from ..core.instruction.part import in_crop
from ..core.instruction.spec import DragSpec
from .drags import drag_outputs, picture_of, told
from .host.latents import refusals_of
from .host.types import CATEGORY, DragType

JOIN, INTO_CROP, TO_JSON = "DragJoin", "DragIntoCrop", "DragToJSON"
LARGEST = 16_384


class DragJoin(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        more = "Another one, drawn under those before it."
        return io.Schema(
            node_id=JOIN,
            display_name="Drag Join",
            category=CATEGORY,
            description="Joins drag instructions into one: all drags, all regions, and the areas that may change "
            "together. Drags keep their numbers in the order of the inputs.",
            search_aliases=["merge drags", "combine drags", "concat", "add drags"],
            inputs=[
                DragType.Input("drag_1", tooltip="An instruction; the others are scaled to its picture."),
                DragType.Input("drag_2", tooltip=more),
                DragType.Input("drag_3", optional=True, tooltip=more),
                DragType.Input("drag_4", optional=True, tooltip=more),
            ],
            outputs=drag_outputs(),
        )

    @classmethod
    def execute(
        cls, drag_1: DragSpec, drag_2: DragSpec, drag_3: DragSpec | None = None, drag_4: DragSpec | None = None
    ) -> io.NodeOutput:
        with refusals_of(JOIN):
            spec = reduce(merge_drags, [part for part in (drag_1, drag_2, drag_3, drag_4) if part is not None])
        return told(spec, JOIN)


class DragIntoCrop(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=INTO_CROP,
            display_name="Drag into Crop",
            category=CATEGORY,
            description="Brings an instruction from a picture to a crop of it that another node made, so that it "
            "points at the same things there. Drag Crop does both at once.",
            search_aliases=["crop drag", "offset drag", "move drag", "scale drag"],
            inputs=[
                DragType.Input("drag", tooltip="The instruction on the whole picture."),
                io.Int.Input(
                    "x", default=0, min=-LARGEST, max=LARGEST, tooltip="The left edge of the crop, in pixels."
                ),
                io.Int.Input("y", default=0, min=-LARGEST, max=LARGEST, tooltip="Its upper edge."),
                io.Int.Input("width", default=512, min=1, max=LARGEST, tooltip="Its width in pixels of the picture."),
                io.Int.Input("height", default=512, min=1, max=LARGEST, tooltip="Its height."),
                io.Image.Input(
                    "crop",
                    optional=True,
                    tooltip="The crop, where it was brought to another size; without it one of width and height.",
                ),
            ],
            outputs=drag_outputs(),
        )

    @classmethod
    def execute(
        cls, drag: DragSpec, x: int, y: int, width: int, height: int, crop: torch.Tensor | None = None
    ) -> io.NodeOutput:
        size = picture_of(crop, INTO_CROP) or Extent(width, height)
        with refusals_of(INTO_CROP):
            spec = in_crop(drag, Bounds(x, y, x + width, y + height), size)
        return told(spec, INTO_CROP)


class DragToJSON(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=TO_JSON,
            display_name="Drag to JSON",
            category=CATEGORY,
            description="Writes an instruction as JSON text, which Drag from JSON and the canvas read again. A "
            "connected mask is written as outlines.",
            search_aliases=["save drag", "export drag", "drag text", "drag string"],
            inputs=[DragType.Input("drag", tooltip="The instruction to write.")],
            outputs=[io.String.Output(display_name="json", tooltip="The instruction as text, to save or to change.")],
        )

    @classmethod
    def execute(cls, drag: DragSpec) -> io.NodeOutput:
        with refusals_of(TO_JSON):
            return io.NodeOutput(json.dumps(write_drag(without_raster(drag))))
