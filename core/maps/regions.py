"""RegionDrag's regions as one map: for every cell of a grid the cell whose content it receives."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..grid.cells import mask_cells, nothing_covered, shape_pixels
from ..grid.latent_grid import CELL_SIZE
from ..grid.raster import editable_mask
from ..instruction.spec import Affine, Bounds, Drag, DragSpec, Extent, Polygon, Region
from .affine import match_affine
from .beside import held_by, mask_beside_regions, moves_by_drags
from .map import Match, whole_cells
from .points import match_by_points
from .polygons import match_polygons
from .rows_and_columns import match_rows_and_columns

FARTHEST = 1e6

PointMatcher = Callable[[np.ndarray, np.ndarray, np.ndarray], Iterator[Match]]


class RegionMap(NamedTuple):
    """Where a copy-paste takes its content from."""

    gather: Tensor  # (h, w) int64, flat index y * w + x of the source cell, its own where nothing is pasted
    target: Tensor  # (h, w) bool, the cells that receive content
    source: Tensor  # (h, w) bool, the source regions as a whole
    free: Tensor  # (h, w) bool, those of the target that the mask does not limit


class Rounding(Enum):
    """Which cell's content comes to a target cell, where the map says a place between cells."""

    NEAREST = "nearest cell"
    TRUNCATED = "truncated (reference)"

    def source_cells(self, match: Match, cells: np.ndarray) -> np.ndarray:
        """The source cells (N, 2) xy of some target cells (N, 2) of a match."""
        return match.source_cells(cells) if self is Rounding.TRUNCATED else whole_cells(match.origin(cells))


class Frame(NamedTuple):
    """A grid of square cells, the picture it lies over, and how points move what lies on it."""

    grid: Extent
    cell_size: int
    by_points: PointMatcher = match_by_points

    @property
    def picture(self) -> Extent:
        return Extent(self.grid.width * self.cell_size, self.grid.height * self.cell_size)


def region_map(
    spec: DragSpec,
    grid: Extent,
    cell_size: int = CELL_SIZE,
    rounding: Rounding = Rounding.TRUNCATED,
    check: Callable[[], None] | None = None,
) -> RegionMap:
    """Map the target of every region of an instruction onto its source, later regions winning (RegionDrag).

    spec: scaled to the picture under the grid; grid: the size of the map in cells; cell_size: pixels per cell, 8 for
    latents, 1 for the picture itself; rounding: truncated moves all content by up to a cell too far to the right and
    down, half a cell on average. Pairs of polygons with as many points map corner onto corner, regions with a
    transform by it, all others by columns and rows. Drags move the regions whose transform is the identity, and the
    parts of the mask apart from all regions; elsewhere they are not used (`left_out`). Sources outside the picture are
    taken from its border. check: called between pieces of the work, may raise to end it.
    Returns tensors on the CPU. Raises ValueError, naming the place, for what cannot be mapped: no region, a shape that
    crosses itself, encloses nothing or lies outside the picture, no drag in the mask.
    """
    return combine(match_spec(spec, Frame(grid, cell_size)), grid, rounding, check)


def match_spec(spec: DragSpec, frame: Frame) -> Iterator[Match]:
    """Map the parts of the mask that drags move, then every region of an instruction; errors as in `region_map`."""
    spec = spec.scaled_to(frame.picture)
    check_reach(spec)
    if not spec.regions:
        yield from match_mask(spec, frame)
    elif spec.has_mask and spec.drags:
        beside = mask_beside_regions(spec, frame.picture)
        yield from (match._replace(free=True) for match in match_by_drags(beside, spec.drags, frame))
    for i, region in enumerate(spec.regions):
        yield from match_region(region, spec.drags, frame, f"regions[{i}]")


def combine(
    matches: Iterable[Match],
    grid: Extent,
    rounding: Rounding = Rounding.TRUNCATED,
    check: Callable[[], None] | None = None,
) -> RegionMap:
    """Write matches on one grid in their order, the last claim of a cell winning, sources clamped to the border."""
    shape = grid.height, grid.width
    gather = np.arange(grid.width * grid.height).reshape(shape)  # (h, w)
    target, source, free = np.zeros((3, *shape), dtype=bool)
    last = np.array(grid) - 1  # (2,)
    for match in matches:
        for band in match.landing.bands():
            x, y = np.minimum(np.maximum(rounding.source_cells(match, band.cells()), 0), last).T  # (N,) each
            gather[band.box][band.inside] = y * grid.width + x
            if check:
                check()
        for mask, area in ((target, match.landing), (source, match.area)):
            mask[area.box] |= area.inside
        free[match.landing.box][match.landing.inside] = match.free
    return RegionMap(*(torch.from_numpy(part) for part in (gather, target, source, free)))


def match_region(region: Region, drags: tuple[Drag, ...], frame: Frame, place: str) -> Iterator[Match]:
    """Map one region by the rule its shapes call for."""
    if isinstance(region.target, Affine):
        yield from match_transformed(region, drags, frame, place)
        return
    source, target = region
    if isinstance(source, Polygon) and isinstance(target, Polygon) and len(source.points) == len(target.points):
        yield match_corners(source, target, frame, place)
        return
    ends = ((source, f"{place}.source"), (target, f"{place}.target"))
    pixels = (shape_pixels(shape, frame.picture, name) for shape, name in ends)
    yield match_rows_and_columns(*(mask_cells(mask, frame.cell_size) for mask in pixels))


def match_corners(source: Polygon, target: Polygon, frame: Frame, place: str) -> Match:
    """Map a polygon onto another with as many points."""
    corners = (np.array(shape.points) / frame.cell_size for shape in (source, target))  # (V, 2) each
    match = match_polygons(*corners, frame.grid, place)
    if not match.area.count:
        raise ValueError(nothing_covered(source, frame.picture, f"{place}.source"))
    if not match.landing.count:
        raise ValueError(nothing_covered(target, frame.picture, f"{place}.target"))
    return match


def match_transformed(region: Region, drags: tuple[Drag, ...], frame: Frame, place: str) -> Iterator[Match]:
    """Map a region by its transform, or by the drags in it where the transform leaves it in place."""
    pixels = shape_pixels(region.source, frame.picture, f"{place}.source")
    if moves_by_drags(region) and held_by(pixels, drags).any():
        yield from match_by_drags(pixels, drags, frame)
        return
    area, centre = mask_cells(pixels, frame.cell_size), region.source.bounds.centre
    match = match_affine(area, region.target, centre, frame.cell_size)
    if not match.landing.count:
        raise ValueError(nothing_covered(region.target_shape(), frame.picture, f"{place}.affine"))
    yield match


def match_mask(spec: DragSpec, frame: Frame) -> Iterator[Match]:
    """Map the parts of the mask by the drags in them (RegionDrag, region with points)."""
    pixels = editable_mask(spec, frame.picture)
    if pixels is None or not spec.drags:
        raise ValueError(
            "there is no region. Draw a source with its target, or a mask with at least one drag that starts in it."
        )
    if not held_by(pixels.numpy(), spec.drags).any():
        raise ValueError(
            f"none of the {len(spec.drags)} drags starts in the mask. Draw the mask over the handles, or move them."
        )
    yield from match_by_drags(pixels.numpy(), spec.drags, frame)


def match_by_drags(pixels: np.ndarray, drags: tuple[Drag, ...], frame: Frame) -> Iterator[Match]:
    """Map the parts of a mask (H, W) by the drags that start in them; the cell of such a handle is never lost."""
    points, held = np.array(drags), held_by(pixels, drags)  # (P, 2, 2), (P,)
    if not held.any():
        return iter(())
    x, y = np.floor(points[held, 0]).astype(np.int64).T  # (P',) each
    area = mask_cells(pixels, frame.cell_size)
    area[y // frame.cell_size, x // frame.cell_size] = True
    return frame.by_points(area, points[:, 0] / frame.cell_size, points[:, 1] / frame.cell_size)


def check_reach(spec: DragSpec) -> None:
    """Raise ValueError, naming the place, for coordinates too far away to draw lines to."""
    boxes = {f"drags[{i}]": Bounds.around(drag) for i, drag in enumerate(spec.drags)}
    for i, region in enumerate(spec.regions):
        boxes |= {f"regions[{i}].source": region.source.bounds, f"regions[{i}]": region.target_shape().bounds}
    for place, box in boxes.items():
        if not max(map(abs, box)) <= FARTHEST:
            raise ValueError(f"{place}: it reaches {max(map(abs, box)):g} pixels away; stay within {FARTHEST:g}.")
