"""Two simple polygons cut into triangles that correspond, so that the map between them neither tears nor folds.

Where a set of triangles between the corners is valid in both, that of least distortion; otherwise each polygon has its
own, and the map leads over a convex polygon, where both are valid (Aronov, Seidel, Souvaine: On compatible
triangulations of simple polygons, 1993).
"""

from typing import NamedTuple

import numpy as np

from .triangulation import turn

FLATTEST = 1e-9  # of a polygon's area
MOST_DISTORTION = 1e6
INVALID = 1e12
UNWANTED = 1e3  # of triangles that only the other polygon needs not have


class Pieces(NamedTuple):
    """Triangles that tile the target, and what each comes from."""

    target: np.ndarray  # (T, 3, 2) xy
    source: np.ndarray  # (T, 3, 2) xy


class Outline(NamedTuple):
    """A polygon with twice its area, negative where it turns the other way."""

    corners: np.ndarray  # (V, 2) xy
    area: float

    @classmethod
    def of(cls, corners: np.ndarray) -> "Outline":
        return cls(corners, float(turn(corners[0], corners, np.roll(corners, -1, axis=0)).sum()))

    def shares(self, *ends: np.ndarray) -> np.ndarray:
        """The areas of triangles between corners of these numbers as shares of its own, negative outside."""
        return turn(*(self.corners[end] for end in ends)) / self.area


def compatible_pieces(source: np.ndarray, target: np.ndarray) -> Pieces | None:
    """Cut simple polygons (V, 2) into triangles, corner onto corner; None where one has no triangles."""
    if len(target) == 3:
        return Pieces(target[None], source[None])
    outlines = Outline.of(source), Outline.of(target)
    common = best_triangles(*outlines, INVALID, INVALID)  # (V - 2, 3)
    if tile(outlines[0], common) and tile(outlines[1], common):
        return Pieces(target[common], source[common])
    own = best_triangles(*outlines, INVALID, UNWANTED), best_triangles(*outlines, UNWANTED, INVALID)
    if not all(tile(outline, triangles) for outline, triangles in zip(outlines, own, strict=True)):
        return None
    return through_convex(*outlines, *own)


def tile(outline: Outline, triangles: np.ndarray) -> bool:
    """Tell whether triangles (T, 3) between the corners all lie inside, and so tile the polygon."""
    return bool((outline.shares(*triangles.T) > FLATTEST).all())


def best_triangles(source: Outline, target: Outline, source_cost: float, target_cost: float) -> np.ndarray:
    """Choose V - 2 triangles between the corners so that the sum of their costs is least, (V - 2, 3) corner numbers.

    The cost of a triangle is its distortion, and those given where it lies outside one of the polygons. By dynamic
    programming over the chains of corners that a diagonal cuts off.
    """
    count = len(target.corners)
    of_start, of_end = np.zeros((2, count, count))  # costs of the chain of a length from a corner on, and up to it
    choice = np.zeros((count, count), dtype=np.int64)
    for length in range(2, count):
        start = np.arange(count - length)[:, None]  # (S, 1)
        tip = start + np.arange(1, length)  # (S, length - 1)
        costs = triangle_costs(source, target, (start, tip, start + length), source_cost, target_cost)
        costs += of_start[: count - length, 1:length] + of_end[length:, length - 1 : 0 : -1]
        best = costs.argmin(1)  # (S,)
        choice[: count - length, length] = best + 1
        of_start[: count - length, length] = of_end[length:, length] = costs[np.arange(len(best)), best]
    return chosen_triangles(choice)


def chosen_triangles(choice: np.ndarray) -> np.ndarray:
    """The triangles (V - 2, 3) of all corners by the best tip (V, V) of each chain, as its start and length."""
    triangles, chains = [], [(0, len(choice) - 1)]
    while chains:
        start, length = chains.pop()
        if length > 1:
            part = int(choice[start, length])
            triangles.append((start, start + part, start + length))
            chains += [(start, part), (start + part, length - part)]
    return np.array(triangles)


def triangle_costs(
    source: Outline, target: Outline, ends: tuple[np.ndarray, ...], source_cost: float, target_cost: float
) -> np.ndarray:
    """The costs of triangles between corners: how unevenly they are stretched, weighted by their share of the areas."""
    share, source_share = target.shares(*ends), source.shares(*ends)
    a, b, c = (target.corners[end] for end in ends)
    p, q, r = (source.corners[end] for end in ends)
    stretch = dot(b - a, c - a) * square(q - r) + dot(a - b, c - b) * square(r - p) + dot(a - c, b - c) * square(p - q)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # sum of cotangents times squared sides: the Dirichlet energy of the map, here over its area
        uneven = np.abs(stretch / (share * source_share * target.area * source.area))
        costs = np.fmin(uneven * np.abs(share + source_share), MOST_DISTORTION)
    return costs + source_cost * (source_share <= FLATTEST) + target_cost * (share <= FLATTEST)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1]


def square(a: np.ndarray) -> np.ndarray:
    return dot(a, a)


def through_convex(source: Outline, target: Outline, of_source: np.ndarray, of_target: np.ndarray) -> Pieces:
    """Lead from triangles (T, 3) of the target over a regular polygon to those of the source, cut where they meet."""
    angle = np.arange(len(target.corners)) * 2 * np.pi / len(target.corners)
    regular = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (V, 2)
    pieces = []
    for there, here in zip(*overlaps(regular, of_target, of_source), strict=True):
        overlap = clipped_polygon(regular[of_target[there]], regular[of_source[here]])  # (K, 2)
        ways = ((of_target[there], target), (of_source[here], source))
        ends = [carried(overlap, regular[triangle], outline.corners[triangle]) for triangle, outline in ways]
        pieces += [[end[[0, k, k + 1]] for end in ends] for k in range(1, len(overlap) - 1)]
    return Pieces(*np.array(pieces).swapaxes(0, 1))


def overlaps(corners: np.ndarray, some: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which triangles (S, 3) between corners (V, 2) of a convex polygon meet which others (T, 3), (K,) each."""
    return (~beyond(corners, some, others) & ~beyond(corners, others, some).T).nonzero()


def beyond(corners: np.ndarray, some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which triangles (S, 3) have a side that all of another (T, 3) lies beyond, (S, T)."""
    starts, ends = corners[some], corners[np.roll(some, -1, axis=1)]  # (S, 3, 2) each
    depths = turn(starts[:, :, None], ends[:, :, None], corners)  # (S, 3, V)
    return np.any(np.all(depths[..., others] <= FLATTEST, 3), 1)


def carried(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Carry points (N, 2) along with the corners of a triangle (3, 2) that goes to another."""
    a, b, c = start
    second, third = turn(a, points, c) / turn(a, b, c), turn(a, b, points) / turn(a, b, c)  # (N,) each
    return end[0] + second[:, None] * (end[1] - end[0]) + third[:, None] * (end[2] - end[0])


def clipped_polygon(polygon: np.ndarray, triangle: np.ndarray) -> np.ndarray:
    """What of a convex polygon (K, 2) lies in a clockwise triangle (3, 2)."""
    for start, end in zip(triangle, np.roll(triangle, -1, axis=0), strict=True):
        depth = turn(start, end, polygon)  # (K,)
        following, after = np.roll(polygon, -1, axis=0), np.roll(depth, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = polygon + (following - polygon) * (depth / (depth - after))[:, None]
        kept = np.stack([depth >= 0, depth * after < 0], axis=1)  # (K, 2)
        polygon = np.stack([polygon, crossing], axis=1)[kept]
    return polygon
