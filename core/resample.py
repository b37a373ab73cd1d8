"""Reading a picture between its pixels, without aliasing where it shrinks."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .region_cells import cells_xy, number_cells

SLIGHT = 0.25  # pixels of shrinking that need no averaging
MOST_TAPS = 32  # along each axis


def resample(picture: Tensor, points: np.ndarray, target: np.ndarray) -> Tensor:
    """Read a picture at points; where it shrinks, as the mean of all that falls on a pixel.

    picture: (B, C, H, W) floating point; target: (H, W) bool; points: (N, 2) xy, one for each of its pixels in raster
    order. Returns (B, C, N) within the picture's range: bicubic, or the mean of bilinear samples where it shrinks.
    """
    if not len(points):
        return picture.new_empty(*picture.shape[:2], 0)
    across, down = slopes(points, target)  # (N, 2) each
    stretch = np.maximum(np.hypot(*across.T), np.hypot(*down.T))  # (N,)
    taps = np.ceil(stretch - SLIGHT).clip(1, MOST_TAPS).astype(int)
    content = picture.new_empty(*picture.shape[:2], len(points))
    for count in np.bincount(taps).nonzero()[0]:
        some = np.flatnonzero(taps == count)
        content[..., torch.from_numpy(some)] = mean_of(picture, points[some], across[some], down[some], count)
    columns, rows = (slice(int(axis.min()), int(axis.max()) + 2) for axis in points.T)
    return content.clamp_(*picture[..., rows, columns].aminmax())


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


def slopes(points: np.ndarray, target: np.ndarray) -> list[np.ndarray]:
    """How far the points (N, 2) of target pixels move from one pixel to the next, across and down: (N, 2) each.

    Of both neighbours the one with the nearer point counts, as the other may belong to another region.
    """
    number = number_cells(cells_xy(target), margin=1)  # (h, w)
    y, x = (number >= 0).nonzero()  # (N,) each
    slopes = []
    for dx, dy in ((1, 0), (0, 1)):
        before, after = number[y - dy, x - dx], number[y + dy, x + dx]  # (N,) each
        back, ahead = points - points[before], points[after] - points  # (N, 2) each
        to_back, to_ahead = (np.where(n < 0, np.inf, np.hypot(*d.T)) for n, d in ((before, back), (after, ahead)))
        slope = np.where((to_back <= to_ahead)[:, None], back, ahead)
        slope[(before < 0) & (after < 0)] = dx, dy
        slopes.append(slope)
    return slopes
