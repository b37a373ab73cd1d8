"""Drawing a drag instruction on its picture: numbered arrows, regions, the fixed area darkened."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..grid.raster import editable_mask, rasterise
from ..instruction.spec import DragSpec, Extent, Point, Region, Shape
from .pen import Mark, arrow_marks, drawn_tile, label_marks, path_marks

FIXED_SHADE = 0.55
SOURCE_TINT = np.array([0.92, 0.25, 0.20], dtype=np.float32)
TARGET_TINT = np.array([0.20, 0.47, 0.96], dtype=np.float32)
TINT_SHARE = 0.4
TILE = 512  # pixels a side that are drawn at once, so that large pictures need little memory


def draw_on_pictures(pictures: Tensor, spec: DragSpec) -> Tensor:
    """Pictures (B, H, W, C) of any kind, 0..1, as colours (B, H, W, 3) in float32 with an instruction drawn on them."""
    drawn = as_colours(pictures)
    size = Extent(drawn.shape[2], drawn.shape[1])
    for picture in drawn:
        draw(picture.numpy(), spec.scaled_to(size), [])
    return drawn


def as_colours(pictures: Tensor) -> Tensor:
    """A copy of pictures (B, H, W, C) as (B, H, W, 3) in float32 on the CPU."""
    drawn = torch.empty((*pictures.shape[:3], 3), dtype=torch.float32)
    return drawn.copy_(three_channels(pictures))


def three_channels(pictures: Tensor) -> Tensor:
    """A view of pictures (B, H, W, C) as (B, H, W, 3); one or two channels are grey, a fourth is left out."""
    colours = pictures[..., :1] if pictures.shape[-1] < 3 else pictures[..., :3]
    return colours.expand(*pictures.shape[:3], 3)


def draw_drag(picture: np.ndarray, spec: DragSpec) -> np.ndarray:
    """The picture (H, W, 3), float 0..1, with an instruction of the same size drawn on it."""
    return draw_paths(picture, spec, [])


def draw_paths(picture: np.ndarray, spec: DragSpec, paths: list[list[Point]]) -> np.ndarray:
    """The same, and the paths that its handles have taken, in pixels."""
    drawn = picture.astype(np.float32)
    draw(drawn, spec, paths)
    return drawn


def draw(picture: np.ndarray, spec: DragSpec, paths: list[list[Point]]) -> None:
    """Draws on a picture (H, W, 3) in place."""
    size = Extent(picture.shape[1], picture.shape[0])
    np.clip(picture, 0, 1, out=picture)
    shade_fixed(picture, spec, size)
    tint_regions(picture, spec.regions, size)
    width = stroke_width(size)
    marks = [mark for drag in spec.drags for mark in arrow_marks(drag, width)]
    marks += [mark for path in paths for mark in path_marks(path, width)]
    marks += [mark for number, drag in enumerate(spec.drags, 1) for mark in label_marks(str(number), drag, width)]
    for tile, corner in tiles(picture):
        lay_marks(tile, corner, marks)


def stroke_width(size: Extent) -> float:
    """Lines of about a two-hundredth of the picture, two pixels at least."""
    return max(2.0, min(size) / 160)


def tiles(picture: np.ndarray) -> Iterator[tuple[np.ndarray, Point]]:
    """The parts of a picture, as views (h, w, 3), and their upper left corners."""
    for y in range(0, picture.shape[0], TILE):
        for x in range(0, picture.shape[1], TILE):
            yield picture[y : y + TILE, x : x + TILE], Point(x, y)


def lay_marks(tile: np.ndarray, corner: Point, marks: list[Mark]) -> None:
    """Lays the marks that meet a part of the picture on it."""
    layer = drawn_tile(marks, corner, Extent(tile.shape[1], tile.shape[0]))
    if layer is not None:
        tile *= 1 - layer[..., 3:]
        tile += layer[..., :3]


def shade_fixed(picture: np.ndarray, spec: DragSpec, size: Extent) -> None:
    """Darkens what lies outside the editable area."""
    area = editable_mask(spec, size)
    if area is None:
        return
    for start in range(0, size.height, TILE):
        shade = np.where(area[start : start + TILE].numpy(), np.float32(1), np.float32(FIXED_SHADE))  # (h, W)
        picture[start : start + TILE] *= shade[..., None]


def tint_regions(picture: np.ndarray, regions: tuple[Region, ...], size: Extent) -> None:
    """Tints source shapes red and target shapes blue."""
    for region in regions:
        tint(picture, region.source, SOURCE_TINT, size)
        tint(picture, region.target_shape(), TARGET_TINT, size)


def tint(picture: np.ndarray, shape: Shape, colour: np.ndarray, size: Extent) -> None:
    inside = rasterise(shape, size).numpy()
    rows = np.flatnonzero(inside.any(axis=1))
    for start in range(0, len(rows), TILE):
        band = slice(rows[start], rows[min(start + TILE, len(rows)) - 1] + 1)
        share = TINT_SHARE * inside[band, :, None].astype(np.float32)  # (h, W, 1)
        picture[band] *= 1 - share
        picture[band] += share * colour
