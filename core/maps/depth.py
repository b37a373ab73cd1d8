"""Drags that follow the depth of a scene: what is near moves farther than what is far (GeoDrag)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..grid.given_mask import differ_in_shape
from ..grid.latent_grid import Part
from ..grid.placed import Placed
from ..instruction.geometry import Extent
from .map import Check, Map
from .stretch import Priority, cell_list, claim_order, claimed, destinations, lengths, map_of

EPS = 1e-6
LEAST_DEPTH = 1e-4  # of a handle, by which depths are divided
STILL = 1e-4  # cells, below which a drag does not move
MIDDLE = (3, 4)  # the pixels of a cell of 8 that its mask is read at, along each axis


@dataclass(frozen=True)
class Geometry:
    """What the paper calls gamma, alpha and beta, and the bounds of what depth makes of a drag."""

    gamma: float = 1.0  # how far around a handle the plane counts for more than depth, in radii
    alpha: float = 1.0
    beta: float = 1.0
    scale: float = 1.0
    lower: float = 0.0
    upper: float = 5.0


class Field(NamedTuple):
    """The displacement of some cells."""

    nearest: Tensor  # (N,) int64, the handle that each cell follows
    flow: Tensor  # (N, 2) xy


def depth_map(
    placed: Placed,
    depth: Tensor,
    *,
    priority: Priority = Priority.RASTER,
    geometry: Geometry | None = None,
    check: Check | None = None,
) -> Map:
    """Move the cells of an area with the drag of their nearest handle, by as much as their depth asks for (GeoDrag).

    depth: (H, W) of the whole picture at any size, large where near, in any units. An area without a cell moves
    nothing. check: called between pieces of the work, may raise to end it. Raises ValueError for a depth of another
    shape than the picture, the same everywhere or not finite.
    """
    (area,) = placed.cells(middle_cells)
    if not area.any():
        return Map.at_rest(placed.grid)
    handles, targets = ((ends / placed.cell_size).round() for ends in (placed.handles, placed.targets))  # (P, 2) each
    cells = cell_list(area)  # (N, 2)
    nearness = relative_depth(seen(depth, placed), (placed.grid.height, placed.grid.width))  # (h, w)
    field = displacement(cells, handles, targets, nearness, geometry or Geometry())
    if check:
        check()
    order = claim_order(torch.cdist(cells, handles).amin(1), priority)
    return map_of(claimed(area, destinations(cells, field.flow, area), order), area)


def seen(depth: Tensor, placed: Placed) -> Tensor:
    """What of a depth (H, W) of the whole picture lies in the part that is worked on; beyond it as at the border."""
    whole, part = placed.whole.picture, placed.part
    height, width = depth.shape
    if differ_in_shape(Extent(width, height), whole):
        raise ValueError(
            f"the depth is {width}x{height} and the picture {whole.width}x{whole.height}. Connect the depth map of "
            "this picture."
        )
    if part == Part(0, 0, whole):
        return depth
    depth = F.interpolate(depth.float()[None, None], (whole.height, whole.width), mode="bilinear")[0, 0]
    return part.taken_from(depth)


def middle_cells(mask: Tensor) -> Tensor:
    """Reduce an image mask (H, W) to the cells of 8 pixels (h, w) of which one of the 4 in the middle is set."""
    height, width = (side // 8 for side in mask.shape)
    parts = mask[: height * 8, : width * 8].reshape(height, 8, width, 8)[:, MIDDLE][..., MIDDLE]  # (h, 2, w, 2)
    return parts.bool().any(3).any(1)


def relative_depth(depth: Tensor, shape: tuple[int, int]) -> Tensor:
    """A depth (H, W) on a grid (h, w), from 0 where it is farthest to 1 where it is nearest."""
    if not depth.isfinite().all():
        raise ValueError("the depth holds values that are no numbers. Connect the output of a depth estimator.")
    found = F.interpolate(depth.float()[None, None], shape, mode="bilinear", antialias=False)[0, 0]
    least, most = found.aminmax()
    if not most > least:
        raise ValueError("the depth is the same everywhere. Connect a depth map of the picture, near parts brighter.")
    return (found - least) / (most - least)


def displacement(cells: Tensor, handles: Tensor, targets: Tensor, depth: Tensor, geometry: Geometry) -> Field:
    """The flow of cells (N, 2) xy by the drag of their nearest handle, the first of equally near ones.

    handles, targets: (P, 2) xy in cells; depth: (h, w) from 0 to 1. Near the handle a cell moves as on a plane (f_p),
    far from it as its depth asks for (f_d), between them by both: flow = ((1 - mu) f_p + mu f_d) (target - handle).
    """
    nearest = torch.cdist(cells, handles, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)  # (N,)
    flow = torch.zeros_like(cells)
    for number in nearest.unique().tolist():
        own, drag = nearest == number, targets[number] - handles[number]
        if float(drag.norm()) < STILL:
            continue
        flow[own] = share(cells[own], handles[number], depth, geometry)[:, None] * drag
    return Field(nearest, flow)


def share(cells: Tensor, handle: Tensor, depth: Tensor, geometry: Geometry) -> Tensor:
    """The part of a drag that cells (N, 2) of its handle (2,) follow, (N,), practically all of it at the handle."""
    low, high = cells.amin(0), cells.amax(0)
    centre = (low + high) / 2  # (2,)
    radius = (centre - low + EPS).norm()
    away = lengths(cells - handle)  # (N,)
    plane = on_plane(cells - handle, away, centre - handle, radius, geometry.beta)
    relief = by_depth(cells, handle, depth, geometry)
    mix = away / (away + 2 * geometry.gamma * radius + EPS)
    return geometry.scale * ((1 - mix) * plane + mix * relief)


def on_plane(offsets: Tensor, away: Tensor, to_centre: Tensor, radius: Tensor, beta: float) -> Tensor:
    """The share f_p = 1 - (r / L)^beta; L is longer for cells that lie towards the middle of the area."""
    towards = (offsets * to_centre).sum(-1) > 0  # (N,)
    reach = torch.where(towards, radius + to_centre.norm() + EPS, radius)
    return 1 - ((away + EPS) / reach) ** beta


def by_depth(cells: Tensor, handle: Tensor, depth: Tensor, geometry: Geometry) -> Tensor:
    """The share f_d: how near the cells are beside what lies under the handle, which is read within the grid."""
    limit = torch.tensor(depth.shape[::-1]) - 1
    x, y = handle.long().clamp(min=0).minimum(limit).tolist()
    column, row = cells.long().unbind(-1)
    ratio = depth[row, column] / depth[y, x].clamp(min=LEAST_DEPTH)
    return (ratio**geometry.alpha).clamp(geometry.lower, geometry.upper)
