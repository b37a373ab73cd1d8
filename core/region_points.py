"""A region moved by the points set in it (RegionDrag, region with points)."""

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from .contours import contour_corners, filled_components
from .drag import Extent
from .region_cells import Match, cells_xy, covers, fill_polygon

WEIGHT_EPS = 1e-4
INPAINT4DRAG_EPS = 1e-6
NEIGHBOURS = 4
MOST_REFERENCES = 100


def match_by_points(
    region: np.ndarray, handles: np.ndarray, targets: np.ndarray, eps: float = WEIGHT_EPS
) -> list[Match]:
    """Move every connected part of a region by the drags whose handle lies in it; parts without one stay out of it.

    region: (h, w) bool; handles, targets: (P, 2) xy in cells, taken as the cells they lie in (reference behaviour).
    Holes are filled. eps: what is added to distances. Returns one match per moved part, in raster order.
    """
    handles, targets = np.floor(handles).astype(np.int64), np.floor(targets).astype(np.int64)
    matches = []
    for part in filled_components(region):
        held = covers(part, handles)  # (P,)
        if held.any():
            matches.append(match_part(part, handles[held], (targets - handles)[held], eps))
    return matches


def match_part(part: np.ndarray, handles: np.ndarray, moves: np.ndarray, eps: float) -> Match:
    """Move one part forwards, fill its moved outline, and look back from there (reference behaviour).

    part: (h, w) bool, connected and without holes; handles, moves: (P, 2). Sources outside the grid are left out.
    """
    chosen = spread(len(handles))
    handles, moves = handles[chosen], moves[chosen]
    outline = shifted(contour_corners(part), handles, moves, eps=eps).round().astype(np.int64)  # (V, 2)
    cells = cells_xy(part)  # (N, 2)
    landed = shifted(cells, handles, moves, eps=eps).round()  # (N, 2)
    target = cells_xy(fill_polygon(outline, Extent(part.shape[1], part.shape[0])))  # (M, 2)
    chosen = spread(len(cells))
    exact = shifted(target, landed[chosen], (cells - landed)[chosen], eps=eps)  # (M, 2)
    source = exact.round().astype(np.int64)  # (M, 2)
    kept = covers(np.ones_like(part), source)  # (M,)
    return Match(source[kept], target[kept], part, exact[kept] + 0.5, outline)


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
        weight = inverse(cdist(points, references), eps, level)  # (N, R)
        return points + weight @ moves / (weight @ np.ones((len(references), 1)))
    distance, index = cKDTree(references).query(points, neighbours)  # (N, K) each
    weight = inverse(distance, eps, level)
    weight /= weight.sum(1, keepdims=True)
    return points + (weight[..., None] * moves[index]).sum(1)


def inverse(distance: np.ndarray, eps: float, level: bool) -> np.ndarray:
    return 1 / ((distance * np.sqrt(distance) if level else distance) + eps)


def spread(count: int) -> np.ndarray:
    """Choose evenly spaced indices below a count, all of them or MOST_REFERENCES."""
    return np.linspace(0, count - 1, min(count, MOST_REFERENCES)).astype(np.int64)
