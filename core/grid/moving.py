"""What of a picture moves, found out once and on one grid: every region, and the parts of the mask that drags move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from torch import Tensor

from ..instruction.geometry import Affine, Extent
from ..instruction.spec import Polygon, Region, Shape
from .areas import Area
from .cells import fill_polygons, mask_cells
from .outlines import Parts
from .placed import Placed
from .raster import nothing_covered, rasterise, shape_pixels
from .spans import corners_of

MOST_NUMBERS = 5
REMARKS = 3
OUTSIDE = "outside of all regions; paint what to move as a mask apart from them."
LIMITING = "in a part of the mask that limits regions; paint what to move as a part of the mask apart from the regions."
ON_TARGET = "on the target of region {}; move that target instead."
MOVING = "in region {}, which goes to a target of its own; move that target instead."


@dataclass(frozen=True, eq=False)
class Pulled:
    """A connected area of cells without holes, and the drags that move it."""

    part: Area
    handles: np.ndarray  # (P, 2) xy in cells, those that lie in it
    targets: np.ndarray  # (P, 2)
    shape: tuple[int, int]  # (h, w) of the grid
    free: bool = False  # beside regions, so that the mask does not limit where it lands


@dataclass(frozen=True, eq=False)
class Drawn:
    """A region that its shapes move."""

    region: Region
    place: str  # where it stands in the instruction
    picture: Extent
    cell_size: int
    source: Area  # its cells
    target: Area  # those of its target; under a transform, which moves them, its own
    corners: tuple[np.ndarray, np.ndarray] | None = None  # (V, 2) xy in cells each, of polygons with as many corners

    @property
    def shape(self) -> tuple[int, int]:
        """The grid's (h, w)."""
        return self.picture.height // self.cell_size, self.picture.width // self.cell_size


class Moving(NamedTuple):
    """All that an instruction moves on a grid, in the order in which it is laid."""

    all: list[Pulled | Drawn]
    notes: list[str]  # which drags and regions do nothing, and why: a sentence for each reason
    editable: Tensor | None = None  # (h, w) bool, what may change beside what is free, None for all


@dataclass(frozen=True)
class Footprint:
    """A region in pixels, drawn where it is asked for."""

    region: Region
    picture: Extent

    @cached_property
    def source(self) -> Area:
        return Area.of(rasterise(self.region.source, self.picture).numpy())

    @cached_property
    def target(self) -> Area:
        return Area.of(rasterise(self.region.target_shape(), self.picture).numpy())


def what_moves(placed: Placed) -> Moving:
    """Look at everything that an instruction moves; without regions its drags move the parts of the mask.

    Raises ValueError, naming the place, for what cannot be moved: no region and no drag, none in a mask, shapes that
    enclose nothing or lie outside the picture.
    """
    spec, mask = placed.spec, placed.mask
    ends = np.array(spec.drags).reshape(-1, 2, 2)  # (P, 2, 2) xy, handles and targets
    if not spec.regions:
        return pulled_mask(mask, ends, placed.cell_size)
    drawn = [Footprint(region, placed.picture) for region in spec.regions]
    apart, notes = beside(mask, drawn, ends)
    free = [] if apart is None else pulled(apart, ends, placed.cell_size)[0]
    found: list[Pulled | Drawn] = [replace(part, free=True) for part in free]
    for i, pixels in enumerate(drawn):
        found += moved_region(pixels, ends, placed, f"regions[{i}]")
    return Moving(found, notes, placed.cells()[0] if placed.is_masked else None)


def pulled_mask(mask: np.ndarray | None, ends: np.ndarray, cell_size: int) -> Moving:
    """The mask (H, W) that drags (P, 2, 2) move; its parts without a handle stay."""
    if mask is None and not len(ends):
        raise ValueError("nothing is drawn that moves. Press on the picture and pull, or draw a region and its target.")
    if mask is None or not len(ends):
        raise ValueError(
            "there is no region. Draw a source with its target, or a mask with at least one drag that starts in it."
        )
    found, notes = pulled(mask, ends, cell_size)
    if not found:
        who = "the drag does not start" if len(ends) == 1 else f"none of the {len(ends)} drags starts"
        raise ValueError(f"{who} in the mask. Draw the mask over the handles, or move them.")
    return Moving([*found], notes)


def pulled(pixels: np.ndarray, ends: np.ndarray, cell_size: int) -> tuple[list[Pulled], list[str]]:
    """The parts of a mask (H, W) in which drags (P, 2, 2) start, in cells, and a remark on those in which none does.

    The cell of a handle belongs to the mask, whatever the rule by which cells are made of it says.
    """
    held = Area(pixels).holds(np.floor(ends[:, 0]).astype(np.int64))  # (P,)
    if not held.any():
        return [], []
    handles, targets = (ends / cell_size).swapaxes(0, 1)  # (P, 2) each
    x, y = np.floor(handles[held]).astype(np.int64).T  # (P',) each
    cells = mask_cells(pixels, cell_size)
    cells[y, x] = True
    parts = Parts.of(cells)
    return pulled_parts(parts, handles, targets, cells.shape), unmoved_parts(parts, handles, cell_size)


def pulled_parts(parts: Parts, handles: np.ndarray, targets: np.ndarray, shape: tuple[int, int]) -> list[Pulled]:
    """The parts of a grid (h, w) that hold handles (P, 2), each with its drags, in raster order."""
    holding = parts.holding(np.floor(handles).astype(np.int64))
    return [Pulled(part, handles[held], targets[held], shape) for part, held in holding]


def unmoved_parts(parts: Parts, handles: np.ndarray, cell_size: int) -> list[str]:
    """Say which parts hold none of the handles (P, 2)."""
    held = parts.at(np.floor(handles).astype(np.int64))  # (P,)
    left = sorted(set(range(1, parts.count + 1)) - set(held.tolist()))
    if not left:
        return []
    around = ", ".join(part.around(cell_size) for part in parts.areas(left[:REMARKS]))
    more = ", ..." * (len(left) > REMARKS)
    return [f"parts of the mask without a handle stay as they are: {len(left)}, around {around}{more}."]


def moved_region(drawn: Footprint, ends: np.ndarray, placed: Placed, place: str) -> Sequence[Pulled | Drawn]:
    """A region: what the drags in it move where its transform leaves it in place, or else what its shapes do."""
    region, size, cell_size = drawn.region, placed.picture, placed.cell_size
    if is_cornered(region):
        return [cornered(region, placed, place)]
    pixels = covered(drawn.source, region.source, size, f"{place}.source")
    by_drags = pulled(pixels, ends, cell_size)[0] if moves_by_drags(region) else []
    if by_drags:
        return by_drags
    source = target = Area.of(mask_cells(pixels, cell_size))
    if not isinstance(region.target, Affine):
        target = Area.of(mask_cells(covered(drawn.target, region.target, size, f"{place}.target"), cell_size))
    return [Drawn(region, place, size, cell_size, source, target)]


def covered(area: Area, shape: Shape, picture: Extent, place: str) -> np.ndarray:
    """The pixels (H, W) of a shape; one too thin to hold the centre of any is drawn by its lines."""
    return area.on((picture.height, picture.width)) if area.count else shape_pixels(shape, picture, place)


def cornered(region: Region, placed: Placed, place: str) -> Drawn:
    """A pair of polygons with as many corners, whose cells are those that the corners lie in and all between."""
    shapes = [shape for shape in region if isinstance(shape, Polygon)]
    corners = [corners_of(shape.points) / placed.cell_size for shape in shapes]  # (V, 2) each
    source, target = (Area.of(filled) for filled in fill_polygons(corners, placed.grid))
    for area, shape, end in zip((source, target), shapes, ("source", "target"), strict=True):
        if not area.count:
            raise ValueError(nothing_covered(shape, placed.picture, f"{place}.{end}"))
    return Drawn(region, place, placed.picture, placed.cell_size, source, target, (corners[0], corners[1]))


def is_cornered(region: Region) -> bool:
    """Whether a region is a pair of polygons with as many points."""
    source, target = region
    return isinstance(source, Polygon) and isinstance(target, Polygon) and len(source.points) == len(target.points)


def moves_by_drags(region: Region) -> bool:
    """Whether drags move a region, its transform leaving it in place."""
    return isinstance(region.target, Affine) and region.target.is_identity


def beside(
    mask: np.ndarray | None, drawn: Sequence[Footprint], ends: np.ndarray
) -> tuple[np.ndarray | None, list[str]]:
    """The parts (H, W) of a mask apart from all regions, which drags move, and which drags and regions do nothing."""
    starts = np.floor(ends[:, 0]).astype(np.int64)  # (P, 2) xy
    if mask is None and not len(starts):
        return None, []
    parts = Parts.of(mask) if mask is not None and len(starts) else None
    touched, beyond = {0}, list[int]()
    on_targets, within = list[tuple[np.ndarray, str | None]](), list[tuple[np.ndarray, str | None]]()
    for number, pixels in enumerate(drawn, 1):
        source, target = pixels.source, pixels.target
        if parts:
            touched |= parts.under(source) | parts.under(target)
        if mask is not None and not (mask[target.box] & target.inside).any():
            beyond.append(number)
        stays = moves_by_drags(pixels.region)
        on_targets.append((target.holds(starts), None if stays else ON_TARGET.format(number)))
        within.append((source.holds(starts), None if stays else MOVING.format(number)))
    anchors = ((ends[:, 0] == ends[:, 1]).all(1), None)  # (P,)
    if parts is None or mask is None:
        outside = (np.ones(len(starts), dtype=bool), OUTSIDE if mask is None else None)
        return None, left_out([outside, *on_targets, *within, anchors], beyond)
    apart = parts.mask_without(touched, mask.shape)
    limiting, free = (Area(mask).holds(starts), LIMITING), (Area(apart).holds(starts), None)
    return apart, left_out([limiting, free, *on_targets, *within, anchors], beyond)


def left_out(why: Sequence[tuple[np.ndarray, str | None]], beyond: Sequence[int]) -> list[str]:
    """Say which drags do nothing, and which regions, whose target does not touch the mask.

    why: of which drags (P,) a reason is true, None for those that move something or hold it in place; the last one
    counts.
    """
    reasons = np.full(len(why[0][0]), None, dtype=object)
    for which, reason in why:
        reasons[which] = reason
    numbers: dict[str, list[int]] = {}
    for number, reason in enumerate(reasons, 1):
        if reason:
            numbers.setdefault(reason, []).append(number)
    notes = [f"{named('drag', which)} left out, starting {reason}" for reason, which in numbers.items()]
    outside = "left out, with the target outside the mask; paint the mask over it."
    return [*notes, *([f"{named('region', beyond)} {outside}"] if beyond else [])]


def named(what: str, numbers: Sequence[int]) -> str:
    """Drags or regions by their numbers, with the verb that follows: 'drag 2 is', 'drags 1, 2 are'."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]} is"
    return f"{what}s {', '.join(map(str, numbers[:MOST_NUMBERS]))}{', ...' * (len(numbers) > MOST_NUMBERS)} are"
