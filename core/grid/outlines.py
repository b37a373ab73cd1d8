"""The connected parts of a mask, and their outer outlines, traced cell by cell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from ..instruction.geometry import Extent
from .areas import Area, bounding_box

BEYOND = 256  # cells, more than any rim is wide
EIGHT_NEIGHBOURS = np.ones((3, 3))
WAYS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))  # xy, clockwise from the right


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a mask that touch at sides or corners, their holes filled, as one picture of their numbers."""

    numbers: np.ndarray  # (h', w') int, from 1 in raster order of their first cells, 0 outside of all
    count: int
    left: int
    top: int

    @classmethod
    def of(cls, mask: np.ndarray) -> "Parts":
        """The parts of a mask (h, w)."""
        rows, columns = bounding_box(mask)
        numbers, count = ndimage.label(without_holes(mask[rows, columns]), EIGHT_NEIGHBOURS)
        return cls(numbers, count, int(columns.start), int(rows.start))

    def at(self, cells: np.ndarray) -> np.ndarray:
        """The numbers (N,) of the parts that hold cells (N, 2) xy int64, 0 for none."""
        (x, y), (height, width) = (cells - (self.left, self.top)).T, self.numbers.shape
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)  # (N,)
        found = np.zeros(len(cells), dtype=np.int64)
        found[inside] = self.numbers[y[inside], x[inside]]
        return found

    def under(self, area: Area) -> set[int]:
        """The numbers of the parts that share cells with an area, 0 for cells outside of all."""
        return set(np.unique(self.at(area.cells())).tolist())

    def mask_without(self, numbers: set[int], shape: tuple[int, int]) -> np.ndarray:
        """The parts but for some, as a mask (h, w)."""
        wanted = np.ones(self.count + 1, dtype=bool)
        wanted[list(numbers)] = False
        return Area(wanted[self.numbers], self.left, self.top).on(shape)

    def holding(self, cells: np.ndarray) -> Iterator[tuple[Area, np.ndarray]]:
        """The parts that hold any of some cells (N, 2) xy int64, each with which of them it holds (N,) bool."""
        held = self.at(cells)  # (N,)
        chosen = np.unique(held[held > 0])
        for number, area in zip(chosen, self.areas(chosen), strict=True):
            yield area, held == number

    def areas(self, chosen: Iterable[int]) -> Iterator[Area]:
        """The parts with these numbers, ascending."""
        boxes = ndimage.find_objects(self.numbers, self.count) if self.count else []
        for number in chosen:
            rows, columns = boxes[number - 1]
            yield Area(self.numbers[rows, columns] == number, self.left + columns.start, self.top + rows.start)


def without_holes(mask: np.ndarray) -> np.ndarray:
    """A mask (h, w) with everything that its border cannot reach over free cells, from side to side."""
    if mask.all():  # so is one without cells
        return mask
    free, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    return (free != free[0, 0])[1:-1, 1:-1]


def outer_outlines(area: Area, grid: Extent) -> list[np.ndarray]:
    """The outer outlines of an area, (V, 2) xy int64 each; at the grid's border they go on beyond it."""
    if not area.count:
        return []
    rows, columns = area.box
    beyond = tuple(
        (BEYOND * (part.start == 0), BEYOND * (part.stop == side))
        for part, side in ((rows, grid.height), (columns, grid.width))
    )
    parts = Parts.of(np.pad(area.inside, beyond, mode="edge"))
    offset = columns.start - beyond[1][0], rows.start - beyond[0][0]
    return [contour(part) + offset for part in parts.areas(range(1, parts.count + 1))]


def contour(part: Area) -> np.ndarray:
    """The corners of the outer outline of a connected area, (V, 2) xy int64."""
    return contour_corners(part.inside) + (part.left, part.top)


def contour_corners(component: np.ndarray) -> np.ndarray:
    """Walk clockwise around a connected mask (h, w) and list the cells where the way bends, (V, 2) xy int64.

    The walk begins at the first cell in raster order and passes thin parts on both sides, as findContours of the
    reference does.
    """
    inside = np.pad(component, 1)
    stride = inside.shape[1]
    start = int(inside.argmax())
    steps = [y * stride + x for x, y in WAYS]
    around = neighbour_bits(inside).tobytes()
    if not around[start]:
        return np.array([[start % stride - 1, start // stride - 1]])
    turns = next_ways()
    first = way = turns[0][around[start]]
    here, path, ways = start, [], []
    while True:
        path.append(here)
        ways.append(way)
        here += steps[way]
        way = turns[(way + 5) % 8][around[here]]
        if here == start and way == first:
            break
    bends = np.array(path)[np.array(ways) != np.roll(ways, 1)]  # (V,)
    return np.stack([bends % stride, bends // stride], axis=1) - 1


def neighbour_bits(inside: np.ndarray) -> np.ndarray:
    """Which of the eight neighbours of each cell of a mask (h, w), empty at its border, are set: one bit a way."""
    bits = np.zeros(inside.shape, dtype=np.uint8)
    for way, (x, y) in enumerate(WAYS):
        bits[1:-1, 1:-1] |= inside[1 + y : inside.shape[0] - 1 + y, 1 + x : inside.shape[1] - 1 + x] << np.uint8(way)
    return bits


@cache
def next_ways() -> list[bytes]:
    """For every way from which a search goes clockwise, and all sets of neighbours, the first way to one."""

    def first(search: int, bits: int) -> int:
        return next((k % 8 for k in range(search, search + 8) if bits >> k % 8 & 1), 0)

    return [bytes(first(search, bits) for bits in range(256)) for search in range(8)]
