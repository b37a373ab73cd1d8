"""Masks and boxes as regions of an instruction: each is a thing, moved by a transform or onto another mask or box."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..grid.areas import bounding_box
from ..grid.given_mask import GivenMask, differ_in_shape
from ..grid.raster import rasterise
from ..instruction.geometry import Affine, Bounds, Extent, Point
from ..instruction.spec import DragSpec, Outlines, Polygon, Region, Shape
from ..instruction.vectorise import vectorise
from .boxes import Boxes

AT_REST = "nothing moves yet. Set a move, scale or rotate, connect a target, or join drags that start in the region."
NO_THING = "there is no mask and no box. Connect a mask of what shall move, or its box."


def things_moved(
    masks: GivenMask | None, boxes: Boxes | None, way: Affine | GivenMask, picture: Extent | None, grow: int
) -> DragSpec:
    """An instruction that moves what masks or boxes hold, one region for each that is not empty.

    masks: (B, H, W), of the picture or of its shape; boxes: in its pixels, with masks what of these lies in each; way:
    the transform of each, in pixels of the picture about its own middle, or the masks (B, H', W') that they go onto;
    grow: pixels by which what may change reaches beyond; where nothing moves, all may. Raises ValueError for nothing
    that could move, for masks and boxes of other pictures, and for things that leave the picture.
    """
    if masks is None and boxes is None:
        raise ValueError(NO_THING)
    size = picture or (None if masks is None else extent_of(masks))
    notes = list[str]()
    if boxes is not None:
        boxes = boxes.on(size, "bboxes") if size else boxes
        notes += boxes.notes
    sources = dict(things(masks, boxes, size))
    if not sources:
        raise ValueError(f"{named_size(masks)} mask is empty{peak_of(masks)}. Connect a mask of what shall move.")
    notes += [f"mask {n + 1} is empty and left out." for n in range(count_of(masks)) if not boxes and n not in sources]
    if isinstance(way, Affine):
        regions = tuple(Region(shape, way) for shape in sources.values())
        if way.is_identity:
            return DragSpec(regions=regions, size=size, notes=(*notes, AT_REST))
    else:
        regions = tuple(onto(sources, way, size))
    return on_picture(regions, size, grow, notes)


def boxes_moved(sources: Boxes, targets: Boxes, picture: Extent | None, grow: int) -> DragSpec:
    """An instruction that brings what some boxes hold into as many others, corner to corner."""
    if len(sources.bounds) != len(targets.bounds):
        count, other = len(sources.bounds), len(targets.bounds)
        raise ValueError(f"source has {count} boxes and target {other}. Connect one target for each source.")
    if picture:
        sources, targets = sources.on(picture, "source"), targets.on(picture, "target")
    pairs = zip(sources.bounds, targets.bounds, strict=True)
    regions = tuple(Region(box_shape(source), box_shape(target)) for source, target in pairs)
    return on_picture(regions, picture, grow, [*sources.notes, *targets.notes])


def things(masks: GivenMask | None, boxes: Boxes | None, size: Extent | None) -> Iterator[tuple[int, Shape]]:
    """The shapes in pixels of a picture, and the numbers of their masks or boxes."""
    if masks is None:
        yield from enumerate(map(box_shape, boxes.bounds if boxes else ()))
        return
    if size is None or differ_in_shape(extent_of(masks), size):
        width, height = size or (0, 0)
        raise ValueError(
            f"{named_size(masks)} mask belongs to another picture than the {width}x{height} one. Connect a mask of "
            "this picture."
        )
    inside = masks.inside.numpy()  # (B, H, W)
    if boxes is None:
        yield from ((n, outlined(mask, size)) for n, mask in enumerate(inside) if mask.any())
        return
    whole = inside.any(0)
    for n, box in enumerate(boxes.bounds if whole.any() else ()):
        held = whole & rasterise(box_shape(box).scaled(*scale(size, extent_of(masks))), extent_of(masks)).numpy()
        if not held.any():
            raise ValueError(f"bboxes[{n}]: nothing of the mask lies in it. Connect the boxes that belong to the mask.")
        yield n, outlined(held, size)


def onto(sources: dict[int, Shape], targets: GivenMask, size: Extent | None) -> Iterator[Region]:
    """The regions from some things to as many target masks (B, H, W)."""
    goals, count = dict(things(targets, None, size)), len(targets.inside)
    if len(sources) == 1 and count == 1:
        sources = dict.fromkeys([0], *sources.values())
    if max(sources) >= count:
        raise ValueError(f"{len(sources)} things go onto {count} target masks. Connect one target for each.")
    for number, shape in sources.items():
        if number not in goals:
            raise ValueError(f"target mask {number + 1} is empty{peak_of(targets)}. Connect a mask of where it goes.")
        yield Region(shape, goals[number])


def on_picture(regions: Sequence[Region], size: Extent | None, grow: int, notes: Sequence[str]) -> DragSpec:
    """The instruction of some regions, which leaves both ends of each and pixels around them free to change."""
    for number, region in enumerate(regions, 1):
        if size and not region.target_shape().bounds.overlaps(Bounds(0, 0, *size)):
            which = "what is moved" if len(regions) == 1 else f"thing {number}"
            raise ValueError(
                f"{which} would land wholly outside the {size.width}x{size.height} picture. Move it less far."
            )
    base = reach(regions, size, grow) if size else None
    return DragSpec(regions=tuple(regions), size=size, base=base, notes=tuple(notes))


def reach(regions: Sequence[Region], size: Extent, grow: int) -> Tensor:
    """All pixels (H, W) bool within a distance of either end of some regions."""
    area = np.zeros((size.height, size.width), dtype=bool)
    for region in regions:
        for shape in (region.source, region.target_shape()):
            area |= rasterise(shape, size).numpy()
    if grow and area.any():
        box = tuple(slice(max(part.start - grow, 0), part.stop + grow) for part in bounding_box(area))
        area[box] = ndimage.distance_transform_edt(~area[box]) <= grow
    return torch.from_numpy(area)


def outlined(mask: np.ndarray, size: Extent) -> Outlines:
    """A mask (H, W) as a shape on a picture of another size."""
    return vectorise(mask).scaled(*scale(Extent(mask.shape[1], mask.shape[0]), size))


def box_shape(box: Bounds) -> Polygon:
    left, top, right, bottom = box
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def scale(size: Extent, other: Extent) -> tuple[float, float]:
    """How much wider and higher another size is."""
    return other.width / size.width, other.height / size.height


def extent_of(masks: GivenMask) -> Extent:
    return Extent(masks.inside.shape[2], masks.inside.shape[1])


def count_of(masks: GivenMask | None) -> int:
    return 0 if masks is None else len(masks.inside)


def named_size(masks: GivenMask | None) -> str:
    return "the" if masks is None else "the {}x{}".format(*extent_of(masks))


def peak_of(masks: GivenMask | None) -> str:
    """Why a mask that is not black is empty, in words."""
    return f": it is {masks.peak:.2g} at most, and counts from a half (0.5) up" if masks and masks.peak else ""
