"""A region moved by the points set in it (RegionDrag, region with points)."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..grid.areas import Area, within
from ..grid.beside import pulled_cells
from ..grid.cells import fill_polygon
from ..grid.outlines import Parts, contour
from ..grid.placed import Placed
from ..instruction.geometry import Extent
from .map import Match, lookup

WEIGHT_EPS = 1e-4
INPAINT4DRAG_EPS = 1e-6
NEIGHBOURS = 4
MOST_REFERENCES = 100
MOST_PAIRS = 1 << 16  # of points and references at once

PointMatcher = Callable[[np.ndarray, np.ndarray, np.ndarray], Iterator[Match]]  # area, handles, targets


def match_by_drags(pixels: np.ndarray, placed: Placed, by_points: PointMatcher) -> Iterator[Match]:
    """Map the parts of a mask (H, W) by the drags that start in them; the cell of such a handle is never lost."""
    area = pulled_cells(pixels, placed)
    if area is None:
        return iter(())
    points = np.array(placed.spec.drags) / placed.cell_size  # (P, 2, 2)
    return by_points(area, points[:, 0], points[:, 1])


def match_by_points(
    region: np.ndarray, handles: np.ndarray, targets: np.ndarray, eps: float = WEIGHT_EPS
) -> Iterator[Match]:
    """Move every connected part of a region by the drags whose handle lies in it; parts without one stay out of it.

    region: (h, w) bool; handles, targets: (P, 2) xy in cells, taken as the cells they lie in (reference behaviour).
    Holes are filled. eps: what is added to distances. Yields one match per moved part, in raster order.
    """
    handles, targets = np.floor(handles).astype(np.int64), np.floor(targets).astype(np.int64)
    for part, held in Parts.of(region).holding(handles):
        yield match_part(part, handles[held], (targets - handles)[held], eps, region.shape)


def match_part(part: Area, handles: np.ndarray, moves: np.ndarray, eps: float, shape: tuple[int, int]) -> Match:
    """Move one part forwards, fill its moved outline, and look back from there (reference behaviour).

    part: connected and without holes, on a grid (h, w); handles, moves: (P, 2). Sources outside the grid are left out.
    """
    chosen = spread(len(handles))
    handles, moves = handles[chosen], moves[chosen]
    outline = shifted(contour(part), handles, moves, eps=eps).round().astype(np.int64)  # (V, 2)
    own = part.cells()[spread(part.count)]  # (R, 2)
    landed = shifted(own, handles, moves, eps=eps).round()  # (R, 2)
    reached = Area.of(fill_polygon(outline, Extent(shape[1], shape[0])))
    table = reached.table(lambda cells: shifted(cells, landed, own - landed, eps=eps))  # (h', w', 2)
    nearest = lookup(table, reached)
    landing = reached.where(lambda cells: within(nearest(cells).round(), shape))
    return Match(part, landing, lambda at: nearest(at) + 0.5, lambda at: nearest(at).round().astype(np.int64), outline)


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
