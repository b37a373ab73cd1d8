"""The node to draw a drag instruction on."""

from typing import Any

import torch
from comfy_api.latest import io, ui
from comfy_execution.graph_utils import ExecutionBlocker

from ..core.grid.given_mask import read_mask
from ..core.grid.merge import merge_drags, with_raster
from ..core.instruction.form import read_canvas, write_drag
from ..core.instruction.spec import DragSpec, Extent
from ..core.objects.boxes import read_boxes
from ..core.objects.pressable import Pressable, pressable_boxes, pressable_masks
from .drags import drawn_area, fault_of, mask_output
from .host.kept_results import KEPT
from .host.latents import connected_mask, image_extent, log_warnings, refusals_of, require_pictures
from .host.previews import preview_of
from .host.types import CATEGORY, DragType
from .host.words import log_notes

CanvasType, BoxType = io.Custom("DRAG_CANVAS"), io.Custom("BOUNDING_BOX")
EMPTY = {"version": 1, "drags": [], "regions": [], "mask": []}
NO_PICTURE = "DragCanvas: there is no picture to hand on. Connect one to its image input."


class DragCanvas(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragCanvas",
            display_name="Drag Canvas",
            category=CATEGORY,
            description="Draw on the picture what goes where: drags from handle to target, regions, and the area that "
            "may change. The picture bends while you draw.",
            search_aliases=["drag points", "draw arrows", "point editor", "mask editor", "drag editor", "liquify"],
            is_output_node=True,
            inputs=[
                CanvasType.Input("drag", extra_dict={"default": EMPTY, "socketless": True}),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture to draw on. Drop or paste one onto the canvas to have it connected.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="An area that may change, under what is painted here. It counts from a half (0.5) up; the "
                    "black 64x64 of Load Image, for a picture without transparency, is no mask.",
                ),
                DragType.Input(
                    "base",
                    optional=True,
                    tooltip="Another instruction to draw on: its drags, regions and mask are kept under those here.",
                ),
                io.MultiType.Input(
                    "objects",
                    [io.Mask, BoxType],
                    optional=True,
                    tooltip="Masks of things in the picture, one each, or boxes around them, from any node that finds "
                    "them. After a run each can be pressed and pulled with the object tool.",
                ),
            ],
            outputs=[
                DragType.Output(display_name="drag", tooltip="The instruction, for the drag nodes."),
                io.Mask.Output(display_name="mask", tooltip="The editable area; everything where none is given."),
                io.Image.Output(display_name="image", tooltip="The picture that is drawn on, unchanged."),
            ],
        )

    @classmethod
    def validate_inputs(cls, drag: str | dict | list | None = None) -> bool | str:
        return fault_of(drag, read_canvas)

    @classmethod
    def execute(
        cls,
        drag: str | dict | list | None,
        image: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        base: DragSpec | None = None,
        objects: torch.Tensor | Any = None,
    ) -> io.NodeOutput:
        KEPT.watch(cls.hidden and cls.hidden.prompt, image)
        require_pictures(image, "DragCanvas")
        size = None if image is None else image_extent(image)
        read = read_canvas(drag)
        log_notes(read.notes, "DragCanvas")
        own = scaled(read, size)
        given = connected_mask(mask, own.size, "DragCanvas")
        under = merge_drags(with_raster(DragSpec(size=own.size), given), base or DragSpec())
        whole = merge_drags(own, under)
        log_warnings(whole, "DragCanvas")
        picture = ExecutionBlocker(NO_PICTURE) if image is None else image
        return io.NodeOutput(
            whole, mask_output(whole, "DragCanvas"), picture, ui=shown(image, under) | pressable(objects, size)
        )


def pressable(objects: torch.Tensor | Any, picture: Extent | None) -> dict[str, list]:
    """What the page lets press and pull after a run: the outlines of masks or boxes, the smallest first."""
    with refusals_of("DragCanvas"):
        things = things_shown(objects, picture)
    if things is None:
        return {"dragkit_objects": []}
    log_notes(things.notes, "DragCanvas")
    return {"dragkit_objects": [write_drag(DragSpec(size=things.size, mask=things.shapes))]}


def things_shown(objects: torch.Tensor | Any, picture: Extent | None) -> Pressable | None:
    """The things in a MASK or BOUNDING_BOX; None where nothing is connected, or the mask that stands for none."""
    if isinstance(objects, torch.Tensor):
        given = read_mask(objects, picture)
        return given and pressable_masks(given.inside.numpy(), given.notes)
    if objects is None or objects in ([], [[]]):
        return None
    if picture is None:
        raise ValueError("objects are boxes in pixels of a picture. Connect it to image.")
    boxes = read_boxes(objects, "objects").on(picture, "objects")
    return pressable_boxes(boxes.bounds, picture, boxes.notes)


def scaled(spec: DragSpec, size: Extent | None) -> DragSpec:
    return spec.scaled_to(size) if size else spec


def shown(image: torch.Tensor | None, under: DragSpec) -> dict[str, list]:
    """What the page shows under the drawing after a run: the picture, and the mask and instruction that came in."""
    parts: dict[str, list] = {"dragkit_picture": [], "dragkit_mask": [], "dragkit_base": []}
    if image is not None:
        parts["dragkit_picture"] = preview_of(image)
    if under.has_mask:
        parts["dragkit_mask"] = ui.PreviewMask(drawn_area(under, "DragCanvas").float()).values
    if under.drags or under.regions:
        parts["dragkit_base"] = [write_drag(under)]
    return parts
