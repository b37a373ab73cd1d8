"""Shapes as spans of pixels: in every row of a raster, the pixels whose centres lie inside.

By the same arithmetic as js/drag/raster.js, so that page and server agree to the pixel.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from ..instruction.geometry import Point
from ..instruction.spec import Outlines, Polygon, Stroke

MOST_AT_ONCE = 1 << 20  # rows of edges or segments


class Spans(NamedTuple):
    """Pixels from `start` to before `stop` of a flattened raster, (N,) each."""

    start: np.ndarray
    stop: np.ndarray


class CrossedRows(NamedTuple):
    """The rows that edges or segments cross, those of the first one first."""

    crossed: np.ndarray  # (N,) how many rows each crosses
    row: np.ndarray  # (P,)


class Sides(NamedTuple):
    """The sides of closed polygons."""

    start: np.ndarray  # (E, 2) xy
    end: np.ndarray  # (E, 2) xy
    owner: np.ndarray  # (E,) number of the shape that the polygon belongs to
    top: np.ndarray  # (E,) y of the polygon's uppermost corner

    @classmethod
    def of(cls, polygons: Sequence[np.ndarray], owners: Sequence[int] | None = None) -> "Sides":
        """Those of polygons (V, 2), each a shape of its own unless the numbers of their shapes are given."""
        counts = np.array([len(corners) for corners in polygons])
        start = np.concatenate(polygons)
        end = np.concatenate([part for corners in polygons for part in (corners[1:], corners[:1])])
        owner = np.arange(len(polygons)) if owners is None else np.array(owners)
        top = np.minimum.reduceat(start[:, 1], counts.cumsum() - counts)  # (P,)
        return cls(start, end, owner.repeat(counts), top.repeat(counts))


def fill(pixels: np.ndarray, spans: Spans, value: bool) -> None:
    """Sets the spans of a flattened raster, those that meet as one."""
    if not len(spans.start):
        return
    start, stop = np.sort(spans.start), np.sort(spans.stop)  # of spans that meet, only the first and the last count
    gap = np.flatnonzero(start[1:] > stop[:-1])
    starts, stops = np.concatenate([start[:1], start[gap + 1]]), np.concatenate([stop[gap], stop[-1:]])
    for first, end in zip(starts.tolist(), stops.tolist(), strict=True):
        pixels[first:end] = value


def outline_spans(shapes: Sequence[Polygon | Outlines], height: int, width: int) -> Iterator[Spans]:
    """The spans of every shape by the even-odd rule, some rows of all shapes at a time."""
    rings = [(n, ring) for n, shape in enumerate(shapes) for ring in rings_of(shape)]
    sides = Sides.of([corners_of(ring) for _, ring in rings], [n for n, _ in rings])
    for spans in even_odd_spans(sides, height, width):
        start = spans.start % (height * width)
        yield Spans(start, start + spans.stop - spans.start)


def corners_of(points: Sequence[Point]) -> np.ndarray:
    """Points as an array (V, 2) xy, thousands of them in passing."""
    return np.fromiter(chain.from_iterable(points), np.float64, 2 * len(points)).reshape(-1, 2)


def rings_of(shape: Polygon | Outlines) -> tuple[tuple[Point, ...], ...]:
    """The closed outlines of a shape."""
    return (shape.points,) if isinstance(shape, Polygon) else shape.rings


def even_odd_spans(sides: Sides, height: int, width: int) -> Iterator[Spans]:
    """The spans of every shape by the even-odd rule, each on a raster of its own, one after the other.

    A row through the uppermost corner of a polygon is outside of it.
    """
    (x0, y0), (x1, y1) = sides.start.T, sides.end.T  # (E,) each
    first = np.maximum(np.ceil(np.minimum(y0, y1) - 0.5), np.floor(sides.top - 0.5) + 1)
    last = np.ceil(np.maximum(y0, y1) - 0.5)
    edges = np.array([x0, y0, x1 - x0, y1 - y0])  # (4, E)
    for count, row in crossed_rows(first, last, height):
        left, top, across, down = edges.repeat(count, axis=1)  # (P,) each
        crossing = left + (row + 0.5 - top) / down * across
        column = np.minimum(np.maximum(np.ceil(crossing - 0.5), 0), width).astype(np.int64)  # first centre past it
        place = np.sort((sides.owner.repeat(count) * height + row) * (width + 1) + column)  # in turn in and out
        flat = place - place // (width + 1)
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
    segments = np.array([x0, y0, dx, dy, radius, lean])  # (6, S)
    for count, row in crossed_rows(first, last, height):
        left, right = segment_ends(row + 0.5, *segments.repeat(count, axis=1))  # (P,) each
        start = np.minimum(np.maximum(np.ceil(left - 0.5), 0), width).astype(np.int64)
        stop = np.minimum(np.maximum(np.floor(right - 0.5) + 1, start), width).astype(np.int64)
        yield Spans(row * width + start, row * width + stop)


def covers_all(stroke: Stroke, height: int, width: int) -> bool:
    """Whether the disc around one of a stroke's points holds the whole raster."""
    if 2 * stroke.radius <= math.hypot(width, height):
        return False
    x, y = corners_of(stroke.points).T
    farthest = np.hypot(np.maximum(abs(x), abs(width - x)), np.maximum(abs(y), abs(height - y)))
    return bool(farthest.min() < stroke.radius)


def segment_ends(
    y: np.ndarray, x0: np.ndarray, y0: np.ndarray, dx: np.ndarray, dy: np.ndarray, radius: np.ndarray, lean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where lines at y meet the neighbourhoods of segments first and last, (P,) each; past all for a miss."""
    v, level = y - y0, np.flatnonzero(dy == 0)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        a, b, *free = ((v + reach) / dy for reach in (-radius, radius, -lean, lean))
    low, high = np.maximum(np.minimum(a, b), 0), np.minimum(np.maximum(a, b), 1)  # the part whose discs reach the line
    low[level], high[level] = 0, np.where(np.abs(v[level]) <= radius[level], 1, -1)
    free[0][level], free[1][level] = dx[level] < 0, dx[level] > 0
    missed, ends = np.flatnonzero(low > high), []
    for side, along in zip((-1, 1), free, strict=True):
        along = np.minimum(np.maximum(along, low), high)
        across = v - along * dy
        half = np.sqrt(np.maximum(radius * radius - across * across, 0))
        ends.append(x0 + along * dx + side * half)
    for end in ends:
        end[missed] = np.inf
    return ends[0], ends[1]


def crossed_rows(first: np.ndarray, last: np.ndarray, height: int) -> Iterator[CrossedRows]:
    """Every item from its first row to before its last (N,), in bands of rows with about as many pairs each."""
    first = np.minimum(np.maximum(first, 0), height).astype(np.int64)
    last = np.maximum(np.minimum(last, height).astype(np.int64), first)
    for start, stop in bands(first, last, height):
        low, high = (first, last) if stop - start == height else (np.clip(end, start, stop) for end in (first, last))
        count = high - low
        before = count.cumsum() - count
        row = np.arange(count.sum()) + (low - before).repeat(count)  # (P,)
        if len(row):
            yield CrossedRows(count, row)


def bands(first: np.ndarray, last: np.ndarray, height: int) -> Iterator[tuple[int, int]]:
    """The rows in bands that items from first to before last (N,) cross about equally often."""
    if (last - first).sum() <= MOST_AT_ONCE:
        yield 0, height
        return
    change = np.bincount(first, minlength=height + 1) - np.bincount(last, minlength=height + 1)
    band = np.cumsum(np.cumsum(change)[:height]) // MOST_AT_ONCE  # (H,)
    edges = [0, *(np.flatnonzero(np.diff(band)) + 1).tolist(), height]
    yield from zip(edges, edges[1:], strict=False)
