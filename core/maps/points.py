"""A region moved by the points set in it (RegionDrag, region with points)."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..grid.areas import Area, within
from ..grid.cells import fill_polygon
from ..grid.moving import Pulled
from ..grid.outlines import contour
from ..instruction.geometry import Extent
from .map import Match, lookup

WEIGHT_EPS = 1e-4
INPAINT4DRAG_EPS = 1e-6
NEIGHBOURS = 4
MOST_REFERENCES = 100
MOST_PAIRS = 1 << 16  # of points and references at once

PointMatcher = Callable[[Pulled], Iterator[Match]]


def match_by_points(pulled: Pulled, eps: float = WEIGHT_EPS) -> Iterator[Match]:
    """Move an area forwards, fill its moved outline, and look back from there (reference behaviour).

    Its drags are taken from cell to cell. eps: what is added to distances. Sources outside the grid are left out.
    """
    part, shape, chosen = pulled.part, pulled.shape, spread(len(pulled.handles))
    handles, targets = (np.floor(ends[chosen]).astype(np.int64) for ends in (pulled.handles, pulled.targets))
    moves = targets - handles  # (P, 2)
    outline = shifted(contour(part), handles, moves, eps=eps).round().astype(np.int64)  # (V, 2)
    own = part.cells()[spread(part.count)]  # (R, 2)
    landed = shifted(own, handles, moves, eps=eps).round()  # (R, 2)
    reached = Area.of(fill_polygon(outline, Extent(shape[1], shape[0])))
    table = reached.table(lambda cells: shifted(cells, landed, own - landed, eps=eps))  # (h', w', 2)
    nearest = lookup(table, reached)
    landing = reached.where(lambda cells: within(nearest(cells).round(), shape))
    yield Match(part, landing, lambda at: nearest(at) + 0.5, lambda at: nearest(at).round().astype(np.int64), outline)


def shifted(
    points: np.ndarray,
    references: np.ndarray,
    moves: np.ndarray,
    *,
    eps: float = WEIGHT_EPS,
    neighbours: int = NEIGHBOURS,
    level: bool = False,
) -> np.ndarray:
    """Move points like their nearest references, weighted by inverse distance (RegionDrag; Inpaint4Drag, Eq. 6).

    points: (N, 2) xy; references, moves: (R, 2). A weight is 1 / (distance + eps), or with `level` 1 / (distance ** 1.5
    + eps), which makes the displacement level around a reference rather than a cone. Returns (N, 2) float64, not
    rounded.
    """
    if len(references) <= neighbours:
        rows = max(1, MOST_PAIRS // len(references))
        parts = [points[start : start + rows] for start in range(0, len(points), rows)] or [points]
        return np.concatenate([some + mean_move(some, references, moves, eps, level) for some in parts])
    distance, index = cKDTree(references).query(points, neighbours)  # (N, K) each
    weight = inverse(distance, eps, level)
    weight /= weight.sum(1, keepdims=True)
    return points + (weight[..., None] * moves[index]).sum(1)


def mean_move(points: np.ndarray, references: np.ndarray, moves: np.ndarray, eps: float, level: bool) -> np.ndarray:
    """The moves of all references weighted for points (N, 2), (N, 2)."""
    weight = inverse(cdist(points, references), eps, level)  # (N, R)
    return weight @ moves / (weight @ np.ones((len(references), 1)))


def inverse(distance: np.ndarray, eps: float, level: bool) -> np.ndarray:
    weight = np.sqrt(distance) if level else np.ones_like(distance)
    weight *= distance
    weight += eps
    return np.reciprocal(weight, out=weight)


def spread(count: int) -> np.ndarray:
    """Choose evenly spaced indices below a count, all of them or MOST_REFERENCES."""
    return np.linspace(0, count - 1, min(count, MOST_REFERENCES)).astype(np.int64)
