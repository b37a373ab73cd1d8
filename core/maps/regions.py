"""Which rule moves which region, and what drags move: an instruction with regions, or drags in a mask, as a map."""

from collections.abc import Callable, Iterator
from enum import Enum

import numpy as np

from ..grid.beside import Beside, moves_by_drags
from ..grid.placed import Placed
from ..grid.raster import shape_pixels
from ..instruction.geometry import Affine, Bounds
from ..instruction.spec import DragSpec, Polygon, Region
from .map import Check, Layers, Map, Match, Rounding
from .points import PointMatcher, match_by_drags, match_by_points
from .polygons import match_corners
from .rows_and_columns import match_masks
from .whole import match_image, match_transformed, way_back, whole_by_points

FARTHEST = 1e6


class Move(Enum):
    """What drags do to the thing that they pull."""

    METHOD = "as the method does"
    WHOLE = "as a whole"


def region_map(
    placed: Placed,
    rounding: Rounding = Rounding.NEAREST,
    by_points: PointMatcher = match_by_points,
    outlined: bool = False,
    check: Check | None = None,
) -> Map:
    """Map the target of every region of an instruction onto its source, later regions winning (RegionDrag).

    Pairs of polygons with as many points map corner onto corner, regions with a transform by it, pairs of outlines or
    brushes of which one is the other under a linear map by that, all others by columns and rows. Drags move the regions
    whose transform is the identity, and the parts of the mask apart from all regions; elsewhere they are not used, as
    the notes say. Without regions the parts of the mask move by the drags in them. Sources outside the picture are
    taken from its border.

    rounding: truncated moves all content by up to a cell too far to the right and down, half a cell on average;
    by_points: the rule by which drags move an area of cells; outlined: whether the map shall hold the outlines of what
    landed; check: called between pieces of the work, may raise to end it. Raises ValueError, naming the place, for
    what cannot be mapped: no region, a shape that crosses itself, encloses nothing or lies outside the picture, no
    drag in the mask.
    """
    check_reach(placed.spec)
    beside, outlines = Beside.of(placed), list[np.ndarray]()
    layers = Layers(placed.grid, placed.cell_size, rounding, check)
    for match in matches(placed, beside.pixels, by_points):
        if layers.lay(match) and outlined:
            outlines += match.outlines(placed.grid)
    editable = placed.cells()[0] if placed.spec.regions and placed.is_masked else None
    return layers.map(editable, tuple(outlines), [*beside.notes, *layers.notes])


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


def matches(placed: Placed, apart: np.ndarray | None, by_points: PointMatcher) -> Iterator[Match]:
    """Map the parts of the mask that drags move, then every region; errors as in `region_map`.

    apart: (H, W) bool, the parts of the mask apart from all regions, None where there is no mask.
    """
    regions = placed.spec.regions
    if apart is not None:
        yield from (match._replace(free=bool(regions)) for match in match_by_drags(apart, placed, by_points))
    for i, region in enumerate(regions):
        yield from match_region(region, placed, by_points, f"regions[{i}]")


def match_region(region: Region, placed: Placed, by_points: PointMatcher, place: str) -> Iterator[Match]:
    """Map one region by the drags in it where its transform leaves it in place, or by the rule its shapes call for."""
    pixels = shape_pixels(region.source, placed.picture, f"{place}.source") if moves_by_drags(region) else None
    pulled = [] if pixels is None else list(match_by_drags(pixels, placed, by_points))
    yield from pulled or [match_shapes(region, placed, place)]


def match_shapes(region: Region, placed: Placed, place: str) -> Match:
    """Map one region by the rule that its shapes call for."""
    if isinstance(region.target, Affine):
        return match_transformed(region, placed, place)
    if is_cornered(region):
        return match_corners(region, placed, place)
    back = way_back(region)
    return match_masks(region, placed, place) if back is None else match_image(back, region, placed, place)


def is_cornered(region: Region) -> bool:
    """Whether a region is a pair of polygons with as many points."""
    source, target = region
    return isinstance(source, Polygon) and isinstance(target, Polygon) and len(source.points) == len(target.points)


def check_reach(spec: DragSpec) -> None:
    """Raise ValueError, naming the place, for coordinates too far away to draw lines to."""
    boxes = {f"drags[{i}]": Bounds.around(drag) for i, drag in enumerate(spec.drags)}
    for i, region in enumerate(spec.regions):
        boxes |= {f"regions[{i}].source": region.source.bounds, f"regions[{i}]": region.target_bounds()}
    for place, box in boxes.items():
        if not max(map(abs, box)) <= FARTHEST:
            raise ValueError(f"{place}: it reaches {max(map(abs, box)):g} pixels away; stay within {FARTHEST:g}.")
