"""Polygons mapped onto each other corner by corner: affine, perspective, or piecewise affine (RegionDrag)."""

import numpy as np

from ..grid.areas import Area
from ..mesh.compatible import Pieces, compatible_pieces
from ..mesh.triangles import covered_pixels, half_planes, signed_areas
from ..mesh.triangulation import check_simple, is_convex, simplified
from .map import Match
from .whole import linear_image, match_linear

SMALLEST_DEPTH = 1e-6
MOST_CORNERS = 256
MOST_SIDES = 1 << 20  # of triangles, that points are held against at once
THINNEST = 1e-9
BEYOND = 1  # cells that the outline may come from outside of the source


def match_polygons(source: np.ndarray, target: np.ndarray, area: Area, landing: Area, place: str) -> Match:
    """Map the cells of a polygon onto those of another with as many corners, corner onto corner (RegionDrag).

    source, target: (V, 2) xy in cells; area, landing: what of the grid they cover, with their outlines, so that a
    source may lie just outside its polygon; both may leave the grid. A triangle maps by an affine and a convex
    quadrilateral by a perspective transform, evaluated at whole coordinates and truncated (reference behaviour); a
    polygon that is the other under a linear map by that; any other simple polygon triangle by triangle, without tears
    and folds. Of very many corners only those count that shape the outlines most. Raises ValueError, naming the place,
    for outlines that cross themselves or lie on one line.
    """
    if len(target) > MOST_CORNERS:
        chosen = simplified(np.concatenate([source, target], axis=1), MOST_CORNERS)
        source, target = source[chosen], target[chosen]
    if len(target) == 4 and is_convex(source) and is_convex(target):
        return by_perspective(source, target, area, landing)
    check_simple(source, f"{place}.source")
    check_simple(target, f"{place}.target")
    back = linear_image(target, source)
    if back is not None:
        return match_linear(back, area, landing)
    pieces = compatible_pieces(source, target)
    if pieces is None:
        raise ValueError(f"{place}: an outline folds back on itself; draw it without touching itself.")
    return by_pieces(pieces, area, landing)


def by_perspective(source: np.ndarray, target: np.ndarray, area: Area, landing: Area) -> Match:
    """Map convex quadrilaterals (4, 2)."""
    middle = target.mean(0)  # (2,), safely on this side of the horizon
    matrix = perspective(target - middle, source)  # (3, 3)

    def mapped(points: np.ndarray) -> np.ndarray:
        return apply_perspective(matrix, points - middle)

    return Match(area, landing, lambda cells: mapped(cells + 0.5), lambda cells: mapped(cells).astype(np.int64))


def by_pieces(pieces: Pieces, area: Area, landing: Area) -> Match:
    """Map polygons piece by piece."""
    wide = np.abs(signed_areas(pieces.target)) > THINNEST
    triangles = pieces.target[wide]  # (T, 3, 2)
    matrices = affine_maps(triangles, pieces.source[wide])  # (T, 2, 3)
    owner = owners(triangles, landing)  # (h', w')

    low, high = (end(pieces.source.reshape(-1, 2), axis=0) for end in (np.min, np.max))  # (2,) each

    def mapped(cells: np.ndarray, centre: float) -> np.ndarray:
        which = owner[cells[:, 1] - landing.top, cells[:, 0] - landing.left]  # (N,)
        points = apply_affine(matrices[which], cells + centre)
        return points if len(matrices) == 1 else points.clip(low - BEYOND, high + BEYOND).astype(np.float32)

    return Match(area, landing, lambda cells: mapped(cells, 0.5), lambda cells: mapped(cells, 0).astype(np.int64))


def owners(triangles: np.ndarray, landing: Area) -> np.ndarray:
    """The triangle (T, 3, 2) that holds the centre of each cell of an area, or else the nearest one: (h', w') int32."""
    shifted = triangles - (landing.left, landing.top)
    height, width = landing.inside.shape
    owner = np.full((height, width), -1 if len(triangles) > 1 else 0, dtype=np.int32)
    if len(triangles) == 1:
        return owner
    for cells in covered_pixels(shifted, (height, width)):
        owner[cells.y, cells.x] = cells.owner
    y, x = (landing.inside & (owner < 0)).nonzero()
    owner[y, x] = nearest_triangles(shifted, np.stack([x, y], axis=1) + 0.5)
    return owner


def nearest_triangles(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The triangle (T, 3, 2) whose sides each of some points (N, 2) outside of all lies least beyond, (N,)."""
    a, b, c = np.moveaxis(half_planes(triangles), 2, 0)  # (T, 3) each
    a, b, c = (part / np.hypot(a, b) for part in (a, b, c))
    at_once = max(1, MOST_SIDES // a.size)
    some = (points[start : start + at_once].T[..., None, None] for start in range(0, len(points), at_once))
    nearest = [(a * x + b * y + c).min(2).argmax(1) for x, y in some]
    return np.concatenate([np.zeros(0, dtype=np.int64), *nearest])


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
    equations = np.zeros((2, 4, 8))  # for x and y of every corner's end
    equations[0, :, :2] = equations[1, :, 3:5] = start
    equations[0, :, 2] = equations[1, :, 5] = 1
    equations[..., 6:] = -start * end.T[..., None]
    entries = np.linalg.solve(equations.reshape(8, 8), end.T.reshape(8))  # (8,)
    return np.append(entries, 1).reshape(3, 3)


def apply_perspective(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map points (N, 2) by a matrix (3, 3) in float64, rounded to (N, 2) float32; none comes from past the horizon."""
    mapped = matrix[:, :2] @ points.T + matrix[:, 2:]  # (3, N)
    return (mapped[:2] / np.maximum(mapped[2], SMALLEST_DEPTH)).T.astype(np.float32, order="C")
