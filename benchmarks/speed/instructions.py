"""Instructions of any number of drags or regions, on pictures of any size, that the geometry is timed on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ...core.grid.latent_grid import latent_mask, latent_points
from ...core.grid.raster import rasterise
from ...core.instruction.spec import Brush, Drag, DragSpec, Extent, Point, Polygon, Region, Shape, Stroke

MOVE = 0.06  # of the picture's side
STRETCH = 1.1


def square(side: int, area: float, centre: tuple[float, float] = (0.5, 0.5)) -> Polygon:
    """A square that covers a share of a picture, around a point given as shares of its side."""
    half, (x, y) = side * math.sqrt(area) / 2, (side * part for part in centre)
    corners = ((-half, -half), (half, -half), (half, half), (-half, half))
    return Polygon(tuple(Point(x + right, y + down) for right, down in corners))


def places(count: int) -> Iterator[tuple[float, float]]:
    """Points spread over the unit square, row by row."""
    rows = math.ceil(math.sqrt(count))
    return ((((i % rows) + 0.5) / rows, ((i // rows) + 0.5) / rows) for i in range(count))


def drags(side: int, count: int, area: float) -> DragSpec:
    """Drags that start all over a square mask in the middle of a picture, and stretch it to the right."""
    mask = square(side, area)
    (left, top), width = mask.points[0], mask.points[1].x - mask.points[0].x
    middle = side / 2
    found = []
    for across, down in places(count):
        x, y = round(left + across * width), round(top + down * width)
        to_x, to_y = round(middle + STRETCH * (x - middle) + MOVE * side), round(middle + STRETCH * (y - middle))
        found.append(Drag(Point(x, y), Point(to_x, to_y)))
    return DragSpec(drags=tuple(found), mask=(mask,), size=Extent(side, side))


def on_latent(spec: DragSpec) -> tuple[Tensor, Tensor, Tensor]:
    """Handles and targets (P, 2) xy in latent cells, and the mask (h, w)."""
    ends = (torch.tensor(points) for points in zip(*spec.drags, strict=True))
    handles, targets = (latent_points(points, spec.picture) for points in ends)
    return handles, targets, latent_mask(rasterise(spec.mask[0], spec.picture))


def regions(side: int, count: int, area: float) -> DragSpec:
    """Squares side by side that cover a share of a picture together, each to be moved to the right and grown."""
    found = tuple(
        Region(square(side, area / count, place), square(side, area / count * STRETCH**2, (place[0] + MOVE, place[1])))
        for place in places(count)
    )
    return DragSpec(regions=found, size=Extent(side, side))


def brushed(side: int, area: float) -> DragSpec:
    """One region from a painted disc to a larger one beside it."""
    radius = side * math.sqrt(area / math.pi)
    source, target = disc(side, 0.5 - MOVE, radius), disc(side, 0.5 + MOVE, STRETCH * radius)
    return DragSpec(regions=(Region(source, target),), size=Extent(side, side))


def disc(side: int, across: float, radius: float) -> Shape:
    """A disc painted with one stroke around its centre."""
    angles = [2 * math.pi * i / 40 for i in range(41)]
    centre, line = (across * side, side / 2), radius / 2
    points = (Point(centre[0] + line * math.cos(a), centre[1] + line * math.sin(a)) for a in angles)
    return Brush((Stroke(line, tuple(points)),))
