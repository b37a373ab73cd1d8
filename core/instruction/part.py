"""An instruction on a part of its picture."""

from dataclasses import replace

import torch
from torch import Tensor

from .geometry import Affine, Bounds, Extent, Point
from .spec import Drag, DragSpec, Region, Shape


def in_crop(spec: DragSpec, box: Bounds, size: Extent) -> DragSpec:
    """The same; raises ValueError for a crop that lies outside of the picture or holds nothing of the instruction."""
    crop = f"the crop at ({box.left:g}, {box.top:g}), {box.right - box.left:g} x {box.bottom - box.top:g} pixels,"
    if spec.size and not box.overlaps(Bounds(0, 0, *spec.size)):
        picture = f"{spec.size.width}x{spec.size.height} picture that the drag belongs to"
        raise ValueError(f"{crop} lies outside the {picture}. Give x, y, width and height as for that picture.")
    ends = [Bounds.around(drag) for drag in spec.drags]
    ends += [shape.bounds for region in spec.regions for shape in (region.source, region.target_shape())]
    ends += [shape.bounds for shape in spec.mask]
    if ends and not any(map(box.overlaps, ends)):
        raise ValueError(f"{crop} holds nothing of the instruction. Cut out the part that the drag is drawn on.")
    return in_part(spec, box, size)


def in_part(spec: DragSpec, box: Bounds, size: Extent) -> DragSpec:
    """The same instruction in pixels of a part of its picture that was brought to a size.

    box: the part, in pixels of the picture; it may reach beyond, where the raster base is empty. A transform keeps its
    scale and turn, so one that turns holds exactly where both sides of the part are resized alike.

    >>> whole = DragSpec(drags=(Drag(Point(30, 20), Point(40, 20)),), size=Extent(100, 100))
    >>> in_part(whole, Bounds(20, 10, 70, 60), Extent(100, 100)).drags
    (Drag(handle=Point(x=20.0, y=20.0), target=Point(x=40.0, y=20.0)),)
    """
    way = Affine(Point(-box.left, -box.top))
    sx, sy = size.width / (box.right - box.left), size.height / (box.bottom - box.top)

    def point(at: Point) -> Point:
        return Point(at.x - box.left, at.y - box.top).scaled(sx, sy)

    def shape(of: Shape) -> Shape:
        return of.transformed(way).scaled(sx, sy)

    def target(of: Shape | Affine) -> Shape | Affine:
        return of.scaled(sx, sy) if isinstance(of, Affine) else shape(of)

    return replace(
        spec,
        size=size,
        drags=tuple(Drag(point(d.handle), point(d.target)) for d in spec.drags),
        regions=tuple(Region(shape(r.source), target(r.target)) for r in spec.regions),
        mask=tuple(map(shape, spec.mask)),
        base=None if spec.base is None else raster_in_part(spec.base, spec.size, box, size),
    )


def raster_in_part(raster: Tensor, picture: Extent | None, box: Bounds, size: Extent) -> Tensor:
    """A mask (H, W) of booleans over a picture, sampled at the pixel centres of a part of it, (h, w)."""
    height, width = raster.shape
    sx, sy = (width / picture.width, height / picture.height) if picture else (1.0, 1.0)
    x = (box.left + (torch.arange(size.width) + 0.5) * (box.right - box.left) / size.width) * sx  # (w,)
    y = (box.top + (torch.arange(size.height) + 0.5) * (box.bottom - box.top) / size.height) * sy  # (h,)
    columns, rows = x.floor().long(), y.floor().long()
    taken = raster.cpu()[rows.clamp(0, height - 1)][:, columns.clamp(0, width - 1)]
    within = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return taken & within
