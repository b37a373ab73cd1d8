"""Simple polygons: checked, and split into triangles by ear clipping."""

import numpy as np

from .region_cells import refuse_flat

STRAIGHT = 0.01


def check_simple(corners: np.ndarray, place: str) -> None:
    """Raise ValueError, naming the place, where the corners (V, 2) lie on one line or two sides cross or touch."""
    refuse_flat(corners, place)
    starts, ends = corners, np.roll(corners, -1, axis=0)  # (V, 2) each
    count = len(corners)
    for side in range(count - 2):
        others = np.arange(side + 2, count - (side == 0))  # sides that share no corner with this one
        met = others[segments_meet(starts[side], ends[side], starts[others], ends[others])]
        if len(met):
            raise ValueError(
                f"{place}: the side from point {side + 1} to {side + 2} meets the side from point {met[0] + 1} to "
                f"{(met[0] + 1) % count + 1}; draw the outline without crossing or touching itself."
            )


def segments_meet(start: np.ndarray, end: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Tell which of N segments cross or touch the segment from start to end (2,); starts, ends: (N, 2)."""
    apart = (np.maximum(starts, ends) < np.minimum(start, end)) | (np.minimum(starts, ends) > np.maximum(start, end))
    around = turn(start, end, starts) * turn(start, end, ends) <= 0  # (N,)
    within = turn(starts, ends, start) * turn(starts, ends, end) <= 0  # (N,)
    return around & within & ~apart.any(1)


def turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Twice the signed area of the triangles a, b, c, each (..., 2): positive where they turn clockwise on screen."""
    ab, ac = b - a, c - a
    return ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]


def is_convex(corners: np.ndarray) -> bool:
    """Tell whether a simple polygon (V, 2) turns the same way at every corner, none of them nearly straight."""
    turns = turn(np.roll(corners, 1, axis=0), corners, np.roll(corners, -1, axis=0))  # (V,)
    return bool((np.sign(turns) == np.sign(turns[0])).all() and np.abs(turns).min() > STRAIGHT * np.abs(turns).max())


def ear_clip(corners: np.ndarray, place: str) -> np.ndarray:
    """Split a simple polygon (V, 2) into triangles that share its corners.

    Returns (V - 2, 3) int64 indices of corners. Raises ValueError, naming the place, where an outline folds back on
    itself and so has no ear.
    """
    ring = list(range(len(corners)))
    if turn(corners[0], corners, np.roll(corners, -1, axis=0)).sum() < 0:
        ring.reverse()
    triangles = []
    while len(ring) > 3:
        tip = next((k for k in range(len(ring)) if is_ear(corners[ring], k)), None)
        if tip is None:
            raise ValueError(f"{place}: the outline folds back on itself; draw it without touching itself.")
        triangles.append([ring[tip - 1], ring[tip], ring[(tip + 1) % len(ring)]])
        ring = ring[tip + 1 :] + ring[:tip]  # the next search starts behind the ear, which keeps triangles compact
    return np.array([*triangles, ring])


def is_ear(corners: np.ndarray, tip: int) -> bool:
    """Tell whether the triangle at one corner of a clockwise polygon (V, 2) is inside and holds no other corner."""
    before, after = tip - 1, (tip + 1) % len(corners)
    a, b, c = corners[before], corners[tip], corners[after]
    if turn(a, b, c) <= 0:
        return False
    others = np.delete(corners, [before, tip, after], axis=0)  # (V - 3, 2)
    return not ((turn(a, b, others) >= 0) & (turn(b, c, others) >= 0) & (turn(c, a, others) >= 0)).any()
