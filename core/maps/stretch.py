"""FastDrag's latent warpage function (LWF): one relocation of latent cells that follows the drags."""

from enum import Enum
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..grid.placed import Placed
from .map import Check, Map

CIRCLE_EPS = 1e-6
WEIGHT_EPS = 1e-4
FARTHEST = 1e6
MOST_PAIRS = 1 << 18  # of drags and cells at once
NULL = -1


class Priority(Enum):
    """Which of several cells that claim one destination keeps it."""

    RASTER = "raster"
    NEAREST_HANDLE = "nearest handle"


class Blend(Enum):
    """How several drags combine into the displacement of one cell."""

    WEIGHTED = "weighted"
    NEAREST_HANDLE = "nearest handle"


class Circle(NamedTuple):
    """A circle in latent coordinates."""

    centre: Tensor  # (2,) xy
    radius: Tensor  # ()


def stretch_map(
    placed: Placed,
    *,
    priority: Priority = Priority.RASTER,
    blend: Blend = Blend.WEIGHTED,
    skip_handle_cell: bool = False,
    check: Check | None = None,
) -> Map:
    """Move the cells of an area along the drags, less and less towards the circle around it (FastDrag, LWF).

    Content may land outside of the area and then overwrites what was there. An area without a cell moves nothing.
    Further arguments and errors as in `gather_map`.
    """
    (area,), points = placed.cells(), (placed.handles, placed.targets)
    if not area.any():
        return Map.at_rest(placed.grid)
    handles, targets = (placed.on_grid(ends) for ends in points)  # (P, 2) each
    gather = gather_map(
        area, handles, targets, priority=priority, blend=blend, skip_handle_cell=skip_handle_cell, check=check
    )
    return map_of(gather, area)


def map_of(gather: Tensor, area: Tensor) -> Map:
    """The map of a relocation (h, w), with -1 for what nothing comes to; area: (h, w), the cells that move."""
    width = gather.shape[1]
    nothing, own = torch.zeros_like(area), torch.arange(gather.numel()).view(gather.shape)
    null = gather == NULL
    cell = torch.where(null, own, gather)
    source = torch.stack([cell % width, cell // width], dim=-1).float() + 0.5  # (h, w, 2)
    landing = (area | (cell != own)) & ~null
    return Map(source, landing.int() - 1, area, torch.ones_like(area), nothing, nothing)


def gather_map(
    mask: Tensor,
    handles: Tensor,
    targets: Tensor,
    *,
    priority: Priority = Priority.RASTER,
    blend: Blend = Blend.WEIGHTED,
    skip_handle_cell: bool = False,
    check: Check | None = None,
) -> Tensor:
    """Find for every latent cell the cell whose content it receives (FastDrag, LWF relocation).

    mask: (h, w) bool, the cells that move; handles, targets: (P, 2) xy in latent cells, where cell j lies at coordinate
    j; they may lie outside the latent. skip_handle_cell: reference behaviour, a cell exactly under a handle is left out
    instead of moving with it. check: called between pieces of the work, may raise to end it.

    The geometry runs in float32 on the CPU, so that every device gives the same map. Returns (h, w) int64 on the CPU:
    flat index y * w + x of the source cell, -1 for a null cell. Raises ValueError for an empty mask, no drags,
    coordinates that are not finite or beyond a million cells, or shapes that do not match.
    """
    mask, handles, targets = mask.cpu().bool(), handles.cpu().float(), targets.cpu().float()
    _check_drags(handles, targets)
    cells = cell_list(mask)  # (N, 2)
    if len(cells) == 0:
        raise ValueError(
            "the mask selects no latent cell, so nothing can be dragged. Paint a larger area: one latent cell "
            "usually covers 8 x 8 pixels of the image."
        )
    circle = circumscribed_circle(cells)
    destination, nearness = [], []
    for some in cells.split(max(1, MOST_PAIRS // len(handles))):  # (n, 2) each
        offsets = (some.T[:, None] - handles.T[..., None]).movedim(0, -1)  # (P, n, 2)
        distances = lengths(offsets)  # (P, n)
        stretch = stretch_factors(offsets, distances, handles, circle)  # (P, n)
        if not skip_handle_cell:
            stretch = bounded_stretch(stretch, distances)
        moves = displacements(stretch, distances, targets - handles, blend)  # (n, 2)
        destination.append(destinations(some, moves, mask))
        nearness.append(distances.amin(0))
        if check:
            check()
    return claimed(mask, torch.cat(destination), claim_order(torch.cat(nearness), priority))


def lengths(offsets: Tensor) -> Tensor:
    """The lengths (...) of offsets (..., 2)."""
    x, y = offsets.unbind(-1)
    return (x * x).add_(y * y).sqrt_()


def cell_list(mask: Tensor) -> Tensor:
    """List the cells of a mask (h, w) in raster order as (N, 2) xy float32."""
    return mask.nonzero().flip(1).float()


def circumscribed_circle(cells: Tensor) -> Circle:
    """Circumscribe the bounding box of the mask cells (N, 2), as the reference does (not the mask itself)."""
    low, high = cells.amin(0), cells.amax(0)  # (2,)
    centre = (low + high) / 2
    return Circle(centre, (centre - low + CIRCLE_EPS).square().sum().sqrt())


def stretch_factors(offsets: Tensor, distances: Tensor, handles: Tensor, circle: Circle) -> Tensor:
    """Compute lambda, the share of each drag that each cell follows: 1 at the handle, 0 on the circle.

    The ray from the handle through the cell leaves the circle at distance s; lambda = |1 - d / s| (FastDrag, LWF).
    offsets: (P, N, 2) cell minus handle; distances: (P, N) their lengths; handles: (P, 2). Returns (P, N), not finite
    where a cell lies exactly under a handle.
    """
    from_centre = handles - circle.centre  # (P, 2)
    (x, y), (centre_x, centre_y) = offsets.unbind(-1), from_centre[:, None].unbind(-1)  # (P, N), (P, 1) each
    along = (x * centre_x).add_(y * centre_y).div_(distances)  # (P, N)
    depth = circle.radius.square() - from_centre.square().sum(-1, keepdim=True)  # (P, 1)
    reach = along.square().add_(depth).sqrt_().sub_(along)  # (P, N)
    return torch.div(distances, reach, out=reach).neg_().add_(1).abs_()


def bounded_stretch(stretch: Tensor, distances: Tensor) -> Tensor:
    """Make lambda (P, N) total: its limit 1 under a handle, at most 1, and 0 (stay) where the circle is degenerate."""
    finite = stretch.nan_to_num(nan=0.0, posinf=0.0).clamp_(max=1)
    return finite.masked_fill_(distances == 0, 1)


def drag_weights(distances: Tensor) -> Tensor:
    """Weigh the drags for every cell by inverse distance (P, N) to their handles; the weights of a cell sum to 1."""
    inverse = (distances + WEIGHT_EPS).reciprocal_()
    return inverse.div_(inverse.sum(0))


def displacements(stretch: Tensor, distances: Tensor, drags: Tensor, blend: Blend) -> Tensor:
    """Combine the drags into one displacement per cell.

    stretch, distances: (P, N); drags: (P, 2) target minus handle, xy in latent cells. Returns (N, 2). With
    `NEAREST_HANDLE` a cell follows the drag of its nearest handle alone (LazyDrag's winner takes all); of equally near
    handles the first given counts.
    """
    if blend is Blend.NEAREST_HANDLE:
        nearest = distances.argmin(0, keepdim=True)  # (1, N)
        return stretch.gather(0, nearest)[0, :, None] * drags[nearest[0]]
    share = drag_weights(distances).mul_(stretch)  # (P, N)
    return torch.stack([(share * along[:, None]).sum(0) for along in drags.T], dim=1)


def destinations(cells: Tensor, moves: Tensor, mask: Tensor) -> Tensor:
    """Round the moved cells (N, 2) to the grid of the mask (h, w), clamped to its border.

    Ties round to the even cell. Returns (N,) int64 flat indices, -1 for a cell whose displacement is not finite.
    """
    height, width = mask.shape
    x, y = (cells + moves).round_().unbind(1)  # (N,)
    index = y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
    return index.nan_to_num_(nan=NULL).long()


def claim_order(nearest: Tensor, priority: Priority) -> Tensor:
    """Order the cells for collisions, winners first: by raster, or by nearness to a handle with ties in raster order.

    nearest: (N,) the distance from each cell to the nearest handle. Returns (N,) int64 indices into the cells.
    """
    if priority is Priority.RASTER:
        return torch.arange(len(nearest))
    return nearest.argsort(stable=True)


def claimed(mask: Tensor, destination: Tensor, order: Tensor) -> Tensor:
    """Give every destination to the first cell in order that claims it.

    mask: (h, w); destination: (N,) flat index for each of its cells in raster order, -1 claims nothing; order: (N,).
    Returns the gather map (h, w) int64; cells of the mask that nobody claims are -1.
    """
    destination, nobody = destination[order], len(order)
    claim = torch.arange(nobody).masked_fill_(destination == NULL, nobody)  # (N,)
    first = torch.full((mask.numel(),), nobody)  # (h * w,)
    first.scatter_reduce_(0, destination.clamp(min=0), claim, "amin")
    inside = mask.flatten()
    winner = F.pad(inside.nonzero()[:, 0][order], (0, 1), value=NULL)[first]  # (h * w,)
    unmoved = torch.arange(mask.numel()).masked_fill_(inside, NULL)
    return torch.where(winner == NULL, unmoved, winner).view(mask.shape)


def _check_drags(handles: Tensor, targets: Tensor) -> None:
    if handles.ndim != 2 or handles.shape[1] != 2 or handles.shape != targets.shape:
        raise ValueError(
            f"Handles have shape {tuple(handles.shape)} and targets {tuple(targets.shape)}; "
            "every handle needs one target, both as (drags, 2) x, y."
        )
    if len(handles) == 0:
        raise ValueError("there is no drag. Give at least one handle with its target.")
    if not torch.cat([handles, targets]).abs().max() <= FARTHEST:
        raise ValueError(
            f"a handle or a target is not a number within {FARTHEST:.0f} latent cells of the image. "
            "Give every point as finite x, y near the image."
        )
