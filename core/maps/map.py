"""The map of one region: for every cell that receives content, where that comes from."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..grid.areas import Area, paired, unpaired

TIE = 1e-6

Origin = Callable[[np.ndarray], np.ndarray]  # of cells (N, 2) xy int64, where their content comes from, (N, 2) xy


class Match(NamedTuple):
    """Where a region comes from and goes to, as a function of the cell, so that large regions need no tables."""

    area: Area  # the source region as a whole
    landing: Area  # the cells that receive content
    origin: Origin  # the point of the source that comes to the centre of a cell, may lie outside the grid
    truncated: Origin | None = None  # the reference's source cell, where that has a rule of its own
    outline: np.ndarray | None = None  # (V, 2) xy int64, the moved outline where it is known, may lie outside the grid
    folded: bool = False  # some of the region lands on some other of it
    turn: float = 0.0  # degrees by which drags turn the region as a whole, 0 where they do something else
    free: bool = False  # moves by drags beside the regions, so the mask does not limit where it lands

    @property
    def target(self) -> np.ndarray:
        """The cells that receive content, (N, 2) xy int64 in raster order."""
        return self.landing.cells()

    @property
    def exact(self) -> np.ndarray:
        """The points of the source that come to their centres, (N, 2) xy."""
        return self.landing.per_cell(self.origin)

    @property
    def source(self) -> np.ndarray:
        """The cells whose content they receive by the reference's rule, (N, 2) xy int64."""
        return self.landing.per_cell(self.source_cells)

    @property
    def stays(self) -> bool:
        """Whether everything is left in its place."""
        cells = (band.cells() for band in self.landing.bands())
        return self.landing.count > 0 and all(np.array_equal(self.origin(some), some + 0.5) for some in cells)

    def source_cells(self, cells: np.ndarray) -> np.ndarray:
        """The reference's source cells (N, 2) xy int64 of some cells."""
        return whole_cells(self.origin(cells)) if self.truncated is None else self.truncated(cells)


def lookup(table: np.ndarray, area: Area) -> Origin:
    """The function that reads a table (h', w', 2) of the cells in the box of an area."""
    return lambda cells: unpaired(paired(table)[cells[:, 1] - area.top, cells[:, 0] - area.left])


def whole_cells(points: np.ndarray) -> np.ndarray:
    """Round points (N, 2) down to the cells they lie in, those that rounding left just short of an edge past it."""
    return np.floor(points + TIE).astype(np.int64)
