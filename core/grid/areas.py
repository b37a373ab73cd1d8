"""Some cells of a grid, kept as a mask on the box around them, so that small areas of large grids stay small."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MOST_CELLS = 1 << 17  # at once


@dataclass(frozen=True, eq=False)
class Area:
    """Some cells of a grid."""

    inside: np.ndarray  # (h', w') bool
    left: int = 0
    top: int = 0

    @classmethod
    def of(cls, mask: np.ndarray) -> "Area":
        """The set cells of a mask (h, w)."""
        return cls(mask).cropped()

    @cached_property
    def count(self) -> int:
        return int(np.count_nonzero(self.inside))

    @property
    def box(self) -> tuple[slice, slice]:
        """The rows and columns it lies in."""
        height, width = self.inside.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def on(self, shape: tuple[int, int]) -> np.ndarray:
        """Its mask on the whole grid (h, w)."""
        mask = np.zeros(shape, dtype=bool)
        mask[self.box] = self.inside
        return mask

    def cells(self) -> np.ndarray:
        """Its cells in raster order, (N, 2) xy int64."""
        y, x = self.inside.nonzero()
        cells = np.empty((len(x), 2), dtype=np.int64)
        cells[:, 0], cells[:, 1] = x + self.left, y + self.top
        return cells

    def middle(self) -> tuple[float, float]:
        """The mean of its cells, xy."""
        rows, columns = (self.inside.sum(axis) for axis in (1, 0))
        x, y = (share @ np.arange(len(share)) / self.count for share in (columns, rows))
        return x + self.left, y + self.top

    def around(self, cell_size: int) -> str:
        """The same in words, in pixels of the picture."""
        x, y = (place * cell_size for place in self.middle())
        return f"({x:.0f}, {y:.0f})"

    def cropped(self) -> "Area":
        """The same in the smallest box."""
        rows, columns = bounding_box(self.inside)
        return Area(self.inside[rows, columns], self.left + columns.start, self.top + rows.start)

    def holds(self, cells: np.ndarray) -> np.ndarray:
        """Tell which cells (N, 2) xy int64, wherever they lie, belong to it."""
        return covers(self.inside, cells - (self.left, self.top))

    def bands(self) -> Iterator["Area"]:
        """Itself in bands of rows, none of which holds many cells."""
        height, width = self.inside.shape
        rows = max(1, MOST_CELLS // max(width, 1))
        if rows >= height:
            yield self
            return
        for start in range(0, height, rows):
            yield Area(self.inside[start : start + rows], self.left, self.top + start)

    def per_cell(self, values_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """What a function gives for its cells (N, 2) xy, computed band by band: (N, ...)."""
        return np.concatenate([values_of(band.cells()) for band in self.bands()])

    def table(self, values_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """What a function gives for its cells (N, 2) xy, computed band by band: (h', w', 2), undefined elsewhere."""
        table = np.empty((*self.inside.shape, 2))
        for band in self.bands():
            start = band.top - self.top
            paired(table[start : start + len(band.inside)])[band.inside] = paired(values_of(band.cells()))
        return table

    def where(self, holds: Callable[[np.ndarray], np.ndarray]) -> "Area":
        """Those of its cells (N, 2) xy for which a function gives True, asked band by band."""
        kept = np.zeros_like(self.inside)
        for band in self.bands():
            start = band.top - self.top
            kept[start : start + len(band.inside)][band.inside] = holds(band.cells())
        return Area(kept, self.left, self.top)


def paired(points: np.ndarray) -> np.ndarray:
    """A view of points (..., 2) as complex numbers (...), which are moved as one."""
    return points.view(np.result_type(points, np.complex64))[..., 0]


def unpaired(points: np.ndarray) -> np.ndarray:
    """A view of complex numbers (...) as points (..., 2)."""
    return points.view(np.real(points).dtype).reshape(*points.shape, 2)


def bounding_box(cells: np.ndarray) -> tuple[slice, slice]:
    """The rows and the columns between which all set cells of a grid (h, w) lie, empty ones where none is set."""
    rows = cells.any(1).nonzero()[0]
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    rows = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = cells[rows].any(0).nonzero()[0]
    return rows, slice(int(columns[0]), int(columns[-1]) + 1)


def within(cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Tell which cells (N, 2) xy lie on a grid (h, w)."""
    (x, y), (height, width) = cells.T, shape
    return (x >= 0) & (x < width) & (y >= 0) & (y < height)


def covers(area: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Tell which cells (N, 2) xy int64, wherever they lie, belong to an area (h, w) bool."""
    found = within(cells, area.shape)  # (N,)
    if not area.all():
        x, y = (axis[found] for axis in cells.T)
        found[found] = area[y, x]
    return found
