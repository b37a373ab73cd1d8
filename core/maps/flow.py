"""A region that flows with the points set in it, inverted to a part of a pixel (Inpaint4Drag's bidirectional warp).

With nothing painted the picture bends in a circle around each drag, like clay under a finger.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ..grid.areas import Area, paired
from ..grid.cells import touched_cells
from ..grid.moving import Pulled
from ..grid.outlines import contour
from ..grid.placed import Placed
from ..grid.raster import rasterise
from ..instruction.spec import Brush, Stroke
from ..mesh.triangles import Pixels, covered_pixels, signed_areas
from .map import Check, Map, Match, Rounding, lookup
from .points import INPAINT4DRAG_EPS, match_by_points, shifted, spread
from .polygons import affine_maps
from .regions import region_map
from .whole import LARGEST_MISFIT, Similarity

FINEST_MESH = 1
MOST_MESHES = 1200
LARGEST_CORRECTION = 3
FLATTEST = 1e-6
FOLDED_SHARE = 0.01
MOST_GROWTH = 1.5  # of handles that turn a thing
REACH = 2.5  # radius of a circle in lengths of its drag; from 1.54 on nothing folds
SMALLEST = 1 / 6  # and at least this part of the picture's shorter side


def flow_map(placed: Placed, rounding: Rounding = Rounding.NEAREST, check: Check | None = None) -> Map:
    """Let what drags move flow with them (Inpaint4Drag); regions go to their targets. Arguments as in `region_map`.

    Truncated, drags move by whole cells as in the paper's program.
    """
    exactly = rounding is Rounding.NEAREST
    by_points = partial(flow_by_points, check=check) if exactly else partial(match_by_points, eps=INPAINT4DRAG_EPS)
    return region_map(placed, rounding, by_points, check)


def warp_map(placed: Placed, rounding: Rounding = Rounding.NEAREST, check: Check | None = None) -> Map:
    """Let what drags move flow with them; where nothing is painted, bend the picture around them.

    Arguments and errors as in `flow_map`.
    """
    bent = around_drags(placed)
    if bent is None:
        return flow_map(placed, rounding, check)
    return region_map(bent, rounding, partial(bend_by_points, check=check), check)


def around_drags(placed: Placed) -> Placed | None:
    """The same with circles around its drags as what may move; None where there is a mask, a region or no drag."""
    if not placed.bends:
        return None
    drags = placed.spec.drags
    ends = np.array(drags)  # (P, 2, 2)
    radii = bend_radii(ends[:, 1] - ends[:, 0], min(placed.picture)).tolist()
    circles = [Stroke(radius, (drag.handle,)) for drag, radius in zip(drags, radii, strict=True) if radius]
    if not circles:
        return None
    return replace(placed, areas=(rasterise(Brush(tuple(circles)), placed.picture),), is_masked=True)


def bend_radii(moves: np.ndarray, shorter: float) -> np.ndarray:
    """The radii (P,) of the circles around drags of moves (P, 2), none around one that holds its place."""
    length = np.hypot(*moves.T)  # (P,)
    return np.where(length > 0, np.maximum(REACH * length, SMALLEST * shorter), 0)


def flow_by_points(pulled: Pulled, check: Check | None = None) -> Iterator[Match]:
    """Move an area by all drags in it (Inpaint4Drag, Eq. 6 and 7).

    As in the paper a pixel follows all of its handles; their weights fall faster than the paper's inverse distance,
    with which a region folds at every handle whose drag differs much from the others. check: called between pieces of
    the work, may raise to end it.
    """
    yield Flow(pulled.handles, pulled.targets).match(pulled.part, pulled.shape, check)


def bend_by_points(pulled: Pulled, check: Check | None = None) -> Iterator[Match]:
    """Bend an area, circles around drags, by the drags in it."""
    yield Bend(pulled.handles, pulled.targets, min(pulled.shape)).match(pulled.part, pulled.shape, check)


class Flow:
    """The displacement of every point by the drags of one part."""

    def __init__(self, handles: np.ndarray, targets: np.ndarray):
        chosen = spread(len(handles))
        self.handles, self.moves = handles[chosen], (targets - handles)[chosen]  # (R, 2) each

    @property
    def is_even(self) -> bool:
        """Whether every point moves alike."""
        return len(self.handles) == 1

    def landed(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 2) go."""
        if len(self.handles) == 1:
            return points + self.moves
        count = len(self.handles)
        return shifted(points, self.handles, self.moves, eps=INPAINT4DRAG_EPS, neighbours=count, level=True)

    @property
    def turn(self) -> float:
        """The degrees by which the handles turn around each other as those of a stiff thing do, otherwise 0."""
        fit = Similarity.of(self.handles, self.handles + self.moves)
        is_stiff = fit.misfit <= LARGEST_MISFIT and 1 / MOST_GROWTH <= abs(fit.factor) <= MOST_GROWTH
        return fit.degrees if is_stiff else 0.0

    def match(self, part: Area, shape: tuple[int, int], check: Check | None = None) -> Match:
        """Find where the content of every target pixel comes from: by a mesh that flows, then more closely.

        part: connected, on a picture (h, w). Where the flow folds, the content nearest to a handle is on top.
        """
        start = self.ordered(mesh(part))  # (T, 3, 2)
        end = self.landed(start.reshape(-1, 2)).reshape(start.shape)
        areas = signed_areas(end)  # (T,)
        wide = np.abs(areas) > FLATTEST
        matrices = affine_maps(end[wide], start[wide])  # (T, 2, 3)
        box = box_of(end[wide], shape)
        table, reached = np.empty((*box.inside.shape, 2), dtype=np.float32), np.zeros_like(box.inside)
        for pixels in covered_pixels(end[wide], shape):
            exact = self.closer(pixels, matrices).astype(np.float32)  # (N, 2)
            kept = part.holds(np.floor(exact).astype(np.int64))
            y, x = pixels.y[kept] - box.top, pixels.x[kept] - box.left
            paired(table)[y, x], reached[y, x] = paired(exact)[kept], True
            if check:
                check()
        landing = Area(reached, box.left, box.top)
        outline = np.floor(self.landed(contour(part) + 0.5)).astype(np.int64)  # (V, 2)
        return Match(part, landing, lookup(table, landing), outline=outline, folded=folds(areas), turn=self.turn)

    def closer(self, pixels: Pixels, matrices: np.ndarray) -> np.ndarray:
        """The points (N, 2) that land on the centres of pixels: by maps (T, 2, 3) of triangles, corrected once.

        The correction is how far those points miss, by the slope of the mesh around them.
        """
        points, goals = pixels.mapped(matrices), pixels.centres()  # (N, 2) each
        if self.is_even:
            return points
        missed = goals - self.landed(points)  # (N, 2)
        slope = matrices[pixels.owner]  # (N, 2, 3)
        step = slope[..., 0] * missed[:, :1] + slope[..., 1] * missed[:, 1:]
        return points + step.clip(-LARGEST_CORRECTION, LARGEST_CORRECTION)

    def ordered(self, triangles: np.ndarray) -> np.ndarray:
        """Triangles (T, 3, 2) with those nearest to a handle last."""
        to_handles = triangles.mean(1)[:, None] - self.handles  # (T, R, 2)
        return triangles[np.argsort(-np.hypot(*to_handles.T).min(0), kind="stable")]


class Bend(Flow):
    """A flow that fades to nothing at the rim of the circles around its drags."""

    def __init__(self, handles: np.ndarray, targets: np.ndarray, shorter: int):
        super().__init__(handles, targets)
        self.radii = bend_radii(self.moves, shorter)  # (R,)

    @property
    def is_even(self) -> bool:
        return False

    @property
    def turn(self) -> float:
        return 0.0

    def landed(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 2) go: their flow, times one less the product of what each circle leaves still."""
        still = np.ones(len(points))
        for handle, radius in zip(self.handles, self.radii, strict=True):
            if radius:
                near = 1 - np.minimum(((points - handle) ** 2).sum(1) / radius**2, 1)
                still *= 1 - near**2
        return points + (1 - still)[:, None] * (super().landed(points) - points)


def mesh(part: Area) -> np.ndarray:
    """Cover an area with triangles (T, 3, 2) of equal size, two to a square."""
    height, width = part.inside.shape
    side = max(FINEST_MESH, int(np.ceil(np.sqrt(height * width / MOST_MESHES))))
    window = np.pad(part.inside, ((0, -height % side), (0, -width % side)))
    y, x = touched_cells(window, side).nonzero()
    corners = np.stack([x, y], axis=1) * side + (part.left, part.top)  # (Q, 2)
    square = side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return (corners[:, None, None] + square[[[0, 1, 2], [0, 2, 3]]]).reshape(-1, 3, 2).astype(float)


def box_of(triangles: np.ndarray, shape: tuple[int, int]) -> Area:
    """The box of a picture (h, w) that holds triangles (T, 3, 2), as far as they lie on it."""
    points, limit = triangles.reshape(-1, 2), np.array(shape[::-1])
    ends = (points.min(0), points.max(0) + 1) if len(points) else (limit, limit)
    (left, top), (right, bottom) = (np.floor(end).clip(0, limit).astype(int).tolist() for end in ends)
    return Area(np.ones((bottom - top, right - left), dtype=bool), left, top)


def folds(areas: np.ndarray) -> bool:
    """Tell whether a mesh whose triangles have these signed areas is turned over in one place and not in another."""
    turned, straight = -areas[areas < 0].sum(), areas[areas > 0].sum()
    return bool(min(turned, straight) > FOLDED_SHARE * (turned + straight))
