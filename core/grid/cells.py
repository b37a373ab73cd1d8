"""The cells of a region: shapes and masks on a grid, by the reference's rules, and never lost on a coarse one."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ..instruction.geometry import Extent
from .spans import Sides, even_odd_spans, fill


def downscale_mask(mask: np.ndarray, cell_size: int) -> np.ndarray:
    """Set the cells of which at least 2 of the 4 pixels in the middle are set (reference behaviour: bilinear, halved).

    mask: (H, W) bool, whole cells; the other pixels do not count. Returns (H / cell_size, W / cell_size) bool. The
    middle of an odd cell is one pixel, so cells of one pixel return the mask.

    >>> mask = np.zeros((4, 8), bool)
    >>> mask[:2, 2:] = True
    >>> downscale_mask(mask, 4).astype(int), touched_cells(mask, 4).astype(int)
    (array([[0, 1]]), array([[1, 1]]))
    """
    low, high = (cell_size - 1) // 2, cell_size // 2
    if low == high:
        return mask[low::cell_size, low::cell_size]
    quarters = (mask[y::cell_size, x::cell_size].astype(np.uint8) for y in (low, high) for x in (low, high))
    return reduce(np.add, quarters) >= 2  # (h, w)


def touched_cells(mask: np.ndarray, cell_size: int) -> np.ndarray:
    """The cells (H / cell_size, W / cell_size) in which at least one pixel of a mask (H, W) is set."""
    height, width = mask.shape
    return np.any(mask.reshape(height // cell_size, cell_size, width // cell_size, cell_size), (1, 3))


def mask_cells(mask: np.ndarray, cell_size: int) -> np.ndarray:
    """The cells (h, w) of a mask (H, W) by the reference's rule, or all it touches where that rule leaves none."""
    cells = downscale_mask(mask, cell_size)
    return cells if cells.any() else touched_cells(mask, cell_size)


def fill_polygon(corners: np.ndarray, grid: Extent) -> np.ndarray:
    """Fill a polygon whose corners are cells, with the cells of its outline (as fillPoly of the reference).

    corners: (V, 2) xy, taken as the cells they lie in; they may lie outside the grid. Returns (h, w) bool.
    """
    return fill_polygons([corners], grid)[0]


def fill_polygons(polygons: Sequence[np.ndarray], grid: Extent) -> np.ndarray:
    """Fill several polygons (V, 2) as `fill_polygon` does, each on a grid of its own, (P, h, w) bool."""
    sides = Sides.of([np.floor(corners) + 0.5 for corners in polygons])  # each corner in the middle of its cell
    lines = np.empty((2, len(sides.owner), 3), dtype=np.int64)  # x, y, and the shape
    lines[0, :, :2], lines[1, :, :2], lines[..., 2] = sides.start - 0.5, sides.end - 0.5, sides.owner
    x, y, owner = line_cells(*clipped_lines(lines[0], lines[1], grid)).T  # (N,) each
    filled = np.zeros((len(polygons), grid.height, grid.width), dtype=bool)
    filled[owner, y, x] = True
    for spans in even_odd_spans(sides, grid.height, grid.width):
        fill(filled.reshape(-1), spans, True)
    return filled


def clipped_lines(starts: np.ndarray, ends: np.ndarray, grid: Extent) -> tuple[np.ndarray, np.ndarray]:
    """Cut lines (V, D) int64 to those cells of a grid where they enter and leave it, without those that miss it.

    Cut ends are truncated, which bends a line a little (reference behaviour).
    """
    if starts.min() >= 0 and (starts[:, :2] < grid).all():
        return starts, ends
    for axis, last in ((1, grid.height - 1), (0, grid.width - 1)):
        a, b = starts[:, axis], ends[:, axis]
        meets = (np.maximum(a, b) >= 0) & (np.minimum(a, b) <= last)
        starts = brought_in(starts[meets], ends[meets], axis, last)
        ends = brought_in(ends[meets], starts, axis, last)
    return starts, ends


def brought_in(points: np.ndarray, others: np.ndarray, axis: int, last: int) -> np.ndarray:
    """Move points (V, 2) along the lines to others until their coordinate is from 0 to `last`."""
    way, edge = others - points, points[:, axis].clip(0, last)
    over = edge - points[:, axis]
    moved = points + np.trunc(over[:, None] * way / np.where(over, way[:, axis], 1)[:, None]).astype(np.int64)
    moved[:, axis] = edge
    return moved


def line_cells(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The cells (N, D) of straight lines (V, D) int64, one per step along the longest axis, halves rounded up."""
    sides = ends - starts  # (V, D)
    lengths = np.abs(sides).max(1)  # (V,)
    count, length = lengths + 1, np.maximum(lengths, 1)  # (V,) each
    step = np.arange(count.sum()) - (count.cumsum() - count).repeat(count)  # (N,)
    start, side = (2 * starts.T + 1) * length, 2 * sides.T  # (D, V) each, in halves of a step
    return ((start.repeat(count, axis=1) + side.repeat(count, axis=1) * step) // (2 * length).repeat(count)).T


def steps(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count up to each of several counts (V,): the number of the count and the step from 0 in it, (N,) int64 each."""
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)


def number_cells(cells: np.ndarray, margin: int = 0) -> np.ndarray:
    """Number cells (N, 2) xy int64 in their order, the last of equal ones counting, on the upright box around them.

    Returns (h, w) int32, -1 between the cells and in the margin around them.
    """
    if not len(cells):
        return np.full((0, 0), -1, dtype=np.int32)
    x, y = (axis - axis.min() + margin for axis in cells.T)
    number = np.full((y.max() + 1 + margin, x.max() + 1 + margin), -1, dtype=np.int32)
    number[y, x] = np.arange(len(cells))
    return number
