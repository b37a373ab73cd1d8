"""Polygons mapped onto each other corner by corner: affine, perspective, or piecewise affine (RegionDrag)."""

import numpy as np

from .areas import Area
from .drag import Extent
from .match import Match
from .region_cells import fill_polygon
from .triangulation import check_simple, ear_clip, is_convex

SMALLEST_DEPTH = 1e-6


def match_polygons(source: np.ndarray, target: np.ndarray, grid: Extent, place: str) -> Match:
    """Map the cells of a polygon onto those of another with as many corners, corner onto corner (RegionDrag).

    source, target: (V, 2) xy in cells. A triangle maps by an affine and a convex quadrilateral by a perspective
    transform, evaluated at whole coordinates and truncated (reference behaviour); any other simple polygon triangle by
    triangle. Cells of the outline count as inside, so a source may lie just outside its polygon; both shapes may leave
    the grid. Raises ValueError, naming the place, for outlines that cross themselves or lie on one line.
    """
    check_simple(source, f"{place}.source")
    check_simple(target, f"{place}.target")
    area, landing = (Area.of(fill_polygon(corners, grid)) for corners in (source, target))
    if len(target) == 4 and is_convex(source) and is_convex(target):
        middle = target.mean(0)  # (2,), safely on this side of the horizon
        matrix = perspective(target - middle, source)  # (3, 3)

        def mapped(points: np.ndarray) -> np.ndarray:
            return apply_perspective(matrix, points - middle)
    else:
        triangles = ear_clip(target, f"{place}.target")  # (T, 3)
        owner = label_triangles(target[triangles], grid)  # (h, w)
        landing = Area.of(owner >= 0)
        matrices = affine_maps(target[triangles], source[triangles])

        def mapped(points: np.ndarray) -> np.ndarray:
            x, y = np.floor(points).astype(np.int64).T
            return apply_affine(matrices[owner[y, x]], points)

    return Match(area, landing, lambda cells: mapped(cells + 0.5), lambda cells: mapped(cells).astype(np.int64))


def label_triangles(triangles: np.ndarray, grid: Extent) -> np.ndarray:
    """Number the cells (h, w) by the triangle (T, 3, 2) they lie in, the last of several; -1 outside of all."""
    owner = np.full((grid.height, grid.width), -1)
    for number, corners in enumerate(triangles):
        owner[fill_polygon(corners, grid)] = number
    return owner


def affine_maps(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Find the matrices (T, 2, 3) that take triangles (T, 3, 2) to others of the same shape."""
    homogeneous = np.concatenate([start, np.ones((*start.shape[:2], 1))], axis=2)  # (T, 3, 3)
    return np.linalg.solve(homogeneous, end).swapaxes(1, 2)


def apply_affine(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map points (N, 2) by one matrix each (N, 2, 3) in float64, rounded to (N, 2) float32."""
    x, y = points.T[..., None]  # (N, 1) each
    return (matrices[..., 0] * x + matrices[..., 1] * y + matrices[..., 2]).astype(np.float32)


def perspective(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Find the matrix (3, 3) that takes the corners of a quadrilateral (4, 2) around the origin to those of another."""
    (x, y), (u, v) = start.T, end.T  # (4,) each
    one, zero = np.ones(4), np.zeros(4)
    for_u = np.stack([x, y, one, zero, zero, zero, -x * u, -y * u], axis=1)  # (4, 8)
    for_v = np.stack([zero, zero, zero, x, y, one, -x * v, -y * v], axis=1)  # (4, 8)
    entries = np.linalg.solve(np.concatenate([for_u, for_v]), np.concatenate([u, v]))  # (8,)
    return np.append(entries, 1).reshape(3, 3)


def apply_perspective(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map points (N, 2) by a matrix (3, 3) in float64, rounded to (N, 2) float32; none comes from past the horizon."""
    x, y, depth = matrix[:, :2] @ points.T + matrix[:, 2:]  # (N,) each
    return (np.stack([x, y], axis=1) / depth.clip(min=SMALLEST_DEPTH)[:, None]).astype(np.float32)
