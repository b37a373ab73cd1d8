"""A mask as outlines: its edge traced between the pixels, and drawn with as few corners as keep every pixel.

By the same rules as js/drag/vectorise.js. Coordinates are doubled here, so that centres of pixels are whole, too.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from .bounds import MOST_POINTS
from .geometry import Point
from .spec import Outlines

WAYS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])  # xy, clockwise from the right
MOST_SIDES = 400_000
PIECES = 8  # of a straight run, at whose ends a corner may be kept
FARTHEST = 256  # pieces ahead to which a line is tried
USUAL = 150  # corners, of which up to two kilobytes are written


def vectorise(mask: np.ndarray) -> Outlines:
    """Draw around a mask (H, W) bool, its holes left out, in whole coordinates and with as few corners as may be.

    The path along the sides between pixels inside and outside is cut short by straight lines as long as these pass
    every pair of such pixels between the two centres, so the raster of it is the mask again. Where that takes more
    corners than usual, the lines may pass the centres by less than half a pixel: of the raster then only pixels differ
    that are half a pixel from the edge. Raises ValueError for a mask with nothing in it, or with a longer edge than
    an instruction may have.

    >>> vectorise(np.ones((2, 3), dtype=bool)).rings
    ((Point(x=0.0, y=0.0), Point(x=3.0, y=0.0), Point(x=3.0, y=2.0), Point(x=0.0, y=2.0)),)
    """
    if not mask.any():
        raise ValueError("the mask is empty, so there is nothing to draw around.")
    corners, ways = sides(mask)
    if len(ways) > MOST_SIDES:
        raise ValueError(f"the edge of the mask is {len(ways):,} pixels long, over {MOST_SIDES:,}; smooth the mask.")
    rings = straightened(Stops.of(corners, ways))
    if sum(map(len, rings)) > USUAL:
        loose = straightened(Stops.of(corners, ways, reach=2))
        rings = [fewer if len(fewer) > 2 else ring for ring, fewer in zip(rings, loose, strict=True)]
    count = sum(map(len, rings))
    if count > MOST_POINTS:
        raise ValueError(f"the edge of the mask needs {count:,} points, over {MOST_POINTS:,}; smooth the mask.")
    return Outlines(tuple(tuple(Point(*corner) for corner in ring.tolist()) for ring in rings))


def sides(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the sides between pixels of a mask (H, W) and others begin, (E, 2) xy, and which way each leads, (E,).

    The mask lies to their right. Those that lead to the right come first, those of one way in raster order.
    """
    inside = np.pad(mask, 1)
    here, above, before = inside[1:, 1:], inside[:-1, 1:], inside[1:, :-1]
    found = [(here & ~above, (0, 0)), (before & ~here, (0, 0)), (above & ~here, (1, 0)), (here & ~before, (0, 1))]
    begins = [np.argwhere(edge)[:, ::-1] + start for edge, start in found]
    return np.concatenate(begins), np.arange(4).repeat([len(some) for some in begins])


def successors(corners: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """The side (E,) that goes on where each one ends; of two the one to the left, so that pixels hang together."""
    stride = corners[:, 0].max() + 2
    start, end = corners @ (1, stride), (corners + WAYS[ways]) @ (1, stride)  # (E,) each
    order = start.argsort(kind="stable")
    found = np.searchsorted(start[order], end)
    first, second = order[found], order[np.minimum(found + 1, len(order) - 1)]
    return np.where((start[second] == end) & (ways[second] == (ways - 1) % 4), second, first)


def walked(following: list[int]) -> list[list[int]]:
    """The closed ways along sides of which each is followed by another one."""
    unseen, rings = bytearray(b"\1") * len(following), []
    for first in range(len(following)):
        ring, here = [], first
        while unseen[here]:
            unseen[here] = 0
            ring.append(here)
            here = following[here]
        if ring:
            rings.append(ring)
    return rings


class Stops(NamedTuple):
    """Where closed paths between pixels may keep a corner, ring after ring, the first of each also as its last."""

    corner: np.ndarray  # (N, 2) xy, doubled
    closes: np.ndarray  # (N,) bool, the last one of a ring
    inner: np.ndarray  # (N, 2, 2) xy, doubled: how far inside a line may pass the first and last side up to the next
    outer: np.ndarray  # (N, 2, 2) xy, doubled: how far outside

    @classmethod
    def of(cls, corners: np.ndarray, ways: np.ndarray, reach: int = 1) -> "Stops":
        """Those of sides that begin at corners (E, 2) and lead the ways (E,); reach: of lines past them, doubled."""
        first, last, closes = [], [], []
        for ring in map(np.array, walked(successors(corners, ways).tolist())):
            begins = kept_sides(ways[ring])
            first += [ring[begins], ring[:1]]
            last += [ring[np.append(begins[1:], len(ring)) - 1], ring[:1]]
            closes += [np.arange(len(begins) + 1) == len(begins)]
        runs = np.stack([np.concatenate(first), np.concatenate(last)], axis=1)  # (N, 2)
        middles, right = 2 * corners[runs] + WAYS[ways[runs]], reach * WAYS[(ways[runs] + 1) % 4]  # (N, 2, 2) each
        return cls(2 * corners[runs[:, 0]], np.concatenate(closes), middles + right, middles - right)


def kept_sides(ways: np.ndarray) -> np.ndarray:
    """Where a closed path may keep a corner: the numbers of the sides (E,) behind its bends and along straight runs."""
    bends = np.flatnonzero(ways != np.roll(ways, 1))  # the first side is behind one
    lengths = np.diff(bends, append=len(ways))
    return np.unique(bends[:, None] + lengths[:, None] * np.arange(PIECES) // PIECES)


def straightened(stops: Stops) -> list[np.ndarray]:
    """The corners that are left of every ring, (V, 2) xy each, where straight lines pass as many as they can."""
    starts, ends = visible(stops)  # (L,) each
    count, last = len(stops.corner), np.flatnonzero(stops.closes)
    first = np.concatenate([[0], last[:-1] + 1])
    lines = np.concatenate([np.full(len(first), count), starts]), np.concatenate([first, ends])  # from one source
    graph = coo_array((np.ones(len(lines[0]), dtype=np.int8), lines), shape=(count + 1, count + 1)).tocsr()
    before = breadth_first_order(graph, count)[1].tolist()
    rings = []
    for here in last.tolist():
        ring = []
        while (here := before[here]) != count:
            ring.append(here)
        rings.append(stops.corner[ring[::-1]] / 2)
    return rings


def visible(stops: Stops) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of stops, (L,) each, of which a straight line passes all sides in between as the path does.

    From every stop at once: the cone of directions that pass all sides so far, one more piece of the path at a time.
    """
    start = np.flatnonzero(~stops.closes)
    left, right = (part[start, 0] - stops.corner[start] for part in (stops.outer, stops.inner))  # (S, 2) each
    found, at = [], start
    for _ in range(FARTHEST):
        for side in (0, 1):
            a, b = (part[at, side] - stops.corner[start] for part in (stops.outer, stops.inner))  # (S, 2) each
            open_ = (cross(left, b) > 0) & (cross(a, right) > 0) & (cross(a, b) > 0)
            start, at, left, right, a, b = (part[open_] for part in (start, at, left, right, a, b))
            left = np.where((cross(left, a) > 0)[:, None], a, left)
            right = np.where((cross(right, b) < 0)[:, None], b, right)
        at = at + 1
        way = stops.corner[at] - stops.corner[start]
        seen = (cross(left, way) > 0) & (cross(way, right) > 0)
        found.append((start[seen], at[seen]))
        start, at, left, right = (part[~stops.closes[at]] for part in (start, at, left, right))
        if not len(start):
            break
    starts, ends = zip(*found, strict=True)
    return np.concatenate(starts), np.concatenate(ends)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether directions b (N, 2) lie clockwise from directions a (N, 2) on the screen, above 0 if so, (N,)."""
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
