"""Where the content of every cell of a grid comes from: the one type that every map is and every redraw reads."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..grid.areas import Area, paired, unpaired
from ..grid.outlines import outer_outlines
from ..grid.placed import Placed
from ..instruction.geometry import Extent

NOBODY = -1
TIE = 1e-6
TURNED = 40  # degrees, from which on drags squeeze what they turn

Origin = Callable[[np.ndarray], np.ndarray]  # of cells (N, 2) xy int64, where their content comes from, (N, 2) xy
Check = Callable[[], None]  # called between pieces of the work, may raise to end it


class Rounding(Enum):
    """Which content comes to a cell, where the map says a place between cells."""

    NEAREST = "nearest cell"
    TRUNCATED = "truncated (reference)"


@dataclass(frozen=True, eq=False)
class Map:
    """Where the content of every cell of a grid comes from; tensors on the CPU.

    Cell j of a row spans j to j + 1, its centre lies at j + 0.5. The picture's pixels are a grid too, of cells of one
    pixel.
    """

    source: Tensor  # (h, w, 2) float32, xy in cells, within the grid: the point whose content comes to a cell's centre
    owner: Tensor  # (h, w) int32, the number of the region that lands on a cell, NOBODY where none does
    area: Tensor  # (h, w) bool, all that belongs to what moves
    editable: Tensor  # (h, w) bool, what may change
    held: Tensor  # (h, w) bool, what shall stay as it is though it may change: regions at rest
    free: Tensor  # (h, w) bool, those of the landing that no mask limits
    landed: tuple[tuple[Area, np.ndarray | None], ...] = ()  # each region that landed, with its outline where known
    notes: tuple[str, ...] = ()  # sentences on what is probably not meant
    weight: Tensor | None = None  # (h, w) float, how much of a cell its new content makes up, where a method says so

    @classmethod
    def at_rest(cls, grid: Extent) -> "Map":
        """The map of a grid on which nothing moves."""
        return Layers(grid, 1, Rounding.NEAREST).map(None, [])

    @property
    def grid(self) -> Extent:
        """The size of the map, in cells."""
        return Extent(self.owner.shape[1], self.owner.shape[0])

    @cached_property
    def landing(self) -> Tensor:
        """The cells (h, w) that content comes to, whether that may be or not."""
        return self.owner != NOBODY

    @cached_property
    def moved(self) -> Tensor:
        """The cells (h, w) that receive content."""
        return self.landing & self.editable

    @cached_property
    def vacated(self) -> Tensor:
        """The cells (h, w) that content has left and none has come to."""
        return self.area & ~self.landing & ~self.held & self.editable

    @cached_property
    def gather(self) -> Tensor:
        """The cell whose content each cell receives, (h, w) int64 flat index y * w + x, its own where nothing comes."""
        own = torch.arange(self.landing.numel()).view(self.landing.shape)
        own[self.moved] = self.source_cells(self.moved)
        return own

    @cached_property
    def changed(self) -> Tensor:
        """The cells (h, w) that do not keep their own content."""
        return self.vacated | (self.gather != torch.arange(self.landing.numel()).view(self.landing.shape))

    @property
    def outlines(self) -> list[np.ndarray]:
        """The outlines (V, 2) xy int64 of what landed, which may lie outside the grid."""
        landed = self.landed or [(Area.of(self.landing.numpy()), None)]
        found = (outer_outlines(area, self.grid) if outline is None else [outline] for area, outline in landed)
        return list(chain.from_iterable(found))

    @property
    def stays(self) -> bool:
        """Whether every cell keeps its own content."""
        return not self.changed.any()

    def noted(self, placed: Placed) -> "Map":
        """The same, with a sentence where nothing reaches another cell of a latent though it should."""
        side = placed.cell_size
        if side == 1 or not placed.spec.asks_for_motion or not self.stays:
            return self
        what = f"nothing moves: the latent moves in cells of {side} px, and what is drawn goes or grows less than that."
        return replace(self, notes=(*self.notes, f"{what} Let it go {side} px or more."))

    def source_cells(self, cells: Tensor) -> Tensor:
        """The flat indices (N,) of the cells whose content comes to some cells (h, w) bool, in raster order."""
        x, y = whole_cells(self.points(cells)).clip(max=np.array(self.grid) - 1).T
        return torch.from_numpy(y * self.grid.width + x)

    def points(self, cells: Tensor) -> np.ndarray:
        """The points (N, 2) xy whose content comes to some cells (h, w) bool, in raster order."""
        return unpaired(paired(self.source.numpy())[cells.numpy()])


class Match(NamedTuple):
    """Where one region comes from and goes to, as a function of the cell, so that large regions need no tables."""

    area: Area  # the source region as a whole
    landing: Area  # the cells that receive content
    origin: Origin  # the point of the source that comes to the centre of a cell, may lie outside the grid
    truncated: Origin | None = None  # the reference's source cell, where that has a rule of its own
    outline: np.ndarray | None = None  # (V, 2) xy int64, the moved outline where it is known, may lie outside the grid
    folded: bool = False  # some of the region lands on some other of it
    torn: bool = False  # a piece of a thing whose drags do not agree on one move
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

    def points(self, cells: np.ndarray, rounding: Rounding) -> np.ndarray:
        """The points (N, 2) xy whose content some cells (N, 2) xy receive."""
        return self.origin(cells) if rounding is Rounding.NEAREST else self.source_cells(cells) + 0.5

    def surprises(self, cell_size: int) -> list[str]:
        """Say whether the region folds over itself, is squeezed by a turn or leaves the picture."""
        notes, degrees, around = list[str](), round(self.turn), f"the region around {self.area.around(cell_size)}"
        as_whole = f'to turn it as a whole, set move to "as a whole", or make it a region with "rotate": {degrees}.'
        if self.folded:
            remedy = f"let them cross less, or, {as_whole}" if abs(degrees) >= TURNED else "let them cross less."
            notes.append(f"the drags fold {around} over itself; {remedy}")
        elif abs(degrees) >= TURNED:
            notes.append(f"the drags turn {around} by about {abs(degrees)} degrees and squeeze it; {as_whole}")
        if self.torn:
            notes.append(f"drags tear {around} off its thing; for one thing let them move, turn or scale it together.")
        if not self.landing.count:
            notes.append(f"the whole {around.removeprefix('the ')} lands outside the image; its place is emptied.")
        return notes


class Layers:
    """Matches laid on one grid in their order, the last claim of a cell winning."""

    def __init__(self, grid: Extent, cell_size: int, rounding: Rounding, check: Check | None = None):
        shape = grid.height, grid.width
        self.cell_size, self.rounding, self.check, self.border = cell_size, rounding, check, np.array(grid, dtype=float)
        self.source = own_centres(grid)  # (h, w, 2)
        self.owner, self.count = np.full(shape, NOBODY, dtype=np.int32), 0
        self.area, self.held, self.free = np.zeros((3, *shape), dtype=bool)
        self.landed: list[tuple[Area, np.ndarray | None]] = []
        self.notes: list[str] = []

    def lay(self, match: Match) -> None:
        """Lay a match on top, its sources clamped to the border."""
        self.notes += match.surprises(self.cell_size)
        for band in match.landing.bands():
            points = match.points(band.cells(), self.rounding)
            paired(self.source)[band.box][band.inside] = paired(np.clip(points, 0, self.border))
            if self.check:
                self.check()
        moves = self.rounding is Rounding.TRUNCATED or not match.stays
        owner = self.count if moves else NOBODY
        box, inside = match.landing.box, match.landing.inside
        for mask, value in ((self.owner, owner), (self.held, not moves), (self.free, match.free)):
            mask[box][inside] = value
        if moves:
            self.area[match.area.box] |= match.area.inside
            self.landed.append((match.landing, match.outline))
        else:
            self.area[box][inside] = False
        self.count += 1

    def map(self, editable: Tensor | None, notes: list[str]) -> Map:
        """What all of them make together; editable: (h, w) bool, what may change beside what is free, None for all."""
        tables = (self.source, self.owner, self.area, self.held, self.free)
        source, owner, area, held, free = map(torch.from_numpy, tables)
        may = torch.ones((), dtype=torch.bool).expand(owner.shape) if editable is None else editable | free
        return Map(source, owner, area, may, held, free, tuple(self.landed), (*notes, *self.notes))


def own_centres(grid: Extent) -> np.ndarray:
    """The centres (h, w, 2) xy of the cells of a grid."""
    centres = np.empty((grid.height, grid.width, 2), dtype=np.float32)
    centres[..., 0], centres[..., 1] = np.arange(grid.width) + 0.5, np.arange(grid.height)[:, None] + 0.5
    return centres


def lookup(table: np.ndarray, area: Area) -> Origin:
    """The function that reads a table (h', w', 2) of the cells in the box of an area."""
    return lambda cells: unpaired(paired(table)[cells[:, 1] - area.top, cells[:, 0] - area.left])


def whole_cells(points: np.ndarray) -> np.ndarray:
    """Round points (N, 2) down to the cells they lie in, those that rounding left just short of an edge past it."""
    return np.floor(points + TIE).astype(np.int64)
