"""Reading a picture between its pixels, without aliasing where it shrinks."""

from collections.abc import Iterator
from functools import reduce

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..grid.areas import Area, paired, unpaired

SLIGHT = 0.25  # pixels of shrinking that need no averaging
MOST_TAPS = 32  # along each axis


def resample(picture: Tensor, source: np.ndarray, target: np.ndarray) -> Tensor:
    """Read a picture at points; where it shrinks, as the mean of all that falls on a pixel.

    picture: (B, C, H, W) floating point; target: (H, W) bool; source: (H, W, 2) xy, a point for each of its pixels.
    Returns (B, C, N), the pixels in raster order, within the picture's range: bicubic, or the mean of bilinear samples
    where it shrinks.
    """
    bands = [content for _, content in resampled_bands(picture, source, Area.of(target))]
    return torch.cat([picture.new_empty(*picture.shape[:2], 0), *bands], dim=2)


def resampled_bands(picture: Tensor, source: np.ndarray, target: Area) -> Iterator[tuple[Area, Tensor]]:
    """The same for an area, band by band: a band of the target and its content (B, C, n)."""
    if not target.count or not len(picture):
        return
    lowest, highest = picture[(..., *box_to_read(source, target))].aminmax()
    for band in target.bands():
        points = points_around(source, target, band)  # (h' + 2, w' + 2) complex
        here = unpaired(points[1:-1, 1:-1][band.inside])  # (n, 2)
        yield band, averaged(picture, here, *slopes(points, band.inside)).clamp_(lowest, highest)


def box_to_read(source: np.ndarray, target: Area) -> tuple[slice, slice]:
    """The rows and columns of a picture in which lies what an area reads at points (H, W, 2), and one pixel more."""
    bands = (unpaired(paired(source)[band.box][band.inside]) for band in target.bands() if band.count)
    ends = np.array([(points.min(0), points.max(0)) for points in bands])  # (K, 2, 2)
    (left, top), (right, bottom) = ends[:, 0].min(0).astype(int).tolist(), ends[:, 1].max(0).astype(int).tolist()
    return slice(top, bottom + 2), slice(left, right + 2)


def points_around(source: np.ndarray, target: Area, band: Area) -> np.ndarray:
    """The points (H, W, 2) of a band of an area and of the pixels around it, (h' + 2, w' + 2) complex64, else nan."""
    first = band.top - target.top
    above, below = max(first - 1, 0), min(first + len(band.inside) + 1, len(target.inside))
    points = np.full(tuple(side + 2 for side in band.inside.shape), np.nan, dtype=np.complex64)
    inside = target.inside[above:below]
    known = points[above - first + 1 : below - first + 1, 1:-1]
    known[inside] = paired(source)[target.box][above:below][inside]
    return points


def averaged(picture: Tensor, points: np.ndarray, across: np.ndarray, down: np.ndarray) -> Tensor:
    """Read a picture (B, C, H, W) at points (N, 2) as finely as their slopes (N, 2) ask for: (B, C, N)."""
    stretch = np.sqrt(np.maximum(*(x * x + y * y for x, y in (across.T, down.T))))  # (N,)
    taps = np.ceil(stretch - SLIGHT).clip(1, MOST_TAPS).astype(int)
    if (taps == 1).all():
        return read(picture, points, "bicubic")
    content = picture.new_empty(*picture.shape[:2], len(points))
    for count in np.bincount(taps).nonzero()[0].tolist():
        some = np.flatnonzero(taps == count)
        content[..., torch.from_numpy(some)] = mean_of(picture, points[some], across[some], down[some], count)
    return content


def mean_of(picture: Tensor, points: np.ndarray, across: np.ndarray, down: np.ndarray, count: int) -> Tensor:
    """The mean (B, C, N) of count x count samples around points (N, 2), spread along two directions (N, 2)."""
    mode = "bicubic" if count == 1 else "bilinear"
    shares = ((np.arange(count) + 0.5) / count - 0.5).tolist()
    samples = (read(picture, points + u * across + v * down, mode) for u in shares for v in shares)
    return reduce(torch.add, samples) / count**2


def read(picture: Tensor, points: np.ndarray, mode: str) -> Tensor:
    """Read a picture (B, C, H, W) at points (N, 2) by a mode of `grid_sample`, beyond its border as at it."""
    size = np.array(picture.shape[:1:-1])  # (2,) width, height
    grid = torch.from_numpy(2 * points / size - 1).to(picture)  # (N, 2)
    grid = grid.expand(len(picture), 1, *grid.shape)  # (B, 1, N, 2)
    return F.grid_sample(picture, grid, mode=mode, padding_mode="border", align_corners=False)[:, :, 0]


def slopes(points: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far points (h + 2, w + 2) move from one pixel (h, w) to the next, across and down: (n, 2) each, of those set.

    Of both neighbours the one with the nearer point counts, as the other may belong to another region.
    """
    here = points[1:-1, 1:-1]
    across = nearer(here - points[1:-1, :-2], points[1:-1, 2:] - here, 1)
    down = nearer(here - points[:-2, 1:-1], points[2:, 1:-1] - here, 1j)
    return unpaired(across[inside]), unpaired(down[inside])


def nearer(back: np.ndarray, ahead: np.ndarray, still: complex) -> np.ndarray:
    """The shorter of two steps (h, w), nan where there is none; where there is neither, a pixel's own."""
    to_back, to_ahead = (np.real(step) ** 2 + np.imag(step) ** 2 for step in (back, ahead))  # (h, w) each
    slope = np.where((to_back <= to_ahead) | np.isnan(to_ahead), back, ahead)
    slope[np.isnan(slope)] = still
    return slope
