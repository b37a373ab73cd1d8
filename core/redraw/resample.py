"""Reading a picture between its pixels, without aliasing where it shrinks."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..grid.areas import Area, paired, unpaired

SLIGHT = 0.25  # pixels of shrinking that need no averaging
MOST_TAPS = 32  # along each axis


def resample(picture: Tensor, points: np.ndarray, target: np.ndarray) -> Tensor:
    """Read a picture at points; where it shrinks, as the mean of all that falls on a pixel.

    picture: (B, C, H, W) floating point; target: (H, W) bool; points: (N, 2) xy, one for each of its pixels in raster
    order. Returns (B, C, N) within the picture's range: bicubic, or the mean of bilinear samples where it shrinks.
    """
    bands = [content for _, content in resampled_bands(picture, points, Area.of(target))]
    return torch.cat([picture.new_empty(*picture.shape[:2], 0), *bands], dim=2)


def resampled_bands(picture: Tensor, points: np.ndarray, target: Area) -> Iterator[tuple[Area, Tensor]]:
    """The same for an area, band by band: a band of the target and its content (B, C, n)."""
    if not target.count or not len(picture):
        return
    columns, rows = (slice(int(axis.min()), int(axis.max()) + 2) for axis in points.T)
    lowest, highest = picture[..., rows, columns].aminmax()
    ends = np.cumsum(np.append(0, np.count_nonzero(target.inside, axis=1)))  # (h' + 1,)
    for band in target.bands():
        first = band.top - target.top
        last = first + len(band.inside)
        across, down = slopes(points, ends, target, first, last)  # (n, 2) each
        content = averaged(picture, points[ends[first] : ends[last]], across, down)
        yield band, content.clamp_(lowest, highest)


def averaged(picture: Tensor, points: np.ndarray, across: np.ndarray, down: np.ndarray) -> Tensor:
    """Read a picture (B, C, H, W) at points (N, 2) as finely as their slopes (N, 2) ask for: (B, C, N)."""
    stretch = np.sqrt(np.maximum(*(x * x + y * y for x, y in (across.T, down.T))))  # (N,)
    taps = np.ceil(stretch - SLIGHT).clip(1, MOST_TAPS).astype(int)
    if (taps == 1).all():
        return read(picture, points, "bicubic")
    content = picture.new_empty(*picture.shape[:2], len(points))
    for count in np.bincount(taps).nonzero()[0]:
        some = np.flatnonzero(taps == count)
        content[..., torch.from_numpy(some)] = mean_of(picture, points[some], across[some], down[some], count)
    return content


def mean_of(picture: Tensor, points: np.ndarray, across: np.ndarray, down: np.ndarray, count: int) -> Tensor:
    """The mean (B, C, N) of count x count samples around points (N, 2), spread along two directions (N, 2)."""
    mode = "bicubic" if count == 1 else "bilinear"
    shares = ((np.arange(count) + 0.5) / count - 0.5).tolist()
    return sum(read(picture, points + u * across + v * down, mode) for u in shares for v in shares) / count**2


def read(picture: Tensor, points: np.ndarray, mode: str) -> Tensor:
    """Read a picture (B, C, H, W) at points (N, 2) by a mode of `grid_sample`, beyond its border as at it."""
    size = np.array(picture.shape[:1:-1])  # (2,) width, height
    grid = torch.from_numpy(2 * points / size - 1).to(picture)  # (N, 2)
    grid = grid.expand(len(picture), 1, *grid.shape)  # (B, 1, N, 2)
    return F.grid_sample(picture, grid, mode=mode, padding_mode="border", align_corners=False)[:, :, 0]


def slopes(points: np.ndarray, ends: np.ndarray, target: Area, first: int, last: int) -> list[np.ndarray]:
    """How far the points (N, 2) of target pixels move from one pixel to the next, across and down: (n, 2) each.

    Those in the rows from first to last of the target; ends: (h' + 1,) how many points come before each row. Of both
    neighbours the one with the nearer point counts, as the other may belong to another region.
    """
    height, width = target.inside.shape
    above, below = max(first - 1, 0), min(last + 1, height)
    table = np.full((last - first + 2, width + 2), np.nan, dtype=paired(points).dtype)
    known = table[above - first + 1 : below - first + 1, 1:-1]
    known[target.inside[above:below]] = paired(points)[ends[above] : ends[below]]
    inside, here = target.inside[first:last], table[1:-1, 1:-1]
    across = nearer(here - table[1:-1, :-2], table[1:-1, 2:] - here, 1)
    down = nearer(here - table[:-2, 1:-1], table[2:, 1:-1] - here, 1j)
    return [unpaired(slope[inside]) for slope in (across, down)]


def nearer(back: np.ndarray, ahead: np.ndarray, still: complex) -> np.ndarray:
    """The shorter of two steps (h, w), nan where there is none; where there is neither, a pixel's own."""
    to_back, to_ahead = (step.real**2 + step.imag**2 for step in (back, ahead))  # (h, w) each
    slope = np.where((to_back <= to_ahead) | np.isnan(to_ahead), back, ahead)
    slope[np.isnan(slope)] = still
    return slope
