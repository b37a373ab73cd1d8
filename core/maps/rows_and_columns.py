"""Masks of any shape mapped onto each other by columns and rows (RegionDrag, Algorithm 1)."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..grid.areas import Area
from .map import Match, Origin

SPAN_EPS = np.float32(1e-4)
SPAN_BLUR = 5  # columns


class ColumnSpans(NamedTuple):
    """The first and the last set row of every column that holds any."""

    columns: np.ndarray  # (C,) int64, ascending
    top: np.ndarray  # (C,) float32
    bottom: np.ndarray  # (C,) float32

    @classmethod
    def of(cls, area: Area) -> "ColumnSpans":
        held = area.inside.any(0)
        window = area.inside if held.all() else area.inside[:, held]
        top, bottom = window.argmax(0) + area.top, area.top + len(window) - 1 - window[::-1].argmax(0)
        return cls(held.nonzero()[0] + area.left, top.astype(np.float32), bottom.astype(np.float32))

    def at(self, area: Area) -> np.ndarray:
        """The number of every column between the first and the last one, meaningful where it holds any."""
        number = np.zeros(area.inside.shape[1], dtype=np.int64)
        number[self.columns - area.left] = np.arange(len(self.columns))
        return number


def match_rows_and_columns(area: Area, landing: Area) -> Match:
    """Map cells onto others: their columns as a whole, then the rows of each column (RegionDrag, Alg. 1).

    area, landing: of at least one cell each. Steps in float32, truncated at the end, as the reference.
    Only the ends of a column count, so holes are passed over, and a cell in a hole may become a source. Where the
    source has an empty column between others, the nearest one that holds cells stands in, the left of two.
    """
    spans = ColumnSpans.of(area), ColumnSpans.of(landing)
    number = spans[1].at(landing)  # (w',)
    return Match(area, landing, between_cells(*spans, number, landing.left), reference(*spans, number, landing.left))


def reference(of_source: ColumnSpans, of_target: ColumnSpans, number: np.ndarray, left: int) -> Origin:
    """The reference's source cells; number: (w',) of the target's columns from the left one on."""
    nearest = matching_columns(of_source.columns, of_target.columns)  # (C,)
    column, low = of_source.columns[nearest], of_source.top[nearest]  # (C,) each
    scale = (of_source.bottom[nearest] - low) / np.maximum(of_target.bottom - of_target.top, SPAN_EPS)  # (C,)

    def origin(cells: np.ndarray) -> np.ndarray:
        at = number[cells[:, 0] - left]  # (N,)
        row = (cells[:, 1].astype(np.float32) - of_target.top[at]) * scale[at] + low[at]  # (N,)
        return np.stack([column[at], row.astype(np.int64)], axis=1)

    return origin


def between_cells(of_source: ColumnSpans, of_target: ColumnSpans, number: np.ndarray, left: int) -> Origin:
    """The same rule, but with points between the columns and rows as sources."""
    x, (first, last), (source_first, source_last) = (
        of_target.columns,
        of_target.columns[[0, -1]],
        of_source.columns[[0, -1]],
    )
    column = source_first + (x - first) * (source_last - source_first) / max(last - first, 1)  # (C,)
    (low, high), (source_low, source_high) = smooth_ends(of_target, x), smooth_ends(of_source, column)  # (C,) each
    rows, source_rows = (high - low).clip(min=1), source_high - source_low

    def origin(cells: np.ndarray) -> np.ndarray:
        at = number[cells[:, 0] - left]  # (N,)
        row = source_low[at] + (cells[:, 1] - low[at]) * source_rows[at] / rows[at]
        return np.stack([column[at], row], axis=1) + 0.5

    return origin


def smooth_ends(spans: ColumnSpans, column: np.ndarray) -> list[np.ndarray]:
    """The top and the bottom at places (N,) between columns, without the small steps that rows leave in them."""
    ends = np.stack([spans.top, spans.bottom]).astype(np.float64)  # (2, C)
    mean = uniform_filter1d(ends, SPAN_BLUR, axis=1, mode="nearest")
    smooth = np.where(np.abs(mean - ends) <= 1, mean, ends)
    return [np.interp(column, spans.columns, end) for end in smooth]


def matching_columns(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Map columns linearly from the extent of the target's columns to that of the source's, to the nearest of these.

    source, target: the columns that hold cells, ascending. Returns (C,) int64 indices of source columns for the
    target's.
    """
    (source_left, source_right), (target_left, target_right) = (
        columns[[0, -1]].astype(np.float32) for columns in (source, target)
    )
    scale = (source_right - source_left) / np.maximum(target_right - target_left, SPAN_EPS)
    column = ((target.astype(np.float32) - target_left) * scale + source_left).astype(np.int64)  # (C,)
    after = np.searchsorted(source, column).clip(max=len(source) - 1)
    before = (after - 1).clip(min=0)
    return np.where(np.abs(source[before] - column) <= np.abs(source[after] - column), before, after)
