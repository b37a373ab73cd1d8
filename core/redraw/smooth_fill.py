"""Holes of a picture filled smoothly from what surrounds them."""

import torch
import torch.nn.functional as F
from torch import Tensor

SWEEPS = 8


def fill_smoothly(picture: Tensor, hole: Tensor) -> Tensor:
    """Fill a hole like a membrane held by the pixels around it: every pixel about the mean of its neighbours.

    picture: (B, C, H, W) floating point; hole: (H, W) bool. The membrane is laid from coarse to fine, each time relaxed
    a little (cascadic multigrid). Returns a new picture; the same one where all of it is a hole.
    """
    if not hole.any() or hole.all():
        return picture.clone()
    rows, columns = (around(hole.any(axis)) for axis in (1, 0))
    filled = picture.clone()
    filled[..., rows, columns] = membrane(picture[..., rows, columns], (~hole[rows, columns]).to(picture))
    return filled


def around(occupied: Tensor) -> slice:
    """The range that holds all set places (N,) bool and one more on either side."""
    places = occupied.nonzero()
    return slice(max(int(places[0]) - 1, 0), int(places[-1]) + 2)


def membrane(values: Tensor, known: Tensor) -> Tensor:
    """Lay a membrane (B, C, h, w) through known values; known: (h, w), 1 or 0, or between where coarsened."""
    if known.min() > 0 or known.numel() == 1:
        return values
    share = coarser(known[None, None])  # (1, 1, h / 2, w / 2)
    coarse = coarser(values * known) / share.clamp(min=1e-6)
    guess = F.interpolate(membrane(coarse, share[0, 0]), known.shape, mode="bilinear", align_corners=False)
    fixed = known > 0
    for _ in range(SWEEPS):
        guess = mean_of_neighbours(torch.where(fixed, values, guess))
    return torch.where(fixed, values, guess)


def coarser(grid: Tensor) -> Tensor:
    """The mean of every two by two cells (..., h, w), fewer at an odd border."""
    return F.avg_pool2d(grid, 2, ceil_mode=True, count_include_pad=False)


def mean_of_neighbours(grid: Tensor) -> Tensor:
    """The mean of the cells to the left, right, above and below (B, C, h, w), the border repeated."""
    wide = F.pad(grid, (1, 1, 1, 1), mode="replicate")
    return (wide[..., 1:-1, :-2] + wide[..., 1:-1, 2:] + wide[..., :-2, 1:-1] + wide[..., 2:, 1:-1]) / 4
