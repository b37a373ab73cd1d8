"""Feature maps of a UNet, read on the supervision grid without ever being enlarged to it.

The supervision grid has half the picture's size. Rows and columns are whole grid places; points are (x, y) on the grid.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..instruction.spec import Extent


class Window(NamedTuple):
    """A rectangle of grid places: its rows (R,) and columns (K,)."""

    rows: Tensor
    columns: Tensor

    @staticmethod
    def around(centre: Tensor, radius: int, grid: Extent | None = None) -> "Window":
        """The square around a point (2,) xy, clipped to a grid where one is given.

        >>> Window.around(torch.tensor([1.0, 5.0]), 2, Extent(8, 8))
        Window(rows=tensor([3, 4, 5, 6, 7]), columns=tensor([0, 1, 2, 3]))
        """
        rows, columns = (torch.arange(int(c) - radius, int(c) + radius + 1) for c in (centre[1], centre[0]))
        if grid:
            rows = rows[(rows >= 0) & (rows < grid.height)]
            columns = columns[(columns >= 0) & (columns < grid.width)]
        return Window(rows, columns)

    def place(self, index: int) -> tuple[float, float]:
        """The xy of a place by its number, row by row."""
        row, column = divmod(index, len(self.columns))
        return float(self.columns[column]), float(self.rows[row])


class Neighbours(NamedTuple):
    """The two cells on either side of places (N,) of a resized axis, and the share of the second."""

    low: Tensor
    high: Tensor
    share: Tensor


class FeatureMap(NamedTuple):
    """Feature maps (C, h, w) of one evaluation, as if resized bilinearly to the grid and joined on their channels."""

    maps: tuple[Tensor, ...]
    grid: Extent

    def times(self, factor: float) -> "FeatureMap":
        """The same maps in single precision or better, multiplied by a factor."""
        return FeatureMap(tuple(factor * precise(feature) for feature in self.maps), self.grid)

    def read(self, window: Window) -> Tensor:
        """Values (C, R, K) of a window in single precision or better; outside of the grid those of its edge."""
        rows = window.rows.clamp(0, self.grid.height - 1)
        columns = window.columns.clamp(0, self.grid.width - 1)
        axes = []
        for feature in self.maps:
            axes += [neighbours(rows, feature.shape[1], self.grid.height)]
            axes += [neighbours(columns, feature.shape[2], self.grid.width)]
        axes = sent(axes, self.maps[0].device)
        return torch.cat([interpolated_at(*parts) for parts in zip(self.maps, axes[::2], axes[1::2], strict=True)])

    def read_shifted(self, window: Window, shift: Tensor) -> Tensor:
        """Values (C, R, K) at a window moved by a shift (2,) xy, interpolated bilinearly between grid places."""
        (left, u), (top, v) = (split(w[0] + s) for w, s in zip((window.columns, window.rows), shift, strict=True))
        rows, columns = (start + torch.arange(len(w) + 1) for start, w in ((top, window.rows), (left, window.columns)))
        block = self.read(Window(rows, columns))  # (C, R + 1, K + 1)
        upper, lower = block[:, :-1], block[:, 1:]
        upper, lower = ((1 - u) * edge[..., :-1] + u * edge[..., 1:] for edge in (upper, lower))
        return (1 - v) * upper + v * lower


def split(position: Tensor) -> tuple[int, float]:
    """The whole and the fractional part of a coordinate."""
    whole = position.floor()
    return int(whole), float(position - whole)


def interpolated_at(feature: Tensor, rows: Neighbours, columns: Neighbours) -> Tensor:
    """What a bilinear resize of a feature map (C, h, w) to the grid, corners not aligned, has at rows and columns."""
    top, bottom, v = (part[:, None] for part in rows)  # (R, 1)
    left, right, u = (part[None] for part in columns)  # (1, K)
    upper = (1 - u) * precise(feature[:, top, left]) + u * precise(feature[:, top, right])  # (C, R, K)
    lower = (1 - u) * precise(feature[:, bottom, left]) + u * precise(feature[:, bottom, right])
    return (1 - v) * upper + v * lower


def precise(feature: Tensor) -> Tensor:
    return feature.to(torch.promote_types(feature.dtype, torch.float32))


def neighbours(places: Tensor, size: int, resized_size: int) -> Neighbours:
    position = ((places + 0.5) * (size / resized_size) - 0.5).clamp_min(0)
    low = position.floor().long()
    return Neighbours(low, (low + 1).clamp_max(size - 1), position - low)


def sent(axes: Sequence[Neighbours], device: torch.device) -> list[Neighbours]:
    """Neighbours on a device, sent there in one piece."""
    counts = [len(axis.low) for axis in axes]
    low, high, share = torch.cat([torch.stack([part.float() for part in axis]) for axis in axes], 1).to(device)
    parts = (low.long().split(counts), high.long().split(counts), share.split(counts))
    return [Neighbours(*axis) for axis in zip(*parts, strict=True)]


def guided(positive: FeatureMap, negative: FeatureMap | None, cfg: float) -> FeatureMap:
    """The features of both branches of guidance, weighted as DragDiffusion does for generated pictures."""
    if negative is None or cfg <= 1:
        return positive
    share = cfg / (2 * cfg - 1)
    maps = [(1 - share) * feature for feature in negative.maps] + [share * feature for feature in positive.maps]
    return FeatureMap(tuple(maps), positive.grid)
