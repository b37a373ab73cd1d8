"""The pixels of many triangles, found row by row."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..grid.cells import steps

SLACK = 1e-6  # of a triangle's side
MOST_PIXELS = 1 << 17  # at once


class Pixels(NamedTuple):
    """Pixels in the rows of triangles."""

    owner: np.ndarray  # (N,) number of the triangle
    x: np.ndarray  # (N,) int64
    y: np.ndarray  # (N,) int64

    def centres(self) -> np.ndarray:
        """Their centres (N, 2) xy."""
        return np.stack([self.x, self.y], axis=1) + 0.5

    def mapped(self, matrices: np.ndarray) -> np.ndarray:
        """Their centres mapped by the matrix (T, 2, 3) of their triangle, (N, 2) xy."""
        x, y = self.x + 0.5, self.y + 0.5
        mapped = np.empty((len(x), 2))
        for axis, rows in enumerate(matrices.swapaxes(0, 1)):
            a, b, c = (column.take(self.owner) for column in rows.T)  # (N,) each
            mapped[:, axis] = a * x + b * y + c
        return mapped


class Runs(NamedTuple):
    """Runs of pixels in rows."""

    owner: np.ndarray  # (S,) number of the triangle
    row: np.ndarray  # (S,) int64
    first: np.ndarray  # (S,) int64, column
    length: np.ndarray  # (S,) int64


def covered_pixels(triangles: np.ndarray, shape: tuple[int, int]) -> Iterator[Pixels]:
    """List the pixels of a grid (h, w) whose centres triangles (T, 3, 2) hold, triangle by triangle, some at a time.

    The sides of a triangle belong to it, so a pixel may be held by several. None of the triangles may be flat.
    """
    spans = triangle_spans(triangles, shape)
    bounds = np.searchsorted(spans.length.cumsum(), np.arange(MOST_PIXELS, spans.length.sum(), MOST_PIXELS))
    for owner, row, first, length in zip(*(np.split(part, bounds) for part in spans), strict=True):
        which, step = steps(length)  # (N,) each
        yield Pixels(owner[which], first[which] + step, row[which])


def triangle_spans(triangles: np.ndarray, shape: tuple[int, int]) -> Runs:
    """The runs of pixels of a grid (h, w) whose centres triangles (T, 3, 2) hold."""
    height, width = shape
    low = np.ceil(triangles[..., 1].min(1) - 0.5 - SLACK).clip(0, height).astype(np.int64)  # (T,)
    high = np.floor(triangles[..., 1].max(1) + 0.5 + SLACK).clip(0, height).astype(np.int64)  # (T,)
    owner, step = steps((high - low).clip(min=0))  # (S,) each
    row = low[owner] + step
    sides = half_planes(triangles)[owner]  # (S, 3, 3)
    across, rest = sides[..., 0], sides[..., 1] * (row + 0.5)[:, None] + sides[..., 2]  # (S, 3) each
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -rest / across  # (S, 3)
    left = np.where(across > 0, crossing, -np.inf).max(1)
    right = np.where(across < 0, crossing, np.inf).min(1)
    first = np.ceil(left - 0.5).clip(0, width).astype(np.int64)
    last = np.floor(right + 0.5).clip(0, width).astype(np.int64)
    held = ~((across == 0) & (rest < 0)).any(1) & (last > first)
    return Runs(owner[held], row[held], first[held], (last - first)[held])


def half_planes(triangles: np.ndarray) -> np.ndarray:
    """The sides of triangles (T, 3, 2) as (T, 3, 3) a, b, c with a x + b y + c >= 0 inside, and a little beyond."""
    clockwise = np.sign(signed_areas(triangles))[:, None]  # (T, 1)
    side = np.roll(triangles, -1, axis=1) - triangles  # (T, 3, 2)
    across, down = -clockwise * side[..., 1], clockwise * side[..., 0]  # (T, 3) each
    slack = SLACK * np.abs(side).max((1, 2))[:, None]  # (T, 1)
    return np.stack([across, down, slack - across * triangles[..., 0] - down * triangles[..., 1]], axis=2)


def signed_areas(triangles: np.ndarray) -> np.ndarray:
    """Twice the areas (T,) of triangles (T, 3, 2), positive where they turn clockwise on screen."""
    (ax, ay), (bx, by) = (triangles[:, 1] - triangles[:, 0]).T, (triangles[:, 2] - triangles[:, 0]).T
    return ax * by - ay * bx
