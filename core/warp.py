"""A drag carried out on the pixels of a picture, and the masks of what is then left to paint (Inpaint4Drag)."""

from enum import Enum
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from .contours import contour_corners, filled_components
from .drag import DragSpec, Extent
from .masks import editable_mask
from .region_cells import Match, bounding_box, cells_xy
from .region_flow import flow_by_points
from .region_points import INPAINT4DRAG_EPS, match_by_points
from .regions import Frame, match_spec
from .resample import resample
from .rim import draw_rim
from .smooth_fill import fill_smoothly

EDGE_OPACITY = 0.5
REMARKS = 3


class Sampling(Enum):
    """How finely content moves: to parts of a pixel, or pixel by pixel as in Inpaint4Drag's program."""

    SMOOTH = "smooth"
    REFERENCE = "nearest (reference)"


class Fill(Enum):
    """What becomes of the place that content has left: its old content stays, or its surroundings grow over it."""

    NONE = "none"
    NEIGHBOURS = "neighbours"


class PixelMap(NamedTuple):
    """Where content comes from and goes to, on the pixels of a picture; regions that stay in place count as neither."""

    source: np.ndarray  # (H, W) bool
    target: np.ndarray  # (H, W) bool
    points: np.ndarray  # (N, 2) xy float32, where the content of each target pixel in raster order comes from
    rim: np.ndarray  # (H, W) bool, the seam around the targets
    editable: np.ndarray  # (H, W) bool
    notes: list[str]  # sentences on what is probably not meant

    @property
    def vacated(self) -> np.ndarray:
        """What content has left and none has come to, (H, W) bool."""
        return self.source & ~self.target & self.editable


class Warped(NamedTuple):
    """A picture after a drag, and what is left to paint."""

    image: Tensor  # (B, H, W, C)
    inpaint_mask: Tensor  # (H, W) bool, the vacated area, widened, and the rim
    target_mask: Tensor  # (H, W) bool
    notes: list[str]


def warp(
    image: Tensor,
    spec: DragSpec,
    mask_expand: int = 5,
    fill: Fill = Fill.NONE,
    sampling: Sampling = Sampling.SMOOTH,
) -> Warped:
    """Move the regions of an instruction in the pixels of a picture, later ones on top (Inpaint4Drag).

    image: (B, H, W, C), floating point, every item alike; spec: as in `region_map`, scaled to the image; mask_expand:
    pixels by which the vacated area and the rim grow in the inpaint mask, made odd, 0 for the bare area without a rim.
    Without regions the parts of the mask move by the drags in them; with regions the mask limits what changes. Content
    that lands outside the image is lost, and its place counts as vacated. Raises ValueError as `region_map` does.
    """
    size = Extent(image.shape[2], image.shape[1])
    pixels = pixel_map(spec, size, mask_expand, sampling)
    content = image.movedim(-1, 1).to(torch.promote_types(image.dtype, torch.float32))  # (B, C, H, W)
    under = background(content, pixels, mask_expand) if fill is Fill.NEIGHBOURS else content
    moved = place(content, under, pixels, sampling).movedim(1, -1).to(image.dtype).contiguous()
    masks = (torch.from_numpy(mask).to(image.device) for mask in (inpaint_area(pixels, mask_expand), pixels.target))
    return Warped(moved, *masks, pixels.notes)


def pixel_map(spec: DragSpec, size: Extent, mask_expand: int, sampling: Sampling) -> PixelMap:
    """Map the pixels of a picture; arguments and errors as in `warp`."""
    exactly = sampling is Sampling.SMOOTH
    by_points = flow_by_points if exactly else partial(match_by_points, eps=INPAINT4DRAG_EPS)
    spec = spec.scaled_to(size)
    area = editable_mask(spec, size)
    matches = match_spec(spec, Frame(size, 1, by_points))
    number, source, rim = np.full(size[::-1], -1, dtype=np.int32), *np.zeros((2, *size[::-1]), dtype=bool)
    points, count = [np.zeros((0, 2))], 0
    for match in matches:
        x, y = match.target.T
        if exactly and stays(match):
            number[y, x], source[y, x] = -1, False
            continue
        number[y, x] = np.arange(count, count + len(x))
        points.append(match.exact if exactly else match.source + 0.5)
        count += len(x)
        source |= match.area
        if mask_expand:
            draw_match_rim(rim, match, odd(mask_expand))
    limited = area.numpy() if spec.regions and area is not None else np.ones(size[::-1], dtype=bool)
    target = (number >= 0) & limited
    x, y = cells_xy(target).T
    at = np.concatenate(points)[number[y, x]].clip(0, size).astype(np.float32)  # (N, 2)
    notes = [] if spec.regions else unmoved_parts(area.numpy(), matches)
    return PixelMap(source, target, at, rim, limited, notes + surprises(matches))


def inpaint_area(pixels: PixelMap, mask_expand: int) -> np.ndarray:
    """What an inpainting model is to paint, (H, W) bool: the vacated area, widened, and the rim of the targets."""
    return (widened(pixels.vacated, mask_expand) | pixels.rim) & pixels.editable


def odd(width: int) -> int:
    """The next odd width, or 0."""
    return width + 1 if width and width % 2 == 0 else width


def stays(match: Match) -> bool:
    """Tell whether a match leaves everything in its place."""
    return len(match.target) > 0 and np.array_equal(match.exact, match.target + 0.5)


def draw_match_rim(canvas: np.ndarray, match: Match, thickness: int) -> None:
    """Draw the rim of a match: along its moved outline where it is known, otherwise around its target cells."""
    if match.outline is not None:
        draw_rim(canvas, match.outline, thickness)
        return
    beyond = thickness + 1
    target = np.zeros_like(canvas)
    target[match.target[:, 1], match.target[:, 0]] = True
    for part in filled_components(np.pad(target, beyond, mode="edge")):
        draw_rim(canvas, contour_corners(part) - beyond, thickness)


def widened(mask: np.ndarray, width: int) -> np.ndarray:
    """All pixels in squares of the given width, made odd, around those of a mask (H, W); the mask itself for 0."""
    grown, side = mask.copy(), odd(width)
    if side and mask.any():
        box = tuple(slice(max(part.start - side, 0), part.stop + side) for part in bounding_box(mask))
        grown[box] = ndimage.maximum_filter(mask[box], size=side, mode="constant")
    return grown


def background(picture: Tensor, pixels: PixelMap, mask_expand: int) -> Tensor:
    """A picture (B, C, H, W) with the vacated area filled from around the regions, so that nothing moved shows there.

    The fill also lies under the targets, where their edges let it through.
    """
    without = fill_smoothly(picture, torch.from_numpy(widened(pixels.source, mask_expand)))
    hole = (widened(pixels.vacated, mask_expand) | (pixels.source & pixels.target)) & pixels.editable
    return torch.where(torch.from_numpy(hole).to(picture.device), without, picture)


def place(picture: Tensor, under: Tensor, pixels: PixelMap, sampling: Sampling) -> Tensor:
    """Lay the moved content of a picture (B, C, H, W) on another of the same size."""
    x, y = torch.from_numpy(cells_xy(pixels.target)).T
    placed = under.clone()
    if sampling is Sampling.REFERENCE:
        columns, rows = torch.from_numpy(pixels.points).long().T
        placed[..., y, x] = picture[..., rows, columns]
        return placed
    share = torch.from_numpy(opacity(pixels.target)).to(picture)  # (N,)
    placed[..., y, x] = torch.lerp(under[..., y, x], resample(picture, pixels.points, pixels.target), share)
    return placed


def opacity(target: np.ndarray) -> np.ndarray:
    """How much moved content covers, for every target pixel (N,): less at the edge, which gives a seam no steps."""
    rows, columns = bounding_box(target)
    beyond = np.pad(target, 1, mode="edge")  # the border of the picture is no edge
    window = beyond[rows.start : rows.stop + 2, columns.start : columns.stop + 2]
    inner = window[1:-1, :-2] & window[1:-1, 2:] & window[:-2, 1:-1] & window[2:, 1:-1]
    return np.where(inner[target[rows, columns]], 1, EDGE_OPACITY)


def unmoved_parts(area: np.ndarray, matches: list[Match]) -> list[str]:
    """Say which parts of the mask (H, W) hold no handle."""
    left = area.copy()
    for match in matches:
        left &= ~match.area
    parts = filled_components(left)
    around = ", ".join(map(middle, parts[:REMARKS])) + ", ..." * (len(parts) > REMARKS)
    return [f"parts of the mask without a handle stay as they are: {len(parts)}, around {around}."] if parts else []


def surprises(matches: list[Match]) -> list[str]:
    """Say which regions fold over themselves or leave the picture."""
    notes = []
    for match in matches:
        if match.folded:
            notes.append(f"the drags fold the region around {middle(match.area)} over itself; let them cross less.")
        if not len(match.target):
            notes.append(f"the whole region around {middle(match.area)} lands outside the image; its place is emptied.")
    return notes


def middle(area: np.ndarray) -> str:
    """The middle of an area (H, W) bool, in words."""
    x, y = cells_xy(area).mean(0)
    return f"({x:.0f}, {y:.0f})"
