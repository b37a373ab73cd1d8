"""A drag carried out on the pixels of a picture, and the masks of what is then left to paint (Inpaint4Drag)."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..grid.areas import Area, bounding_box, paired, unpaired
from ..maps.map import Check, Map, Rounding
from .resample import resampled_bands
from .rim import draw_rim
from .smooth_fill import fill_smoothly

EDGE_OPACITY = 0.5


class Sampling(Enum):
    """How finely content moves: to parts of a pixel, or pixel by pixel as in Inpaint4Drag's program."""

    SMOOTH = "smooth"
    REFERENCE = "nearest (reference)"

    @property
    def rounding(self) -> Rounding:
        """What the map is to say."""
        return Rounding.NEAREST if self is Sampling.SMOOTH else Rounding.TRUNCATED


class Fill(Enum):
    """What becomes of the place that content has left: its old content stays, or its surroundings grow over it."""

    NONE = "none"
    NEIGHBOURS = "neighbours"


class Warped(NamedTuple):
    """A picture after a drag, and what is left to paint."""

    image: Tensor  # (B, H, W, C)
    inpaint_mask: Tensor  # (H, W) bool, the vacated area, widened, and the rim
    target_mask: Tensor  # (H, W) bool


def warp(
    image: Tensor,
    moves: Map,
    mask_expand: int = 5,
    fill: Fill = Fill.NONE,
    sampling: Sampling = Sampling.SMOOTH,
    check: Check | None = None,
) -> Warped:
    """Move the content of a picture as a map of its pixels says (Inpaint4Drag).

    image: (B, H, W, C), floating point, every item alike; mask_expand: pixels by which the vacated area and the rim
    grow in the inpaint mask, made odd, 0 for the bare area without a rim. Content that lands outside the image is lost,
    and its place counts as vacated. check: called between pieces of the work, may raise to end it.
    """
    content = image.movedim(-1, 1).to(torch.promote_types(image.dtype, torch.float32))  # (B, C, H, W)
    under = background(content, moves, mask_expand) if fill is Fill.NEIGHBOURS else content
    moved = lay(content, under, moves, sampling, check).movedim(1, -1).to(image.dtype).contiguous()
    masks = torch.from_numpy(inpaint_area(moves, mask_expand)), moves.moved
    return Warped(moved, *(mask.to(image.device) for mask in masks))


def inpaint_area(moves: Map, mask_expand: int) -> np.ndarray:
    """What an inpainting model is to paint, (H, W) bool: the vacated area, widened, and the rim of what landed."""
    area = widened(moves.vacated.numpy(), mask_expand)
    if mask_expand:
        draw_rim(area, moves.outlines, odd(mask_expand))
    return area & paintable(moves, mask_expand)


def paintable(moves: Map, mask_expand: int) -> np.ndarray:
    """What may be painted anew, (H, W) bool: what may change, and the surroundings of what no mask limits."""
    return moves.editable.numpy() | widened((moves.free & moves.landing).numpy(), mask_expand)


def odd(width: int) -> int:
    """The next odd width, or 0."""
    return width + 1 if width and width % 2 == 0 else width


def widened(mask: np.ndarray, width: int) -> np.ndarray:
    """All pixels in squares of the given width, made odd, around those of a mask (H, W); the mask itself for 0."""
    grown, side = mask.copy(), odd(width)
    if side and mask.any():
        box = tuple(slice(max(part.start - side, 0), part.stop + side) for part in bounding_box(mask))
        grown[box] = ndimage.maximum_filter(mask[box], size=side, mode="constant")
    return grown


def background(picture: Tensor, moves: Map, mask_expand: int) -> Tensor:
    """A picture (B, C, H, W) with the vacated area filled from around the regions, so that nothing moved shows there.

    The fill also lies under the targets, where their edges let it through.
    """
    area, moved = moves.area.numpy(), moves.moved.numpy()
    without = fill_smoothly(picture, torch.from_numpy(widened(area, mask_expand)))
    hole = (widened(moves.vacated.numpy(), mask_expand) | (area & moved)) & paintable(moves, mask_expand)
    return torch.where(torch.from_numpy(hole).to(picture.device), without, picture)


def lay(picture: Tensor, under: Tensor, moves: Map, sampling: Sampling, check: Check | None = None) -> Tensor:
    """Lay the moved content of a picture (B, C, H, W) on another of the same size."""
    placed, target, source = under.clone(), Area.of(moves.moved.numpy()), moves.source.numpy()
    bands = (resampled_bands if sampling is Sampling.SMOOTH else copied_bands)(picture, source, target)
    solid = within_edges(moves.moved.numpy())
    for band, content in bands:
        window, inside = placed[(..., *band.box)], torch.from_numpy(band.inside).to(picture.device)
        if sampling is Sampling.SMOOTH:
            share = torch.from_numpy(np.where(solid[band.box][band.inside], 1, EDGE_OPACITY)).to(picture)  # (n,)
            content = torch.lerp(window[..., inside], content, share)
        window[..., inside] = content
        if check:
            check()
    return placed


def copied_bands(picture: Tensor, source: np.ndarray, target: Area) -> Iterator[tuple[Area, Tensor]]:
    """Read a picture (B, C, H, W) at the pixels that hold points (H, W, 2): bands of the target, (B, C, n) each."""
    last = np.array(picture.shape[:1:-1]) - 1
    for band in target.bands():
        points = unpaired(paired(source)[band.box][band.inside])  # (n, 2)
        columns, rows = torch.from_numpy(points.astype(np.int64).clip(max=last)).T
        yield band, picture[..., rows, columns]


def within_edges(target: np.ndarray) -> np.ndarray:
    """Where moved content covers wholly (H, W): not at the edges of the target, which gives a seam no steps."""
    beyond = np.pad(target, 1, mode="edge")  # the border of the picture is no edge
    return beyond[1:-1, :-2] & beyond[1:-1, 2:] & beyond[:-2, 1:-1] & beyond[2:, 1:-1]
