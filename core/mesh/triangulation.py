"""Simple polygons: checked, and simplified."""

import heapq

import numpy as np

from ..grid.raster import refuse_flat

STRAIGHT = 0.01


def check_simple(corners: np.ndarray, place: str) -> None:
    """Raise ValueError, naming the place, where the corners (V, 2) lie on one line or two sides cross or touch."""
    refuse_flat(corners, place)
    count = len(corners)
    if count == 3:
        return
    some, others = np.triu_indices(count, 2)  # sides that share no corner, but for the last and the first
    some, others = some[(some > 0) | (others < count - 1)], others[(some > 0) | (others < count - 1)]
    ends = np.roll(corners, -1, axis=0)  # (V, 2)
    met = segments_meet(corners[some], ends[some], corners[others], ends[others])
    if met.any():
        side, other = some[met.argmax()], others[met.argmax()]
        raise ValueError(
            f"{place}: the side from point {side + 1} to {side + 2} meets the side from point {other + 1} to "
            f"{(other + 1) % count + 1}; draw the outline without crossing or touching itself."
        )


def segments_meet(start: np.ndarray, end: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Tell which of N pairs of segments, all (N, 2), cross or touch."""
    apart = (np.maximum(starts, ends) < np.minimum(start, end)) | (np.minimum(starts, ends) > np.maximum(start, end))
    around = turn(start, end, starts) * turn(start, end, ends) <= 0  # (N,)
    within = turn(starts, ends, start) * turn(starts, ends, end) <= 0  # (N,)
    return around & within & ~(apart[:, 0] | apart[:, 1])


def turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Twice the signed area of the triangles a, b, c, each (..., 2): positive where they turn clockwise on screen."""
    ab, ac = b - a, c - a
    return ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]


def is_convex(corners: np.ndarray) -> bool:
    """Tell whether a quadrilateral (4, 2) turns the same way at every corner, none of them nearly straight.

    >>> is_convex(np.array([[0, 0], [4, 0], [4, 4], [0, 4]])), is_convex(np.array([[0, 0], [4, 0], [1, 1], [0, 4]]))
    (True, False)
    """
    ring = np.concatenate([corners[-1:], corners, corners[:1]])  # (6, 2)
    turns = turn(ring[:-2], corners, ring[2:]).tolist()
    least, most = sorted((min(turns), max(turns)), key=abs)
    return bool(least * most > 0 and abs(least) > STRAIGHT * abs(most))


def simplified(corners: np.ndarray, most: int) -> np.ndarray:
    """Choose at most so many corners of a closed outline (V, D): those that the rest lies nearest to, (K,) ascending.

    The chain of corners that is farthest from its chord is split where it is, and so on (Douglas and Peucker, 1973).
    """
    if len(corners) <= most:
        return np.arange(len(corners))
    ring = np.concatenate([corners, corners[:1]])
    half = int(((corners - corners[0]) ** 2).sum(1).argmax())
    chains, chosen = [farthest(ring, 0, half), farthest(ring, half, len(corners))], [0, half]
    heapq.heapify(chains)
    while len(chosen) < most and chains:
        _, start, tip, end = heapq.heappop(chains)
        if start < tip < end:
            chosen.append(tip)
            heapq.heappush(chains, farthest(ring, start, tip))
            heapq.heappush(chains, farthest(ring, tip, end))
    return np.sort(chosen)


def farthest(points: np.ndarray, start: int, end: int) -> tuple[float, int, int, int]:
    """Of the points (V, D) between two, the one farthest from the line between these: minus its distance, and where."""
    inner, chord = points[start + 1 : end] - points[start], points[end] - points[start]
    if not len(inner):
        return 0.0, start, start, end
    along = (inner @ chord / max(chord @ chord, 1e-12)).clip(0, 1)  # (N,)
    distances = ((inner - along[:, None] * chord) ** 2).sum(1)  # (N,)
    return -float(distances.max()), start, start + 1 + int(distances.argmax()), end
