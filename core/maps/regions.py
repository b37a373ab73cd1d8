"""Which rule moves which region, and what drags move: an instruction with regions, or drags in a mask, as a map."""

from collections.abc import Callable, Iterator
from enum import Enum

import numpy as np

from ..grid.cells import mask_cells
from ..grid.placed import Placed
from ..grid.raster import shape_pixels
from ..instruction.geometry import Affine, Bounds
from ..instruction.spec import DragSpec, Polygon, Region
from .beside import Beside, moves_by_drags, starts_in, unmoved_parts
from .map import Check, Layers, Map, Match, Rounding
from .points import match_by_points
from .polygons import match_corners
from .rows_and_columns import match_masks
from .whole import match_transformed, whole_by_points

FARTHEST = 1e6


class Move(Enum):
    """What drags do to the thing that they pull."""

    METHOD = "as the method does"
    WHOLE = "as a whole"


PointMatcher = Callable[[np.ndarray, np.ndarray, np.ndarray], Iterator[Match]]


def region_map(
    placed: Placed,
    rounding: Rounding = Rounding.NEAREST,
    by_points: PointMatcher = match_by_points,
    outlined: bool = False,
    check: Check | None = None,
) -> Map:
    """Map the target of every region of an instruction onto its source, later regions winning (RegionDrag).

    Pairs of polygons with as many points map corner onto corner, regions with a transform by it, all others by columns
    and rows. Drags move the regions whose transform is the identity, and the parts of the mask apart from all regions;
    elsewhere they are not used, as the notes say. Without regions the parts of the mask move by the drags in them.
    Sources outside the picture are taken from its border.

    rounding: truncated moves all content by up to a cell too far to the right and down, half a cell on average;
    by_points: the rule by which drags move an area of cells; outlined: whether the map shall hold the outlines of what
    landed; check: called between pieces of the work, may raise to end it. Raises ValueError, naming the place, for
    what cannot be mapped: no region, a shape that crosses itself, encloses nothing or lies outside the picture, no
    drag in the mask.
    """
    check_reach(placed.spec)
    beside, layers, outlines = (
        Beside.of(placed),
        Layers(placed.grid, placed.cell_size, rounding, check),
        list[np.ndarray](),
    )
    for match in matches(placed, beside.pixels, by_points):
        if layers.lay(match) and outlined:
            outlines += match.outlines(placed.grid)
    if placed.spec.regions:
        return layers.map(
            placed.cells()[0] if placed.is_masked else None, tuple(outlines), [*layers.notes, *beside.notes]
        )
    left = mask_cells(placed.areas[0].numpy(), placed.cell_size) & ~layers.touched
    return layers.map(None, tuple(outlines), [*unmoved_parts(left, placed.cell_size), *layers.notes])


def whole_map(
    placed: Placed, rounding: Rounding = Rounding.NEAREST, outlined: bool = False, check: Check | None = None
) -> Map:
    """The same, but drags move things as a whole, without stretching them."""
    return region_map(placed, rounding, whole_by_points, outlined, check)


def by_frames(placed: Placed, map_of: Callable[[Placed], Map]) -> list[Map]:
    """The map of each frame of a batch; one whose mask holds no handle is at rest, unless that is so for all."""
    still = [not placed.whole.regions and not placed.is_moved(area) for area in placed.areas]
    rests = [stays and not all(still) for stays in still]
    return [
        Map.at_rest(frame.grid) if rest else map_of(frame) for frame, rest in zip(placed.frames, rests, strict=True)
    ]


def matches(placed: Placed, pixels: np.ndarray | None, by_points: PointMatcher) -> Iterator[Match]:
    """Map the parts of the mask that drags move, pixels (H, W), then every region; errors as in `region_map`."""
    if not placed.spec.regions:
        yield from match_by_drags(pulled_mask(placed), placed, by_points)
    elif pixels is not None:
        yield from (match._replace(free=True) for match in match_by_drags(pixels, placed, by_points))
    for i, region in enumerate(placed.spec.regions):
        yield from match_region(region, placed, by_points, f"regions[{i}]")


def match_region(region: Region, placed: Placed, by_points: PointMatcher, place: str) -> Iterator[Match]:
    """Map one region by the rule its shapes call for."""
    if moves_by_drags(region):
        pixels = shape_pixels(region.source, placed.picture, f"{place}.source")
        pulled = list(match_by_drags(pixels, placed, by_points))
        yield from pulled or [match_transformed(region, placed, place)]
    elif isinstance(region.target, Affine):
        yield match_transformed(region, placed, place)
    elif is_cornered(region):
        yield match_corners(region, placed, place)
    else:
        yield match_masks(region, placed, place)


def is_cornered(region: Region) -> bool:
    """Whether a region is a pair of polygons with as many points."""
    source, target = region
    return isinstance(source, Polygon) and isinstance(target, Polygon) and len(source.points) == len(target.points)


def pulled_mask(placed: Placed) -> np.ndarray:
    """The mask (H, W) of an instruction without regions; refuses one without a drag in it."""
    if placed.mask is None or not placed.spec.drags:
        raise ValueError(
            "there is no region. Draw a source with its target, or a mask with at least one drag that starts in it."
        )
    if not starts_in(placed.mask, placed.spec.drags).any():
        raise ValueError(
            f"none of the {len(placed.spec.drags)} drags starts in the mask. Draw the mask over the handles, or move "
            "them."
        )
    return placed.mask


def match_by_drags(pixels: np.ndarray, placed: Placed, by_points: PointMatcher) -> Iterator[Match]:
    """Map the parts of a mask (H, W) by the drags that start in them; the cell of such a handle is never lost."""
    points, held = np.array(placed.spec.drags), starts_in(pixels, placed.spec.drags)  # (P, 2, 2), (P,)
    if not held.any():
        return iter(())
    x, y = np.floor(points[held, 0]).astype(np.int64).T  # (P',) each
    area = mask_cells(pixels, placed.cell_size)
    area[y // placed.cell_size, x // placed.cell_size] = True
    return by_points(area, points[:, 0] / placed.cell_size, points[:, 1] / placed.cell_size)


def check_reach(spec: DragSpec) -> None:
    """Raise ValueError, naming the place, for coordinates too far away to draw lines to."""
    boxes = {f"drags[{i}]": Bounds.around(drag) for i, drag in enumerate(spec.drags)}
    for i, region in enumerate(spec.regions):
        boxes |= {f"regions[{i}].source": region.source.bounds, f"regions[{i}]": region.target_shape().bounds}
    for place, box in boxes.items():
        if not max(map(abs, box)) <= FARTHEST:
            raise ValueError(f"{place}: it reaches {max(map(abs, box)):g} pixels away; stay within {FARTHEST:g}.")
