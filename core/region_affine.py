"""A region under a transform: scaled, turned and moved as a whole, cell by cell."""

import numpy as np

from .drag import Affine, Point
from .region_cells import Match, cells_xy, covers, whole_cells


def match_affine(area: np.ndarray, affine: Affine, centre: Point, cell_size: int) -> Match:
    """Map a transformed region back onto itself: a cell belongs to it where its centre comes from one of the region.

    area: (h, w) bool, the source region; centre: of the transform, in pixels. A region made so small that it holds no
    cell's centre keeps the cells on which its own centres fall. The match is empty where all of it leaves the grid.
    """
    linear = np.array(affine.linear())  # (2, 2)
    pivot, move = np.array(centre) / cell_size, np.array(affine.move) / cell_size  # (2,) each
    own = cells_xy(area)  # (M, 2)
    images = (own + 0.5 - pivot) @ linear.T + pivot + move  # (M, 2)
    target = box_cells(images, 0.5 * np.abs(linear).sum(1), area.shape)  # (N, 2)
    exact = (target + 0.5 - pivot - move) @ np.linalg.inv(linear).T + pivot  # (N, 2)
    source = whole_cells(exact)  # (N, 2)
    kept = covers(area, source)  # (N,)
    if kept.any():
        return Match(source[kept], target[kept], area, exact[kept])
    target = whole_cells(images)  # (M, 2)
    kept = covers(np.ones_like(area), target)  # (M,)
    return Match(own[kept], target[kept], area, own[kept] + 0.5)


def box_cells(points: np.ndarray, margin: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """List the cells (N, 2) xy of a grid (h, w) in the upright box around points (M, 2), widened by a margin (2,)."""
    limit = np.array(shape[::-1])  # (2,)
    left, top = np.floor(points.min(0) - margin).clip(0, limit).astype(np.int64)
    right, bottom = np.ceil(points.max(0) + margin).clip(0, limit).astype(np.int64)
    y, x = np.mgrid[top:bottom, left:right]
    return np.stack([x.ravel(), y.ravel()], axis=1)
