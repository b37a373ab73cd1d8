"""Shapes as spans of pixels: in every row of a raster, the pixels whose centres lie inside.

By the same arithmetic as js/drag/raster.js, so that page and server agree to the pixel.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..instruction.spec import Polygon, Stroke

MOST_AT_ONCE = 1 << 20  # rows of edges or segments


class Spans(NamedTuple):
    """Pixels from `start` to before `stop` of a flattened raster, (N,) each."""

    start: np.ndarray
    stop: np.ndarray


class Rows(NamedTuple):
    """What crosses which rows: for every pair the index of an edge or a segment, and the row, (P,) each."""

    item: np.ndarray
    row: np.ndarray


def polygon_spans(polygons: Sequence[Polygon], height: int, width: int) -> Iterator[Spans]:
    """The spans of every polygon by the even-odd rule, some rows of all polygons at a time."""
    counts = [len(polygon.points) for polygon in polygons]
    owner = np.repeat(np.arange(len(polygons)), counts)  # (E,)
    x0, y0 = np.array([p for polygon in polygons for p in polygon.points], dtype=np.float64).T  # (E,)
    x1, y1 = np.array([p for polygon in polygons for p in polygon.points[1:] + polygon.points[:1]]).T
    top = np.minimum.reduceat(y0, np.cumsum([0, *counts[:-1]]))[owner]  # a row through the uppermost corner is outside
    first = np.maximum(np.ceil(np.minimum(y0, y1) - 0.5), np.floor(top - 0.5) + 1)
    last = np.ceil(np.maximum(y0, y1) - 0.5)
    for edge, row in crossed_rows(first, last, height):
        share = (row + 0.5 - y0[edge]) / (y1 - y0)[edge]  # (P,)
        crossing = x0[edge] + share * (x1 - x0)[edge]
        column = np.minimum(np.maximum(np.ceil(crossing - 0.5), 0), width).astype(
            np.int64
        )  # first centre at or past it
        place = np.sort((owner[edge] * height + row) * (width + 1) + column)  # in turn into and out of a polygon
        line, column = np.divmod(place, width + 1)
        flat = line % height * width + column
        yield Spans(flat[::2], flat[1::2])


def stroke_spans(strokes: Sequence[Stroke], height: int, width: int) -> Iterator[Spans]:
    """The spans of every segment of the strokes, some rows of all segments at a time.

    A row meets a segment's neighbourhood from the smallest x(t) - w(t) to the largest x(t) + w(t), where w is half the
    width of the disc around the point t of the segment; both are at an end of the segment or where their slope is 0.
    """
    if any(covers_all(stroke, height, width) for stroke in strokes):
        yield Spans(np.array([0]), np.array([height * width]))
        return
    lines = [(*a, *b, s.radius) for s in strokes for a, b in zip(s.points, s.points[1:] or s.points, strict=False)]
    x0, y0, x1, y1, radius = np.array(lines, dtype=np.float64).T  # (S,)
    dx, dy = x1 - x0, y1 - y0
    length = np.sqrt(dx * dx + dy * dy)
    lean = np.where(dy < 0, -1.0, 1.0) * radius * np.divide(dx, length, out=np.zeros_like(dx), where=length > 0)
    first = np.ceil(np.minimum(y0, y1) - radius - 0.5)
    last = np.floor(np.maximum(y0, y1) + radius - 0.5) + 1
    for segment, row in crossed_rows(first, last, height):
        r, v, slope = radius[segment], row + 0.5 - y0[segment], dy[segment]  # (P,)
        low, high = reached(v, slope, r)
        ends = []
        for side in (-1.0, 1.0):
            along = along_segment(v + side * lean[segment], slope, low, high, side * dx[segment])
            across = v - along * slope
            half = np.sqrt(np.maximum(r * r - across * across, 0))
            ends.append(x0[segment] + along * dx[segment] + side * half)
        start = np.clip(np.ceil(ends[0] - 0.5), 0, width).astype(np.int64)
        stop = np.clip(np.floor(ends[1] - 0.5) + 1, 0, width).astype(np.int64)
        inside = (start < stop) & (low <= high)
        yield Spans((row * width + start)[inside], (row * width + stop)[inside])


def covers_all(stroke: Stroke, height: int, width: int) -> bool:
    """Whether the disc around one of a stroke's points holds the whole raster."""
    x, y = np.array(stroke.points).T
    farthest = np.hypot(np.maximum(abs(x), abs(width - x)), np.maximum(abs(y), abs(height - y)))
    return bool(farthest.min() < stroke.radius)


def reached(v: np.ndarray, slope: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of a segment, from 0 to 1, whose discs meet a row v below its start; none is low > high."""
    level = slope == 0
    with np.errstate(over="ignore"):
        a, b = ((v + side) / np.where(level, 1, slope) for side in (-r, r))
    low, high = np.maximum(np.minimum(a, b), 0), np.minimum(np.maximum(a, b), 1)
    return np.where(level, 0, low), np.where(level, np.where(np.abs(v) <= r, 1, -1), high)


def along_segment(v: np.ndarray, slope: np.ndarray, low: np.ndarray, high: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Where the span of a row ends: at the point whose slope is 0, or the nearest that reaches the row."""
    with np.errstate(over="ignore"):
        found = np.where(slope == 0, np.where(way > 0, 1.0, 0.0), v / np.where(slope == 0, 1, slope))
    return np.minimum(np.maximum(found, low), high)


def crossed_rows(first: np.ndarray, last: np.ndarray, height: int) -> Iterator[Rows]:
    """Every item from its first row to before its last (N,), in bands of rows with about as many pairs each."""
    first = np.minimum(np.maximum(first, 0), height).astype(np.int64)
    last = np.maximum(np.minimum(last, height).astype(np.int64), first)
    for start, stop in bands(first, last, height):
        low, high = (first, last) if stop - start == height else (np.clip(end, start, stop) for end in (first, last))
        count = high - low
        item = np.repeat(np.arange(len(count)), count)  # (P,)
        row = np.arange(len(item)) - np.repeat(np.cumsum(count) - count - low, count)
        if len(item):
            yield Rows(item, row)


def bands(first: np.ndarray, last: np.ndarray, height: int) -> Iterator[tuple[int, int]]:
    """The rows in bands that items from first to before last (N,) cross about equally often."""
    if (last - first).sum() <= MOST_AT_ONCE:
        yield 0, height
        return
    change = np.bincount(first, minlength=height + 1) - np.bincount(last, minlength=height + 1)
    band = np.cumsum(np.cumsum(change)[:height]) // MOST_AT_ONCE  # (H,)
    edges = [0, *(np.flatnonzero(np.diff(band)) + 1).tolist(), height]
    yield from zip(edges, edges[1:], strict=False)
