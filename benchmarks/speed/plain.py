"""The geometry as plain double loops, cell by cell as the papers describe it, to compare with what the pack does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...core.grid.cells import fill_polygon
from ...core.grid.outlines import contour_corners
from ...core.instruction.spec import Drag, Extent

SAMPLES = 100
NEAREST = 4


def warp_by_cell(latent: Tensor, handles: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """FastDrag's warp of a latent (1, C, h, w) by drags (P, 2) xy in cells; mask (h, w) bool.

    A cell under a handle is skipped, the first claimant of a place wins.
    """
    height, width = mask.shape
    cells = mask.nonzero()  # (N, 2) yx
    low, high = cells.amin(0).flip(0), cells.amax(0).flip(0)
    centre = (low + high) / 2
    radius = torch.norm(centre - low + 1e-6)
    warped = latent.clone()
    for y, x in cells:
        warped[:, :, y, x] = 0
    taken = set()
    for y, x in cells:
        cell = torch.stack([x, y]).float()
        landing = torch.round(cell + displacement(cell, handles, targets, centre, radius))
        if not landing.isfinite().all():
            continue
        column = min(max(int(landing[0]), 0), width - 1)
        row = min(max(int(landing[1]), 0), height - 1)
        if (row, column) not in taken:
            taken.add((row, column))
            warped[:, :, row, column] = latent[:, :, y, x]
    return warped


def displacement(cell: Tensor, handles: Tensor, targets: Tensor, centre: Tensor, radius: Tensor) -> Tensor:
    """How far a cell (2,) xy goes with the drags, each by its share of the way to the circle."""
    move, weight_sum = torch.zeros(2), torch.zeros(())
    for handle, target in zip(handles, targets, strict=True):
        ray = cell - handle
        distance = torch.norm(ray)
        from_centre = handle - centre
        along = torch.dot(ray, from_centre) / distance
        reach = torch.sqrt(radius**2 - torch.norm(from_centre) ** 2 + along**2) - along
        on_circle = ray / distance * reach
        stretch = torch.norm(ray - on_circle) / torch.norm(on_circle)
        weight = 1 / (distance + 1e-4)
        move = move + weight * stretch * (target - handle)
        weight_sum = weight_sum + weight
    return move / weight_sum


def fill_by_cell(latent: Tensor, sequential: bool = True) -> Tensor:
    """Fills the cells of a latent (1, C, h, w) whose channel 0 is zero, in raster order, from 4 directions.

    sequential: filled cells serve the later ones.
    """
    filled = latent.clone()
    known = filled if sequential else latent
    height, width = latent.shape[-2:]
    null = [(y, x) for y in range(height) for x in range(width) if filled[0, 0, y, x] == 0]
    for y, x in null:
        total, weight_sum = 0, 0.0
        for step_y, step_x in ((0, -1), (0, 1), (-1, 0), (1, 0)):
            row, column, distance = y + step_y, x + step_x, 1
            while 0 <= row < height and 0 <= column < width:
                if known[0, 0, row, column] != 0:
                    total = total + 1 / distance * known[:, :, row, column]
                    weight_sum += 1 / distance
                    break
                row, column, distance = row + step_y, column + step_x, distance + 1
        if weight_sum:
            filled[:, :, y, x] = total / weight_sum
    return filled


def map_by_cell(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """RegionDrag's map of a mask (h, w) onto another, columns first, then rows: for every cell of the target in raster
    order the cell (N, 2) xy it receives. Neither mask has an empty column between others.
    """
    ends = [column_ends(mask) for mask in (source, target)]
    (left, right), (to_left, to_right) = (np.array([min(found), max(found)], dtype=np.float32) for found in ends)
    matches = []
    for y in range(target.shape[0]):
        for x in range(target.shape[1]):
            if target[y, x]:
                across = (right - left) / max(to_right - to_left, np.float32(1e-4))
                column = int((np.float32(x) - to_left) * across + left)
                (top, bottom), (to_top, to_bottom) = ends[0][column], ends[1][x]
                down = (bottom - top) / max(to_bottom - to_top, np.float32(1e-4))
                matches.append((column, int((np.float32(y) - to_top) * down + top)))
    return np.array(matches)


def column_ends(mask: np.ndarray) -> dict[int, tuple[np.float32, np.float32]]:
    """The first and the last set row of every column of a mask (h, w) that holds any."""
    ends = {}
    for x in range(mask.shape[1]):
        rows = [y for y in range(mask.shape[0]) if mask[y, x]]
        if rows:
            ends[x] = (np.float32(rows[0]), np.float32(rows[-1]))
    return ends


def shift(x: float, y: float, references: Sequence[tuple[float, float, float, float]]) -> tuple[int, int]:
    """Moves a point like its nearest references (x, y, dx, dy), weighted by inverse distance."""
    near = sorted((math.hypot(x - rx, y - ry), dx, dy) for rx, ry, dx, dy in references)[:NEAREST]
    weights = [1 / (distance + 1e-6) for distance, *_ in near]
    total = sum(weights)
    return (
        round(x + sum(w * dx for w, (_, dx, _) in zip(weights, near, strict=True)) / total),
        round(y + sum(w * dy for w, (_, _, dy) in zip(weights, near, strict=True)) / total),
    )


def warp_by_pixel(image: Tensor, region: np.ndarray, drags: tuple[Drag, ...]) -> Tensor:
    """Inpaint4Drag's warp of a region (H, W) in a picture (1, H, W, C): its outline forwards, its inside backwards."""
    moves = [(x, y, to_x - x, to_y - y) for (x, y), (to_x, to_y) in drags]
    picture = Extent(image.shape[2], image.shape[1])
    outline = np.array([shift(x, y, moves) for x, y in contour_corners(region).tolist()])
    rows, columns = region.nonzero()
    some = np.linspace(0, len(rows) - 1, SAMPLES).astype(int)
    landed = [(x, y, *shift(x, y, moves)) for x, y in zip(columns[some].tolist(), rows[some].tolist(), strict=True)]
    back = [(to_x, to_y, x - to_x, y - to_y) for x, y, to_x, to_y in landed]
    warped = image.clone()
    for y, x in np.argwhere(fill_polygon(outline, picture)).tolist():
        from_x, from_y = shift(x, y, back)
        if 0 <= from_x < picture.width and 0 <= from_y < picture.height:
            warped[:, y, x] = image[:, from_y, from_x]
    return warped
