"""The things that masks show, as shapes that can be pressed and pulled on the canvas."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..instruction.geometry import Bounds, Extent, Point
from ..instruction.spec import Outlines, Polygon
from ..instruction.vectorise import vectorise

MOST = 200  # things on one picture


class Pressable(NamedTuple):
    """Shapes in pixels of a size, the smallest first, so that what lies on another thing is found before it."""

    shapes: tuple[Polygon | Outlines, ...]
    size: Extent
    notes: tuple[str, ...] = ()


def pressable_masks(masks: np.ndarray, told: tuple[str, ...] = ()) -> Pressable:
    """The outlines of masks (B, H, W) bool, without those that are empty; told: notes on them that come first.

    Raises ValueError for an edge longer than an instruction may have.
    """
    areas = masks.sum(axis=(1, 2))
    order = [i for i in np.argsort(areas, kind="stable").tolist() if areas[i]]
    notes = list(told)
    if len(order) < len(masks):
        notes.append(f"masks in objects with nothing in them are left out: {len(masks) - len(order)} of {len(masks)}.")
    if len(order) > MOST:
        notes.append(f"of the {len(order)} masks in objects the {MOST} largest can be pressed.")
        order = order[-MOST:]
    shapes = (vectorise(masks[i]) for i in order)
    return Pressable(tuple(map(alone, shapes)), Extent(masks.shape[2], masks.shape[1]), tuple(notes))


def alone(shape: Outlines) -> Polygon | Outlines:
    """One outline without holes is a polygon."""
    return Polygon(shape.rings[0]) if len(shape.rings) == 1 else shape


def pressable_boxes(boxes: Iterable[Bounds], picture: Extent, notes: tuple[str, ...] = ()) -> Pressable:
    """Boxes in pixels of a picture."""
    ordered = sorted(boxes, key=lambda box: (box.right - box.left) * (box.bottom - box.top))
    return Pressable(tuple(map(corners, ordered)), picture, notes)


def corners(box: Bounds) -> Polygon:
    left, top, right, bottom = box
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))
