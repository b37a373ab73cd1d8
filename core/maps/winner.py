"""LazyDrag's map: every cell follows the drag of its nearest handle alone, and where several land, the nearest wins."""

import torch
from torch import Tensor

from ..grid.placed import Placed
from .map import Check, Map
from .stretch import (
    MOST_PAIRS,
    NULL,
    Blend,
    Priority,
    bounded_stretch,
    cell_list,
    circumscribed_circle,
    claim_order,
    claimed,
    displacements,
    lengths,
    stretch_factors,
)


def winner_map(placed: Placed, check: Check | None = None) -> Map:
    """Move the cells of an area along the drags, less and less towards the circle around it.

    A cell p moves by v = lambda d of the handle s with the largest alpha = 1 / |p - s|, lambda being FastDrag's stretch
    along that drag d; it lands on the cell nearest to p + v, or nowhere outside the picture. Its content's weight is
    min(1, alpha), in cells. Points are taken from the centres of cells. check: called between pieces of the work, may
    raise to end it. Source: LazyDrag, section 3.2 (winner takes all). An area without a cell moves nothing.
    """
    (area,) = placed.cells()
    if not (area.any() and placed.spec.drags):
        return Map.at_rest(placed.grid)
    handles, targets = (ends / placed.cell_size - 0.5 for ends in (placed.handles, placed.targets))  # (P, 2)
    cells = cell_list(area)  # (N, 2)
    circle = circumscribed_circle(cells)
    moves, nearest = [], []
    for some in cells.split(max(1, MOST_PAIRS // len(handles))):  # (n, 2) each
        offsets = (some.T[:, None] - handles.T[..., None]).movedim(0, -1)  # (P, n, 2)
        distances = lengths(offsets)  # (P, n)
        stretch = bounded_stretch(stretch_factors(offsets, distances, handles, circle), distances)
        moves.append(displacements(stretch, distances, targets - handles, Blend.NEAREST_HANDLE))
        nearest.append(distances.amin(0))
        if check:
            check()
    return landed(area, torch.cat(moves), torch.cat(nearest)).noted(placed)


def landed(area: Tensor, moves: Tensor, nearest: Tensor) -> Map:
    """The map of the cells of an area (h, w) moved by (N, 2), which lie so far (N,) from their handles."""
    height, width = area.shape
    reached = (cell_list(area) + moves).round()  # (N, 2)
    inside = ((reached >= 0) & (reached < torch.tensor([width, height]))).all(1)
    place = torch.where(inside, reached[:, 1] * width + reached[:, 0], NULL).long()
    gather = claimed(area, place, claim_order(nearest, Priority.NEAREST_HANDLE)).flatten()
    own = torch.arange(area.numel())
    landing = (gather != NULL) & (area.flatten() | (gather != own))
    travelled, weight = torch.zeros(area.numel(), 2), torch.zeros(area.numel())
    travelled[area.flatten()], weight[area.flatten()] = moves, nearest.reciprocal().clamp(max=1)
    came = torch.where(landing, gather, own)
    centres = torch.stack([own % width, own // width], dim=-1) + 0.5  # (h * w, 2)
    source = torch.where(landing[:, None], centres - travelled[came], centres)
    nothing, everything = torch.zeros_like(area), torch.ones_like(area)
    return Map(
        source.view(height, width, 2).clamp(torch.zeros(2), torch.tensor([width, height])),
        landing.view(area.shape).int() - 1,
        area,
        everything,
        nothing,
        nothing,
        weight=(weight[came] * landing).view(area.shape),
    )
