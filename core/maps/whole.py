"""A thing as a whole, not bent: by its transform, as its target shows it, or by the drags in it, cell by cell."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from ..grid.areas import Area, paired, within
from ..grid.cells import number_cells
from ..grid.moving import Pulled
from ..instruction.geometry import Affine, Point
from ..instruction.spec import Outlines, Polygon, Region, Shape
from .map import Match, lookup, whole_cells

FEWEST = 5  # points that no linear map fits by chance
ROUNDING = 0.03  # cells, that points may be off an image
LOOSENESS = 2e-4  # of how far they reach, that they may be off besides
FLATTEST = 1e-9  # of a square, that points on one line span
LARGEST_MISFIT = 0.2  # of how far the handles lie from each other
SMALLEST_SCALE = 0.05


class Similarity(NamedTuple):
    """The move, turn and scale that bring some points onto others as closely as may be: z -> factor (z - start) + end.

    Points are complex numbers; the factor is that of least squares.
    """

    factor: complex
    start: complex
    end: complex
    misfit: float  # what is left, as a share of how far the points lie from each other

    @classmethod
    def of(cls, handles: np.ndarray, targets: np.ndarray) -> "Similarity":
        """The one from handles (R, 2) to targets (R, 2), a move alone where all handles are one point."""
        start, end = (paired(np.ascontiguousarray(points, dtype=float)) for points in (handles, targets))  # (R,) each
        middle, goal = complex(start.mean()), complex(end.mean())
        around, about = start - middle, end - goal
        spread = float(np.linalg.norm(around))
        if not spread:
            return cls(1, middle, goal, float(np.linalg.norm(about)))
        factor = complex(np.vdot(around, about)) / spread**2
        return cls(factor, middle, goal, float(np.linalg.norm(about - factor * around)) / spread)

    @property
    def degrees(self) -> float:
        """The angle of its turn, clockwise on the screen."""
        return float(np.degrees(np.angle(self.factor)))

    @property
    def moves_one_thing(self) -> bool:
        """Whether it brings every point near its goal and leaves something of what it moves."""
        return self.misfit <= LARGEST_MISFIT and abs(self.factor) >= SMALLEST_SCALE

    def affine(self) -> Affine:
        """The same as a transform about its start."""
        way, scale = self.end - self.start, abs(self.factor)
        return Affine(Point(way.real, way.imag), (scale, scale), self.degrees)


def match_affine(own: Area, affine: Affine, centre: Point, cell_size: int, shape: tuple[int, int]) -> Match:
    """Map a transformed region back onto itself: a cell belongs to it where its centre comes from one of the region.

    own: the source region, on a grid (h, w); centre: of the transform, in pixels. A region made so small that it holds
    no cell's centre keeps the cells on which its own centres fall. The match is empty where all of it leaves the grid.
    """
    linear = np.array(affine.linear())  # (2, 2)
    pivot, move = np.array(centre) / cell_size, np.array(affine.move) / cell_size  # (2,) each
    back = np.linalg.inv(linear).T

    def origin(cells: np.ndarray) -> np.ndarray:
        return (cells + 0.5 - pivot - move) @ back + pivot

    corners = (box_corners(own) - pivot) @ linear.T + pivot + move  # (4, 2)
    box = box_area(corners, shape)
    landing = box.where(lambda cells: own.holds(whole_cells(origin(cells))))
    if landing.count:
        return Match(own, landing, origin)
    centres = own.cells() + 0.5  # (M, 2)
    return match_centres(own, centres, (centres - pivot) @ linear.T + pivot + move, shape)


def match_centres(own: Area, centres: np.ndarray, images: np.ndarray, shape: tuple[int, int]) -> Match:
    """Map the cells of a grid (h, w) on which images (M, 2) of a region's centres (M, 2) fall, the last one on top."""
    cells = whole_cells(images)  # (M, 2)
    kept = within(cells, shape)
    number = number_cells(cells[kept])  # (h', w')
    landing = Area(number >= 0, *(cells[kept].min(0).tolist() if kept.any() else ()))
    return Match(own, landing, lookup(centres[kept][number], landing))


def linear_image(start: np.ndarray, end: np.ndarray) -> np.ndarray | None:
    """The matrix (2, 3) that takes points (N, 2) to others, or None where no linear map does."""
    if start.shape != end.shape or len(start) < FEWEST:
        return None
    middles = start.mean(0), end.mean(0)  # (2,) each
    around, about = start - middles[0], end - middles[1]  # (N, 2) each
    square, joint = around.T @ around, about.T @ around  # (2, 2) each
    if np.linalg.det(square) <= FLATTEST * np.trace(square) ** 2:
        return None
    linear = joint @ np.linalg.inv(square)
    misfit, reach = (np.hypot(*ways.T).max() for ways in (around @ linear.T - about, about))
    return (
        np.column_stack([linear, middles[1] - linear @ middles[0]]) if misfit <= ROUNDING + LOOSENESS * reach else None
    )


def way_back(region: Region) -> np.ndarray | None:
    """The matrix (2, 3) that takes the points of a target to those of its source, or None where none does."""
    source, target = region
    if isinstance(target, Affine) or type(source) is not type(target):
        return None
    lines = [lines_of(shape) for shape in (target, source)]
    if len({tuple(map(len, each)) for each in lines}) > 1:
        return None
    return linear_image(*(np.array(list(chain.from_iterable(each))) for each in lines))


def match_linear(back: np.ndarray, area: Area, landing: Area) -> Match:
    """Map cells by the matrix (2, 3) that leads from an area of cells to where their content comes from."""

    def mapped(cells: np.ndarray) -> np.ndarray:
        return (cells @ back[:, :2].T + back[:, 2]).astype(np.float32)

    return Match(area, landing, lambda cells: mapped(cells + 0.5), lambda cells: mapped(cells).astype(np.int64))


def lines_of(shape: Shape) -> Sequence[Sequence[Point]]:
    """The lines that a shape is drawn by."""
    if isinstance(shape, Polygon):
        return [shape.points]
    return shape.rings if isinstance(shape, Outlines) else [stroke.points for stroke in shape.strokes]


def box_corners(area: Area) -> np.ndarray:
    """The corners (4, 2) xy of the box around the cells of an area."""
    rows, columns = area.box
    return np.array([(x, y) for x in (columns.start, columns.stop) for y in (rows.start, rows.stop)], dtype=float)


def box_area(points: np.ndarray, shape: tuple[int, int]) -> Area:
    """All cells of a grid (h, w) in the upright box around points (M, 2)."""
    limit = np.array(shape[::-1])  # (2,)
    left, top = np.floor(points.min(0)).clip(0, limit).astype(int)
    right, bottom = np.ceil(points.max(0)).clip(0, limit).astype(int)
    return Area(np.ones((bottom - top, right - left), dtype=bool), int(left), int(top))


def whole_by_points(pulled: Pulled) -> Iterator[Match]:
    """Move an area as one thing by the drags in it.

    One handle moves it, several turn and scale it, too, by the similarity that fits them best. Where they do not agree
    on one, each takes along what is nearest to it, the first one on top.
    """
    similarity = Similarity.of(pulled.handles, pulled.targets)
    if similarity.moves_one_thing:
        yield match_similarity(pulled.part, similarity, pulled.shape)
    else:
        yield from torn(pulled)


def match_similarity(part: Area, similarity: Similarity, shape: tuple[int, int]) -> Match:
    """Map a part of a grid (h, w) by a similarity."""
    centre = Point(similarity.start.real, similarity.start.imag)
    return match_affine(part, similarity.affine(), centre, 1, shape)


def torn(pulled: Pulled) -> Iterator[Match]:
    """Map each cell of an area by the drag of its nearest handle, in its pieces."""
    part, handles = pulled.part, pulled.handles  # (R, 2)
    nearest = part.per_cell(lambda cells: nearest_handle(cells + 0.5, handles))  # (N,)
    y, x = part.inside.nonzero()
    for number in reversed(range(len(handles))):
        inside = np.zeros_like(part.inside)
        inside[y[nearest == number], x[nearest == number]] = True
        if inside.any():
            alone = Similarity.of(handles[[number]], pulled.targets[[number]])
            yield match_similarity(Area(inside, part.left, part.top).cropped(), alone, pulled.shape)._replace(torn=True)


def nearest_handle(points: np.ndarray, handles: np.ndarray) -> np.ndarray:
    """The number of the handle (R, 2) nearest to each point (N, 2), the first of equal ones, (N,)."""
    distance = [np.square(points - handle).sum(1) for handle in handles]  # R of (N,), squared
    return np.argmin(distance, axis=0)
