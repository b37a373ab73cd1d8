"""What of a picture moves, found out once and on one grid: every region, and the parts of the mask that drags move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from torch import Tensor

from ..instruction.geometry import Affine, Bounds, Extent
from ..instruction.spec import Drag, DragSpec, Polygon, Region, Shape
from .areas import Area
from .cells import fill_polygons, mask_cells
from .outlines import Parts
from .placed import Placed
from .raster import nothing_covered, rasterise, shape_pixels
from .spans import corners_of

FARTHEST = 1e6
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
    corners: tuple[np.ndarray, ...] = ()  # (V, 2) xy in cells each, of a pair of polygons with as many corners

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

    Raises ValueError, naming the place, for what cannot be moved: no region and no drag in a mask, shapes that enclose
    nothing, lie outside the picture or reach too far.
    """
    check_reach(placed.spec)
    if not placed.spec.regions:
        return pulled_mask(placed)
    drawn = [Footprint(region, placed.picture) for region in placed.spec.regions]
    apart, notes = beside(placed, drawn)
    found: list[Pulled | Drawn] = [] if apart is None else [replace(p, free=True) for p in pulled(apart, placed)]
    for i, pixels in enumerate(drawn):
        found += moved_region(pixels, placed, f"regions[{i}]")
    return Moving(found, notes, placed.cells()[0] if placed.is_masked else None)


def check_reach(spec: DragSpec) -> None:
    """Raise ValueError, naming the place, for coordinates too far away to draw lines to."""
    boxes = {f"drags[{i}]": Bounds.around(drag) for i, drag in enumerate(spec.drags)}
    for i, region in enumerate(spec.regions):
        boxes |= {f"regions[{i}].source": region.source.bounds, f"regions[{i}]": region.target_bounds()}
    for place, box in boxes.items():
        if not max(map(abs, box)) <= FARTHEST:
            raise ValueError(f"{place}: it reaches {max(map(abs, box)):g} pixels away; stay within {FARTHEST:g}.")


def pulled_mask(placed: Placed) -> Moving:
    """The mask that drags move; its parts without a handle stay."""
    drags, mask = placed.spec.drags, placed.mask
    if mask is None or not drags:
        raise ValueError(
            "there is no region. Draw a source with its target, or a mask with at least one drag that starts in it."
        )
    cells = pulled_cells(mask, placed)
    if cells is None:
        who = "the drag does not start" if len(drags) == 1 else f"none of the {len(drags)} drags starts"
        raise ValueError(f"{who} in the mask. Draw the mask over the handles, or move them.")
    return Moving([*pulled_parts(cells, *cell_ends(placed))], unmoved_parts(cells, placed))


def moved_region(drawn: Footprint, placed: Placed, place: str) -> Sequence[Pulled | Drawn]:
    """A region: what the drags in it move where its transform leaves it in place, or else what its shapes do."""
    region, size, cell_size = drawn.region, placed.picture, placed.cell_size
    if is_cornered(region):
        return [cornered(region, placed, place)]
    pixels = covered(drawn.source, region.source, size, f"{place}.source")
    by_drags = pulled(pixels, placed) if moves_by_drags(region) else []
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
    corners = tuple(corners_of(shape.points) / placed.cell_size for shape in shapes)  # (V, 2) each
    source, target = (Area.of(filled) for filled in fill_polygons(corners, placed.grid))
    for area, shape, end in zip((source, target), shapes, ("source", "target"), strict=True):
        if not area.count:
            raise ValueError(nothing_covered(shape, placed.picture, f"{place}.{end}"))
    return Drawn(region, place, placed.picture, placed.cell_size, source, target, corners)


def is_cornered(region: Region) -> bool:
    """Whether a region is a pair of polygons with as many points."""
    source, target = region
    return isinstance(source, Polygon) and isinstance(target, Polygon) and len(source.points) == len(target.points)


def moves_by_drags(region: Region) -> bool:
    """Whether drags move a region, its transform leaving it in place."""
    return isinstance(region.target, Affine) and region.target.is_identity


def pulled(pixels: np.ndarray, placed: Placed) -> list[Pulled]:
    """The parts of a mask (H, W) in which drags start."""
    cells = pulled_cells(pixels, placed)
    return [] if cells is None else list(pulled_parts(cells, *cell_ends(placed)))


def pulled_cells(pixels: np.ndarray, placed: Placed) -> np.ndarray | None:
    """The cells (h, w) of a mask (H, W) in which drags start, with those of their handles; None where none does."""
    held = starts_in(Area(pixels), placed.spec.drags)  # (P,)
    if not held.any():
        return None
    x, y = np.floor(cell_ends(placed)[0]).astype(np.int64)[held].T  # (P',) each
    cells = mask_cells(pixels, placed.cell_size)
    cells[y, x] = True
    return cells


def pulled_parts(cells: np.ndarray, handles: np.ndarray, targets: np.ndarray) -> Iterator[Pulled]:
    """The connected parts of cells (h, w) that hold handles (P, 2), each with its drags, in raster order."""
    for part, held in Parts.of(cells).holding(np.floor(handles).astype(np.int64)):
        yield Pulled(part, handles[held], targets[held], cells.shape)


def cell_ends(placed: Placed) -> tuple[np.ndarray, np.ndarray]:
    """The handles and the targets in cells, (P, 2) each."""
    ends = np.array(placed.spec.drags) / placed.cell_size  # (P, 2, 2)
    return ends[:, 0], ends[:, 1]


def unmoved_parts(cells: np.ndarray, placed: Placed) -> list[str]:
    """Say which parts of the mask, in cells (h, w), hold no handle."""
    parts, handles = Parts.of(cells), np.floor(cell_ends(placed)[0]).astype(np.int64)
    left = sorted(set(range(1, parts.count + 1)) - set(parts.at(handles).tolist()))
    if not left:
        return []
    around = ", ".join(part.around(placed.cell_size) for part in parts.areas(left[:REMARKS]))
    more = ", ..." * (len(left) > REMARKS)
    return [f"parts of the mask without a handle stay as they are: {len(left)}, around {around}{more}."]


def beside(placed: Placed, drawn: Sequence[Footprint]) -> tuple[np.ndarray | None, list[str]]:
    """The parts (H, W) of a mask apart from all regions, which drags move, and which drags and regions do nothing."""
    drags, mask = placed.spec.drags, placed.mask
    if mask is None and not drags:
        return None, []
    parts = Parts.of(mask) if mask is not None and drags else None
    touched, beyond, held = {0}, list[int](), list[tuple[np.ndarray, str | None]]()
    for number, pixels in enumerate(drawn, 1):
        source, target = pixels.source, pixels.target
        if parts:
            touched |= parts.under(source) | parts.under(target)
        if mask is not None and not (mask[target.box] & target.inside).any():
            beyond.append(number)
        own, on_target = (starts_in(area, drags) for area in (source, target))  # (P,) each
        why = (None, None) if moves_by_drags(pixels.region) else (MOVING.format(number), ON_TARGET.format(number))
        held += zip((own, on_target), why, strict=True)
    apart = parts.mask_without(touched, mask.shape) if parts and mask is not None else None
    return apart, [*idle_drags(reasons(drags, mask, apart, held)), *idle_regions(beyond)]


def reasons(
    drags: tuple[Drag, ...],
    mask: np.ndarray | None,
    apart: np.ndarray | None,
    held: list[tuple[np.ndarray, str | None]],
) -> list[str | None]:
    """Why each drag is left out, None for those that move something or hold it in place, or start outside the mask.

    mask, apart: (H, W) bool, the mask and its parts apart from regions; held: which drags start in a region, and on
    its target, with the reason that follows from it.
    """
    why = np.full(len(drags), OUTSIDE if mask is None else None, dtype=object)
    if mask is not None and apart is not None:
        why[starts_in(Area(mask), drags)] = LIMITING
        why[starts_in(Area(apart), drags)] = None
    for which, reason in [*held[1::2], *held[::2]]:  # where a region comes from counts more than where another goes
        why[which] = reason
    why[[drag.is_anchor for drag in drags]] = None
    return why.tolist()


def starts_in(area: Area, drags: tuple[Drag, ...]) -> np.ndarray:
    """Tell which drags start in an area, (P,)."""
    handles = np.array([drag.handle for drag in drags]).reshape(-1, 2)  # (P, 2)
    return area.holds(np.floor(handles).astype(np.int64))


def idle_drags(why: list[str | None]) -> list[str]:
    """Say which drags are left out, from the reason of each."""
    numbers: dict[str, list[int]] = {}
    for number, reason in enumerate(why, 1):
        if reason:
            numbers.setdefault(reason, []).append(number)
    return [f"{named('drag', which)} left out, starting {reason}" for reason, which in numbers.items()]


def idle_regions(beyond: list[int]) -> list[str]:
    """Say which regions have a target that does not touch the mask."""
    outside = "left out, with the target outside the mask; paint the mask over it."
    return [f"{named('region', beyond)} {outside}"] if beyond else []


def named(what: str, numbers: list[int]) -> str:
    """Drags or regions by their numbers, with the verb that follows: 'drag 2 is', 'drags 1, 2 are'."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]} is"
    return f"{what}s {', '.join(map(str, numbers[:MOST_NUMBERS]))}{', ...' * (len(numbers) > MOST_NUMBERS)} are"
