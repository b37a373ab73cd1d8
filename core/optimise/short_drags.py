"""Drags that are too short to act, and how far they would have to go.

A grid has a smallest step: the latent's cell for a warp, the distance at which a handle counts as arrived for motion
supervision. Lengths are in pixels of the picture.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..grid.latent_grid import half_size_points, latent_points
from ..instruction.spec import Drag, Extent, Point
from .motion import REACH, distances

LONGEST = 512  # pixels; no drag is asked to go further

Drags = Sequence[Drag]


def length(drag: Drag) -> float:
    return math.dist(drag.handle, drag.target)


def lengthened(drags: Drags, pixels: float) -> list[Drag]:
    """The drags made so much longer, or shorter, all alike, that the longest goes that far."""
    factor = pixels / max(map(length, drags))
    return [Drag(h, Point(h.x + factor * (t.x - h.x), h.y + factor * (t.y - h.y))) for h, t in drags]


def least_length(drags: Drags, act: Callable[[Drags], bool]) -> int | None:
    """The whole pixels that the longest of some drags must go before they act; None if going far does not help.

    act is monotonic: what acts goes on acting when it gets longer.

    >>> least_length([Drag(Point(80, 80), Point(81, 80))], lambda drags: not within_reach(drags, Extent(512, 512)))
    3
    """
    if not max(map(length, drags)) > 0 or not act(lengthened(drags, LONGEST)):
        return None
    idle, acting = 0, LONGEST
    while acting - idle > 1:
        middle = (idle + acting) // 2
        idle, acting = (idle, middle) if act(lengthened(drags, middle)) else (middle, acting)
    return acting


def warp_points(drags: Drags, size: Extent) -> tuple[Tensor, Tensor]:
    """Handles and targets on the latent grid, (P, 2) each."""
    handles, targets = (latent_points(torch.tensor(ends), size) for ends in zip(*drags, strict=True))
    return handles, targets


def below_half_a_cell(drags: Drags, size: Extent) -> list[int]:
    """The numbers, from 1, of the drags that move no cell of the latent wherever they start; anchors are none.

    >>> drags = [Drag(Point(80, 80), Point(82, 80)), Drag(Point(80, 80), Point(88, 80)), Drag(Point(9, 9), Point(9, 9))]
    >>> below_half_a_cell(drags, Extent(512, 512))
    [1]
    """
    handles, targets = warp_points(drags, size)
    idle = ((targets - handles).abs().amax(1) < 0.5).tolist()
    return [n for n, (drag, still) in enumerate(zip(drags, idle, strict=True), 1) if still and not drag.is_anchor]


def within_reach(drags: Drags, size: Extent) -> list[int]:
    """The numbers, from 1, of the drags whose handle counts as arrived before it has moved; anchors are none."""
    handles, targets = (half_size_points(torch.tensor(ends), size) for ends in zip(*drags, strict=True))  # (P, 2) each
    near = (distances(handles, targets) < REACH).tolist()
    return [n for n, (drag, still) in enumerate(zip(drags, near, strict=True), 1) if still and not drag.is_anchor]


def too_short(drags: Drags, size: Extent) -> tuple[list[int], int | None]:
    """The same, and the whole pixels that the first of them must go; None where there is none."""
    short = within_reach(drags, size)
    if not short:
        return [], None
    return short, least_length([drags[short[0] - 1]], lambda longer: not within_reach(longer, size))
