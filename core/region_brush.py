"""Masks of any shape mapped onto each other by columns and rows (RegionDrag, Algorithm 1)."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from .region_cells import Match

SPAN_EPS = np.float32(1e-4)
SPAN_BLUR = 5  # columns


class ColumnSpans(NamedTuple):
    """The first and the last set row of every column, meaningful where the column holds any."""

    columns: np.ndarray  # (C,) int64, those that hold any, ascending
    top: np.ndarray  # (w,) float32
    bottom: np.ndarray  # (w,) float32


def match_rows_and_columns(source: np.ndarray, target: np.ndarray) -> Match:
    """Map a target mask onto a source mask: its columns as a whole, then the rows of each column (RegionDrag, Alg. 1).

    source, target: (h, w) bool with at least one cell each. Steps in float32, truncated at the end, as the reference.
    Only the ends of a column count, so holes are passed over, and a cell in a hole may become a source. Where the
    source has an empty column between others, the nearest one that holds cells stands in, the left of two.
    """
    y, x = target.nonzero()  # (N,) each
    of_source, of_target = column_spans(*source.nonzero()[::-1], source.shape[1]), column_spans(x, y, target.shape[1])
    column = matching_columns(of_source.columns, of_target.columns, target.shape[1])  # (w,)
    low, high = of_source.top[column], of_source.bottom[column]  # (w,)
    scale = (high - low) / np.maximum(of_target.bottom - of_target.top, SPAN_EPS)  # (w,)
    row = (y.astype(np.float32) - of_target.top[x]) * scale[x] + low[x]  # (N,)
    cells = np.stack([x, y], axis=1)  # (N, 2)
    exact = match_spans(of_source, of_target, cells)  # (N, 2)
    return Match(np.stack([column[x], row.astype(np.int64)], axis=1), cells, source, exact)


def match_spans(of_source: ColumnSpans, of_target: ColumnSpans, cells: np.ndarray) -> np.ndarray:
    """Map target cells (N, 2) by the same rule, but to points between the columns and rows: (N, 2) xy float64."""
    x, y = cells.T  # (N,) each
    (left, right), (source_left, source_right) = of_target.columns[[0, -1]], of_source.columns[[0, -1]]
    column = source_left + (x - left) * (source_right - source_left) / max(right - left, 1)
    (low, high), (source_low, source_high) = smooth_ends(of_target, x), smooth_ends(of_source, column)  # (N,) each
    row = source_low + (y - low) * (source_high - source_low) / (high - low).clip(min=1)
    return np.stack([column, row], axis=1) + 0.5


def smooth_ends(spans: ColumnSpans, column: np.ndarray) -> list[np.ndarray]:
    """The top and the bottom at places (N,) between columns, without the small steps that rows leave in them."""
    ends = np.stack([spans.top, spans.bottom])[:, spans.columns].astype(np.float64)  # (2, C)
    mean = uniform_filter1d(ends, SPAN_BLUR, axis=1, mode="nearest")
    smooth = np.where(np.abs(mean - ends) <= 1, mean, ends)
    return [np.interp(column, spans.columns, end) for end in smooth]


def column_spans(x: np.ndarray, y: np.ndarray, width: int) -> ColumnSpans:
    """Find the ends of every column from the cells (N,) of a mask in raster order."""
    top, bottom = np.zeros((2, width), dtype=np.float32)
    top[x[::-1]], bottom[x] = y[::-1], y
    held = np.zeros(width, dtype=bool)
    held[x] = True
    return ColumnSpans(held.nonzero()[0], top, bottom)


def matching_columns(source: np.ndarray, target: np.ndarray, width: int) -> np.ndarray:
    """Map columns linearly from the extent of the target's columns to that of the source's.

    source, target: the columns that hold cells, ascending. Returns (width,) int64, columns of `source`; meaningful
    within the extent of the target.
    """
    (source_left, source_right), (target_left, target_right) = np.float32(source[[0, -1]]), np.float32(target[[0, -1]])
    scale = (source_right - source_left) / np.maximum(target_right - target_left, SPAN_EPS)
    column = ((np.arange(width, dtype=np.float32) - target_left) * scale + source_left).astype(np.int64)  # (width,)
    after = np.searchsorted(source, column).clip(max=len(source) - 1)
    before = (after - 1).clip(min=0)
    nearer = np.abs(source[before] - column) <= np.abs(source[after] - column)
    return np.where(nearer, source[before], source[after])
