"""Maps of instructions and of cells, as tests want them."""

from typing import NamedTuple

import numpy as np
import torch
from dragkit.core.grid.areas import Area
from dragkit.core.grid.cells import fill_polygons
from dragkit.core.grid.moving import pulled_parts
from dragkit.core.grid.outlines import Parts
from dragkit.core.grid.placed import Placed, place
from dragkit.core.instruction.geometry import Extent
from dragkit.core.instruction.spec import DragSpec
from dragkit.core.maps.flow import flow_map
from dragkit.core.maps.map import Map, Match, Rounding
from dragkit.core.maps.points import PointMatcher
from dragkit.core.maps.polygons import match_polygons
from dragkit.core.maps.regions import region_map
from dragkit.core.maps.rows_and_columns import match_rows_and_columns
from dragkit.core.maps.stretch import gather_map, map_of
from dragkit.core.redraw import pixels
from dragkit.core.redraw.copy_paste import relocate
from dragkit.core.redraw.pixels import Fill, Sampling


def on_grid(spec: DragSpec, grid: Extent, cell_size: int) -> Placed:
    """An instruction on the picture under a grid of cells."""
    return place(spec, Extent(grid.width * cell_size, grid.height * cell_size), cell_size=cell_size)


def regions_on(spec: DragSpec, grid: Extent, cell_size: int = 8, rounding: Rounding = Rounding.TRUNCATED) -> Map:
    """The map of an instruction's regions on a grid of cells, by the reference's rounding."""
    return region_map(on_grid(spec, grid, cell_size), rounding)


def pixels_of(spec: DragSpec, size: Extent, sampling: Sampling = Sampling.SMOOTH) -> Map:
    """The map of a picture's pixels."""
    return flow_map(place(spec, size), sampling.rounding)


def match_corners(source: np.ndarray, target: np.ndarray, grid: Extent, place: str = "region") -> Match:
    """A polygon (V, 2) in cells mapped onto another."""
    area, landing = (Area.of(filled) for filled in fill_polygons([source, target], grid))
    return match_polygons(source, target, area, landing, place)


def match_masks(source: np.ndarray, target: np.ndarray) -> Match:
    """A mask (h, w) mapped onto another by columns and rows."""
    return match_rows_and_columns(Area.of(source), Area.of(target))


def match_pulled(rule: PointMatcher, cells: np.ndarray, handles: np.ndarray, targets: np.ndarray) -> list[Match]:
    """The parts of cells (h, w) moved by the drags (P, 2) in them, by a rule."""
    return [match for part in pulled_parts(Parts.of(cells), handles, targets, cells.shape) for match in rule(part)]


class Result(NamedTuple):
    """A picture after an instruction, what is left to paint, and what was said."""

    image: torch.Tensor
    inpaint_mask: torch.Tensor
    target_mask: torch.Tensor
    notes: list[str]


def warp(
    picture: torch.Tensor,
    spec: DragSpec,
    mask_expand: int = 5,
    fill: Fill = Fill.NONE,
    sampling: Sampling = Sampling.SMOOTH,
) -> Result:
    """A picture (B, H, W, C) after an instruction."""
    moves = pixels_of(spec, Extent(picture.shape[2], picture.shape[1]), sampling)
    return Result(*pixels.warp(picture, moves, mask_expand, fill, sampling), list(moves.notes))


def from_gather(gather: torch.Tensor, moved: torch.Tensor, fixed: torch.Tensor | None = None) -> Map:
    """The map that takes its cells (h, w) from flat indices; fixed: (h, w) bool, what may not change."""
    width, nothing = gather.shape[1], torch.zeros_like(moved)
    source = torch.stack([gather % width, gather // width], dim=-1).float() + 0.5
    return Map(source, moved.int() - 1, nothing, torch.ones_like(moved) if fixed is None else ~fixed, nothing, nothing)


class Stretched(NamedTuple):
    """A latent warped by drags, and the cells of it that received nothing."""

    latent: torch.Tensor  # (B, C, h, w)
    null_mask: torch.Tensor  # (h, w) bool


def warp_latent(
    latent: torch.Tensor, handles: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor, **how
) -> Stretched:
    """A latent warped by drags (P, 2) in cells."""
    moves = map_of(gather_map(mask, handles, targets, **how), mask)
    return Stretched(relocate(latent, moves), moves.vacated)
