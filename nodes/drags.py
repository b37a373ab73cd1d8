"""Nodes that make and show drag instructions."""

from collections.abc import Callable
from typing import Any

import torch
from comfy_api.latest import io
from comfy_execution.graph_utils import ExecutionBlocker

from ..core.grid.given_mask import refuse_empty
from ..core.grid.merge import with_raster
from ..core.grid.raster import editable_mask
from ..core.instruction.form import read_drag
from ..core.instruction.geometry import Extent
from ..core.instruction.spec import DragSpec
from ..core.show.preview import draw_on_pictures
from .host.latents import between_nodes, connected_mask, image_extent, log_warnings, require_pictures
from .host.types import CATEGORY, DragType
from .host.words import log_notes

UNKNOWN_SIZE_MASK = (1, 64, 64)

EXAMPLE = (
    '{"version": 1, "size": [256, 256],\n "drags": [{"handle": [100, 160], "target": [150, 160]}],\n'
    ' "mask": [{"brush": [{"radius": 50, "points": [[100, 160]]}]}]}'
)


class DragFromJSON(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragFromJSON",
            display_name="Drag from JSON",
            category=CATEGORY,
            description="Reads a drag instruction from JSON: handles with their targets, regions, and the editable "
            "area. Also reads the points and tracks of other editors.",
            search_aliases=["drag points", "handle target", "point editor", "drag instruction"],
            inputs=[
                io.String.Input(
                    "json",
                    default=EXAMPLE,
                    multiline=True,
                    tooltip="The drag instruction: JSON text, or a JSON object in an API prompt. Points are [x, y] in "
                    "pixels from the top left corner.",
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture to be edited. Coordinates are scaled to it if they were drawn on another "
                    "size.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The area that may change, from a half (0.5) up. Mask shapes in the JSON are "
                    "painted on top "
                    "of it. The black 64x64 of Load Image is no mask.",
                ),
            ],
            outputs=drag_outputs(),
        )

    @classmethod
    def validate_inputs(cls, json: str | dict | None = None) -> bool | str:
        return True if json is None else fault_of(json, read_drag)

    @classmethod
    def execute(
        cls, json: str | dict, image: torch.Tensor | None = None, mask: torch.Tensor | None = None
    ) -> io.NodeOutput:
        spec = read_drag(json)
        if image is not None:
            spec = spec.scaled_to(image_extent(image))
        return told(with_raster(spec, connected_mask(mask, spec.size, "DragFromJSON")), "DragFromJSON")


def drag_outputs() -> list[io.Output]:
    """What every node that makes an instruction hands on."""
    return [
        DragType.Output(display_name="drag", tooltip="The instruction, for the drag nodes."),
        io.Mask.Output(display_name="mask", tooltip="The editable area; everything where none is given."),
    ]


def told(spec: DragSpec, node: str) -> io.NodeOutput:
    """An instruction and its area; what was noted of it is logged."""
    log_notes(spec.notes, node)
    log_warnings(spec, node)
    return io.NodeOutput(spec, mask_output(spec, node))


def picture_of(image: torch.Tensor | None, node: str) -> Extent | None:
    """The size of a connected picture; refuses an empty batch."""
    require_pictures(image, node)
    return None if image is None else image_extent(image)


def fault_of(value: Any, read: Callable[[Any], DragSpec]) -> bool | str:
    """What the host is to say of a value before anything runs, or True where it can be read."""
    try:
        read(value)
    except ValueError as error:
        return str(error)
    return True


def mask_output(spec: DragSpec, node: str) -> torch.Tensor | ExecutionBlocker:
    """The editable area as a MASK (1, H, W); an empty one is refused where it is used."""
    area = drawn_area(spec, node)
    try:
        refuse_empty(list(area), image_extent(area))
    except ValueError as error:
        return ExecutionBlocker(f"{node}: {error}")
    return between_nodes(area.float())


def drawn_area(spec: DragSpec, node: str) -> torch.Tensor:
    """The editable area (1, H, W) bool; everything where none is given."""
    size = spec.size or (image_extent(spec.base[None]) if spec.base is not None else None)
    if size is None and spec.mask:
        raise ValueError(
            f"{node}: the mask shapes have no picture to lie on. Connect the image, or write its "
            '"size": [width, height] into the JSON.'
        )
    area = editable_mask(spec, size) if size else None
    if area is None:
        return torch.ones((1, size.height, size.width) if size else UNKNOWN_SIZE_MASK, dtype=torch.bool)
    return area[None]


class DragPreview(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragPreview",
            display_name="Drag Preview",
            category=CATEGORY,
            description="Draws a drag instruction on the picture: numbered arrows from handle to target, regions, and "
            "the area outside the mask darkened.",
            search_aliases=["show drag", "draw points", "draw arrows", "visualize drag"],
            inputs=[
                io.Image.Input("image", tooltip="The picture to draw on."),
                DragType.Input("drag", tooltip="The instruction to draw; it is scaled to the picture."),
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The picture with the instruction drawn on it.")],
        )

    @classmethod
    def execute(cls, image: torch.Tensor, drag: DragSpec) -> io.NodeOutput:
        require_pictures(image, "DragPreview")
        return io.NodeOutput(between_nodes(draw_on_pictures(image.cpu(), drag)))
