"""Finds a scene's dragged content in a picture by its colour, whatever made the picture.

Pictures are (3, H, W) in 0..1; places are (2,) xy as fractions of the side.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .edits import Edit


def centroid(weight: Tensor) -> Tensor:
    """The weighted mean of the pixel centres of (H, W)."""
    height, width = weight.shape
    x, y = (torch.arange(width) + 0.5) / width, (torch.arange(height) + 0.5) / height
    return torch.stack([(weight.sum(0) * x).sum(), (weight.sum(1) * y).sum()]) / weight.sum()


def green_ball(picture: Tensor) -> Tensor:
    """The middle of what is green."""
    red, green, blue = picture
    return centroid((green - torch.maximum(red, blue) - 0.1).clamp_min(0))


def right_mouth_corner(picture: Tensor) -> Tensor:
    """The middle of the rightmost tenth of the lips."""
    red, green, blue = picture
    lips = (red - green > 0.3) & (red - blue > 0.2)
    edge = lips.nonzero()[:, 1].float().quantile(0.9)
    return centroid((lips & (torch.arange(picture.shape[2]) >= edge)).float())


def snowy_peak(picture: Tensor) -> Tensor:
    """The middle of the highest tenth of the snow."""
    snow = picture.amin(0) > 0.75
    edge = snow.nonzero()[:, 0].float().quantile(0.1)
    return centroid((snow & (torch.arange(picture.shape[1])[:, None] <= edge)).float())


FINDERS: dict[str, Callable[[Tensor], Tensor]] = {
    "ball": green_ball,
    "right mouth corner": right_mouth_corner,
    "peak": snowy_peak,
}


def progress(edit: Edit, result: Tensor) -> float:
    """How much of its way to the true place the dragged content has gone: 0 none, 1 all of it."""
    find = FINDERS[edit.keypoint]
    start, end, found = find(edit.picture), find(edit.truth), find(result)
    way = end - start
    return ((found - start) @ way / (way @ way)).item()
