"""FastDrag's latent warpage function (LWF): one relocation of latent cells that follows the drags."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

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


class WarpResult(NamedTuple):
    """A warped latent and the cells of it that received nothing."""

    latent: Tensor  # (B, C, h, w)
    null_mask: Tensor  # (h, w) bool


def warp_latent(
    latent: Tensor,
    handles: Tensor,
    targets: Tensor,
    mask: Tensor,
    *,
    priority: Priority = Priority.RASTER,
    blend: Blend = Blend.WEIGHTED,
    skip_handle_cell: bool = False,
    check: Callable[[], None] | None = None,
) -> WarpResult:
    """Move the masked cells of a latent along the drags, leaving zeros where nothing lands (FastDrag, LWF).

    latent: (B, C, h, w), any channel count, batch and dtype; every item of the batch is warped alike.
    handles, targets: (P, 2) xy in latent cells, where cell j lies at coordinate j; they may lie outside the latent.
    mask: (h, w) bool, the cells that move. Content may land outside it and then overwrites what was there.
    skip_handle_cell: reference behaviour, a cell exactly under a handle is left out instead of moving with it.
    check: called between pieces of the work, may raise to end it.
    Raises ValueError for an empty mask, no drags, coordinates that are not finite or beyond a million cells, or shapes
    that do not match.
    """
    if latent.ndim != 4 or latent.shape[-2:] != mask.shape:
        raise ValueError(
            f"The mask has shape {tuple(mask.shape)} and the latent {tuple(latent.shape)}; the latent must be "
            "(batch, channels, height, width) and the mask (height, width) of the same size."
        )
    how = {"priority": priority, "blend": blend, "skip_handle_cell": skip_handle_cell}
    source = gather_map(mask, handles, targets, **how, check=check)
    source = source.to(latent.device)  # (h, w)
    null_mask = source == NULL  # (h, w)
    rows = latent.flatten(2).flatten(0, 1)  # (B * C, h * w)
    warped = rows.index_select(1, source.clamp(min=0).flatten()).view(latent.shape)
    return WarpResult(warped.masked_fill_(null_mask, 0), null_mask)


def gather_map(
    mask: Tensor,
    handles: Tensor,
    targets: Tensor,
    *,
    priority: Priority = Priority.RASTER,
    blend: Blend = Blend.WEIGHTED,
    skip_handle_cell: bool = False,
    check: Callable[[], None] | None = None,
) -> Tensor:
    """Find for every latent cell the cell whose content it receives (FastDrag, LWF relocation).

    Arguments and errors as in `warp_latent`. The geometry runs in float32 on the CPU, so that every device gives the
    same map. Returns (h, w) int64 on the CPU: flat index y * w + x of the source cell, -1 for a null cell.
    """
    mask, handles, targets = mask.cpu().bool(), handles.cpu().float(), targets.cpu().float()
    _check_drags(handles, targets)
    cells = mask_cells(mask)  # (N, 2)
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
    return relocate(mask, torch.cat(destination), claim_order(torch.cat(nearness), priority))


def lengths(offsets: Tensor) -> Tensor:
    """The lengths (...) of offsets (..., 2)."""
    x, y = offsets.unbind(-1)
    return (x * x).add_(y * y).sqrt_()


def mask_cells(mask: Tensor) -> Tensor:
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


def relocate(mask: Tensor, destination: Tensor, order: Tensor) -> Tensor:
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
