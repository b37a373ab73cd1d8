"""A drag carried out on the pixels of a picture, and the masks of what is then left to paint (Inpaint4Drag)."""

from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..grid.areas import Area, bounding_box, paired, unpaired
from ..grid.outlines import Parts, contour
from ..grid.raster import editable_mask
from ..instruction.spec import DragSpec, Extent
from ..maps.beside import left_out
from ..maps.flow import flow_by_points
from ..maps.map import Match
from ..maps.points import INPAINT4DRAG_EPS, match_by_points
from ..maps.regions import Frame, match_spec
from ..opencv.rim import draw_rim
from .resample import resampled_bands
from .smooth_fill import fill_smoothly

EDGE_OPACITY = 0.5
REMARKS = 3
TURNED = 40  # degrees, from which on drags squeeze what they turn


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
    check: Callable[[], None] | None = None,
) -> Warped:
    """Move the regions of an instruction in the pixels of a picture, later ones on top (Inpaint4Drag).

    image: (B, H, W, C), floating point, every item alike; spec: as in `region_map`, scaled to the image; mask_expand:
    pixels by which the vacated area and the rim grow in the inpaint mask, made odd, 0 for the bare area without a rim.
    Without regions the parts of the mask move by the drags in them; with regions the mask limits where these land, and
    its parts apart from all regions move by their drags. Content that lands outside the image is lost, and its place
    counts as vacated. check: called between pieces of the work, may raise to end it. Raises ValueError as `region_map`
    does.
    """
    size = Extent(image.shape[2], image.shape[1])
    pixels = pixel_map(spec, size, mask_expand, sampling, check)
    content = image.movedim(-1, 1).to(torch.promote_types(image.dtype, torch.float32))  # (B, C, H, W)
    under = background(content, pixels, mask_expand) if fill is Fill.NEIGHBOURS else content
    moved = place(content, under, pixels, sampling, check).movedim(1, -1).to(image.dtype).contiguous()
    masks = (torch.from_numpy(mask).to(image.device) for mask in (inpaint_area(pixels, mask_expand), pixels.target))
    return Warped(moved, *masks, pixels.notes)


def pixel_map(
    spec: DragSpec, size: Extent, mask_expand: int, sampling: Sampling, check: Callable[[], None] | None = None
) -> PixelMap:
    """Map the pixels of a picture; arguments and errors as in `warp`."""
    exactly, spec, shape = sampling is Sampling.SMOOTH, spec.scaled_to(size), size[::-1]
    by_points = partial(flow_by_points, check=check) if exactly else partial(match_by_points, eps=INPAINT4DRAG_EPS)
    area = editable_mask(spec, size)
    editable = np.ones(shape, dtype=bool) if area is None or not spec.regions else area.numpy().copy()
    unmoved = np.zeros(shape, dtype=bool) if area is None or spec.regions else area.numpy().copy()
    target, source, rim = np.zeros((3, *shape), dtype=bool)
    points, notes = np.empty((*shape, 2), dtype=np.float32), []
    for match in match_spec(spec, Frame(size, 1, by_points)):
        notes += surprises(match)
        unmoved[match.area.box][match.area.inside] = False
        moves = not (exactly and match.stays)
        target[match.landing.box][match.landing.inside] = moves
        if not moves:
            source[match.landing.box][match.landing.inside] = False
            continue
        write_points(points, match, exactly, check)
        source[match.area.box] |= match.area.inside
        if mask_expand:
            draw_match_rim(rim, match, odd(mask_expand))
        if match.free:
            around = widened(match.landing.on(shape), mask_expand)
            editable |= around
    target &= editable
    notes = unmoved_parts(unmoved) + notes + left_out(spec, size)
    points = unpaired(paired(points)[target])  # (N, 2)
    return PixelMap(source, target, points.clip(0, np.float32(size), out=points), rim, editable, notes)


def write_points(points: np.ndarray, match: Match, exactly: bool, check: Callable[[], None] | None) -> None:
    """Write where the content of a match comes from into a map (H, W, 2) of all pixels."""
    for band in match.landing.bands():
        cells = band.cells()
        from_where = match.origin(cells) if exactly else match.source_cells(cells) + 0.5  # (n, 2)
        paired(points)[band.box][band.inside] = paired(from_where)
        if check:
            check()


def inpaint_area(pixels: PixelMap, mask_expand: int) -> np.ndarray:
    """What an inpainting model is to paint, (H, W) bool: the vacated area, widened, and the rim of the targets."""
    return (widened(pixels.vacated, mask_expand) | pixels.rim) & pixels.editable


def odd(width: int) -> int:
    """The next odd width, or 0."""
    return width + 1 if width and width % 2 == 0 else width


def draw_match_rim(canvas: np.ndarray, match: Match, thickness: int) -> None:
    """Draw the rim of a match: along its moved outline where it is known, otherwise around its target cells."""
    if match.outline is not None:
        draw_rim(canvas, [match.outline], thickness)
        return
    beyond, landing = thickness + 1, match.landing
    rows, columns = (slice(max(part.start - 1, 0), part.stop + 1) for part in landing.box)
    window = landing.on(canvas.shape)[rows, columns]
    edges = (rows.start == 0, rows.stop >= canvas.shape[0]), (columns.start == 0, columns.stop >= canvas.shape[1])
    widths = tuple(tuple(beyond * edge for edge in ends) for ends in edges)
    parts = Parts.of(np.pad(window, widths, mode="edge"))
    offset = columns.start - widths[1][0], rows.start - widths[0][0]
    draw_rim(canvas, [contour(part) + offset for part in parts.areas(range(1, parts.count + 1))], thickness)


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


def place(
    picture: Tensor, under: Tensor, pixels: PixelMap, sampling: Sampling, check: Callable[[], None] | None = None
) -> Tensor:
    """Lay the moved content of a picture (B, C, H, W) on another of the same size."""
    placed, target = under.clone(), Area.of(pixels.target)
    if sampling is Sampling.REFERENCE:
        bands = copied_bands(picture, pixels.points, target)
    else:
        bands = resampled_bands(picture, pixels.points, target)
    solid = within_edges(pixels.target)
    for band, content in bands:
        window, inside = placed[(..., *band.box)], torch.from_numpy(band.inside).to(picture.device)
        if sampling is Sampling.SMOOTH:
            share = torch.from_numpy(np.where(solid[band.box][band.inside], 1, EDGE_OPACITY)).to(picture)  # (n,)
            content = torch.lerp(window[..., inside], content, share)
        window[..., inside] = content
        if check:
            check()
    return placed


def copied_bands(picture: Tensor, points: np.ndarray, target: Area) -> Iterator[tuple[Area, Tensor]]:
    """Read a picture (B, C, H, W) at the pixels that hold points (N, 2): bands of the target, (B, C, n) each."""
    last, done = np.array(picture.shape[:1:-1]) - 1, 0
    for band in target.bands():
        columns, rows = torch.from_numpy(points[done : done + band.count].astype(np.int64).clip(max=last)).T
        yield band, picture[..., rows, columns]
        done += band.count


def within_edges(target: np.ndarray) -> np.ndarray:
    """Where moved content covers wholly (H, W): not at the edges of the target, which gives a seam no steps."""
    beyond = np.pad(target, 1, mode="edge")  # the border of the picture is no edge
    return beyond[1:-1, :-2] & beyond[1:-1, 2:] & beyond[:-2, 1:-1] & beyond[2:, 1:-1]


def unmoved_parts(left: np.ndarray) -> list[str]:
    """Say which parts of the mask hold no handle, from what (H, W) bool of it is not part of any match."""
    parts = Parts.of(left)
    if not parts.count:
        return []
    first = parts.areas(range(1, min(parts.count, REMARKS) + 1))
    around = ", ".join(map(middle, first)) + ", ..." * (parts.count > REMARKS)
    return [f"parts of the mask without a handle stay as they are: {parts.count}, around {around}."]


def surprises(match: Match) -> list[str]:
    """Say whether a region folds over itself, is squeezed by a turn or leaves the picture."""
    notes, around, degrees = [], f"the region around {middle(match.area)}", round(match.turn)
    as_whole = f'to turn it as a whole, make it a region with "rotate": {degrees}.'
    if match.folded:
        remedy = f"let them cross less, or, {as_whole}" if abs(degrees) >= TURNED else "let them cross less."
        notes.append(f"the drags fold {around} over itself; {remedy}")
    elif abs(degrees) >= TURNED:
        notes.append(f"the drags turn {around} by about {abs(degrees)} degrees and squeeze it; {as_whole}")
    if not match.landing.count:
        notes.append(f"the whole region around {middle(match.area)} lands outside the image; its place is emptied.")
    return notes


def middle(area: Area) -> str:
    """The middle of an area, in words."""
    x, y = area.middle()
    return f"({x:.0f}, {y:.0f})"
