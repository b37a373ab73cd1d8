"""The boxes of other nodes: one, a list of them, or lists for each frame of which the first counts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..instruction.geometry import Bounds, Extent
from ..instruction.values import describe, keyed, read_number

SIDES = ("x", "y", "width", "height")


class Boxes(NamedTuple):
    """Boxes in pixels, and what to say of them."""

    bounds: tuple[Bounds, ...]
    notes: tuple[str, ...] = ()

    def on(self, picture: Extent, place: str) -> "Boxes":
        """Those boxes cut to a picture; raises ValueError, naming the place, where one lies outside of it."""
        cut = tuple(cut_to(box, picture, f"{place}[{i}]") for i, box in enumerate(self.bounds))
        beyond = [i for i, (box, inside) in enumerate(zip(self.bounds, cut, strict=True)) if box != inside]
        width, height = picture
        notes = [f"{place}[{i}] reaches beyond the {width}x{height} picture and is cut to it." for i in beyond[:1]]
        return Boxes(cut, (*self.notes, *notes))


def read_boxes(value: Any, place: str) -> Boxes:
    """Read a BOUNDING_BOX: {"x", "y", "width", "height"} in pixels, a list of such, or a list of lists, one a frame.

    Raises ValueError naming the place for anything else, and for boxes without a width or height.

    >>> read_boxes({"x": 2, "y": 3, "width": 5, "height": 4}, "bboxes").bounds
    (Bounds(left=2.0, top=3.0, right=7.0, bottom=7.0),)
    """
    items, notes = [value] if isinstance(value, dict) else value, ()
    if isinstance(items, Sequence) and items and isinstance(items[0], list | tuple):
        notes = (f"{place}: the boxes of the first of {len(items)} frames count.",) if len(items) > 1 else ()
        items = items[0]
    if not isinstance(items, list | tuple) or not items:
        raise ValueError(f"{place}: there is no box. Connect at least one, with x, y, width and height.")
    return Boxes(tuple(read_box(item, f"{place}[{i}]") for i, item in enumerate(items)), notes)


def read_box(value: Any, place: str) -> Bounds:
    entry = keyed(value, place, SIDES)
    x, y, width, height = (read_number(entry[side], f"{place}.{side}") for side in SIDES)
    if width <= 0 or height <= 0:
        raise ValueError(f"{place}: {describe(value)} has nothing in it; width and height must be above 0.")
    return Bounds(x, y, x + width, y + height)


def cut_to(box: Bounds, picture: Extent, place: str) -> Bounds:
    """The part of a box on a picture; raises ValueError where there is none."""
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    right, bottom = min(box.right, float(picture.width)), min(box.bottom, float(picture.height))
    if left >= right or top >= bottom:
        raise ValueError(
            f"{place}: the box at ({box.left:g}, {box.top:g}), {box.right - box.left:g} x {box.bottom - box.top:g} "
            f"pixels, lies outside the {picture.width}x{picture.height} picture; connect the boxes of this picture."
        )
    return Bounds(left, top, right, bottom)
