"""Filling the null cells that the latent warpage leaves: bilateral nearest neighbour interpolation (BNNI) or noise."""

from enum import Enum
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.floating[Any]]


class FillMode(Enum):
    """How null cells get their content."""

    SEQUENTIAL = "sequential"
    SIMULTANEOUS = "simultaneous"
    NOISE = "noise"


def fill_null(
    latent: Tensor,
    null_mask: Tensor | None,
    mode: FillMode = FillMode.SEQUENTIAL,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Fill the null cells of a latent (FastDrag, BNNI).

    Each null cell becomes the mean of its nearest non-null cells to the left, right, above and below, weighted by
    inverse distance. `SEQUENTIAL` (the reference) visits them in raster order, and filled cells serve the later ones;
    `SIMULTANEOUS` uses only cells that were non-null at the start. A cell without any such neighbour becomes 0, or
    without a mask stays as it is: 0 in channel 0.
    `NOISE` draws zero-mean Gaussian noise with the standard deviation of the non-null cells of each item and channel
    (1 where fewer than two are left).

    latent: (B, C, h, w), any dtype; bfloat16 is computed in float32. null_mask: (h, w) bool, shared by the batch.
    Without one the reference's rule applies: a cell of an item is null while its channel 0 equals 0.
    generator: source of the noise; the noise at a cell does not depend on the mask. Returns a new tensor like latent.
    Raises ValueError where the mask does not fit the latent.
    """
    if latent.ndim != 4 or (null_mask is not None and null_mask.shape != latent.shape[-2:]):
        mask_shape = None if null_mask is None else tuple(null_mask.shape)
        raise ValueError(
            f"The null mask has shape {mask_shape} and the latent {tuple(latent.shape)}; the latent must be "
            "(batch, channels, height, width) and the null mask (height, width) of the same size."
        )
    if not len(latent):
        return latent.clone()
    if mode is FillMode.NOISE:
        return _fill_noise(latent, null_mask, generator)
    return _fill_neighbours(latent, null_mask, mode)


def _fill_noise(latent: Tensor, null_mask: Tensor | None, generator: torch.Generator | None) -> Tensor:
    null = latent[:, :1] == 0 if null_mask is None else null_mask.bool().to(latent.device)  # (B, 1, h, w) or (h, w)
    null = null.expand_as(latent)
    device = "cpu" if generator is None else generator.device
    noise = torch.randn(latent.shape, generator=generator, device=device).to(latent.device)
    known = latent.float().masked_fill(null, torch.nan).flatten(2)  # (B, C, h * w)
    spread = (known - known.nanmean(-1, keepdim=True)).square().nanmean(-1).sqrt()  # (B, C)
    few = known.isfinite().sum(-1) < 2
    spread = spread.masked_fill(few, 1)[..., None, None]  # (B, C, 1, 1)
    return torch.where(null, (noise * spread).to(latent.dtype), latent)


def _fill_neighbours(latent: Tensor, null_mask: Tensor | None, mode: FillMode) -> Tensor:
    dtype = torch.float32 if latent.dtype == torch.bfloat16 else latent.dtype

    def bnni(grid: Floats, null: NDArray[np.bool_]) -> Floats:
        if mode is FillMode.SIMULTANEOUS:
            return simultaneous_bnni(grid, null)
        return sequential_bnni(grid, null, null_by_value=null_mask is None)

    items = latent.detach().to("cpu", dtype)
    if null_mask is None:
        grids = [item.permute(1, 2, 0).numpy() for item in items]  # (h, w, C) each
        filled = [bnni(grid, grid[..., 0] == 0) for grid in grids]
    else:
        null = null_mask.cpu().bool().numpy()
        grid = items.masked_fill(torch.from_numpy(null), 0).flatten(0, 1).permute(1, 2, 0).numpy()  # (h, w, B * C)
        filled = [bnni(grid, null)]
    cells = torch.from_numpy(np.concatenate(filled, axis=2))  # (h, w, B * C)
    return cells.permute(2, 0, 1).reshape(latent.shape).to(latent.device, latent.dtype)


def simultaneous_bnni(grid: Floats, null: NDArray[np.bool_]) -> Floats:
    """Fill every null cell from the cells that are non-null at the start (FastDrag, BNNI as in the paper's figure).

    grid: (h, w, C) floating point; null: (h, w). Returns a new (h, w, C).
    """
    values = grid.reshape(null.size, -1).copy()  # (h * w, C)
    cells = np.flatnonzero(null)  # (Z,)
    distances = reference_distances(null)[:, null]  # (4, Z)
    mean, found = _weighted_mean(values, cells, distances, inverse_distances(null), null.shape[1])
    values[cells[found]] = mean[found]
    return values.reshape(grid.shape)


def sequential_bnni(grid: Floats, null: NDArray[np.bool_], null_by_value: bool) -> Floats:
    """Fill null cells in raster order, each from the cells that are non-null by then (FastDrag, BNNI).

    References to the left and above lie on earlier anti-diagonals; those to the right and below are never filled
    before they serve. So the null cells of one anti-diagonal are filled together, with the same result to the bit.

    grid: (h, w, C) floating point; null: (h, w). null_by_value: reference behaviour, a filled cell whose channel 0
    comes out as 0 is still null to later cells. Returns a new (h, w, C).
    """
    height, width = null.shape
    values = grid.reshape(null.size, -1).copy()  # (h * w, C)
    rows, columns = _antidiagonal_order(null)  # (Z,)
    cells, inverse = rows * width + columns, inverse_distances(null)
    distances = reference_distances(null)[:, rows, columns]  # (4, Z)
    last_column, last_row = np.full(height, -max(null.shape)), np.full(width, -max(null.shape))
    starts = np.flatnonzero(np.diff(rows + columns, prepend=-1))
    for start, stop in pairwise([*starts, len(cells)]):
        row, column, cell = rows[start:stop], columns[start:stop], cells[start:stop]  # (D,)
        left, _, up, _ = distance = distances[:, start:stop]  # (4, D)
        np.minimum(left, column - last_column[row], out=left)
        np.minimum(up, row - last_row[column], out=up)
        mean, found = _weighted_mean(values, cell, distance, inverse, width)
        values[cell[found]] = mean[found]
        filled = found & (mean[:, 0] != 0) if null_by_value else found
        last_column[row[filled]] = column[filled]
        last_row[column[filled]] = row[filled]
    return values.reshape(grid.shape)


def reference_distances(null: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Measure how far the nearest non-null cell lies to the left, right, above and below each cell of (h, w).

    Returns (4, h, w) in cells; max(h, w) or more means that there is none.
    """
    left, up = _distance_back(null, 1), _distance_back(null, 0)
    right, down = _distance_back(null[:, ::-1], 1)[:, ::-1], _distance_back(null[::-1], 0)[::-1]
    return np.stack([left, right, up, down])


def inverse_distances(null: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Tabulate the weight of a reference by its distance as `reference_distances` gives it, 0 for none."""
    reach = max(null.shape)
    inverse = np.zeros(2 * reach)
    inverse[1:reach] = 1 / np.arange(1, reach)
    return inverse


def _distance_back(null: NDArray[np.bool_], axis: int) -> NDArray[np.int64]:
    position = np.indices(null.shape, sparse=True)[axis]
    return position - np.maximum.accumulate(np.where(null, -max(null.shape), position), axis)


def _antidiagonal_order(null: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = np.nonzero(null)  # (Z,)
    order = np.argsort(rows + columns, kind="stable")
    return rows[order], columns[order]


def _weighted_mean(
    values: Floats, cells: NDArray[np.int64], distances: NDArray[np.int64], inverse: NDArray[np.float64], width: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Average the four references of each cell, rounding after every step as the reference does.

    values: (h * w, C); cells: (Z,) flat; distances: (4, Z). A missing reference points anywhere, with weight 0.
    Returns the mean (Z, C), and which cells have any reference.
    """
    steps = np.array([[-1], [1], [-width], [width]])
    references = values.take(cells + steps * distances, axis=0, mode="clip")  # (4, Z, C)
    weights = inverse[distances]  # (4, Z)
    exact = np.promote_types(values.dtype, np.float32)
    left, right, up, down = (references * weights.astype(exact)[..., None]).astype(values.dtype)
    total_weight = weights[0] + weights[1] + weights[2] + weights[3]  # (Z,)
    found = total_weight > 0
    divisor = np.where(found, total_weight, 1).astype(exact)[:, None]
    return (((left + right) + up + down) / divisor).astype(values.dtype), found
