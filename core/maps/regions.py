"""Which rule moves which piece of an instruction with regions, or with drags in a mask, and all of them as one map."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from ..grid.areas import Area
from ..grid.moving import Drawn, Pulled, what_moves
from ..grid.placed import Placed
from ..grid.raster import nothing_covered
from ..instruction.geometry import Affine
from .map import Check, Layers, Map, Match, Rounding
from .points import PointMatcher, match_by_points
from .polygons import match_polygons
from .rows_and_columns import match_rows_and_columns
from .whole import match_affine, match_linear, way_back, whole_by_points


class Move(Enum):
    """What drags do to the thing that they pull."""

    METHOD = "as the method does"
    WHOLE = "as a whole"


def region_map(
    placed: Placed,
    rounding: Rounding = Rounding.NEAREST,
    by_points: PointMatcher = match_by_points,
    check: Check | None = None,
) -> Map:
    """Map the target of every region of an instruction onto its source, later regions winning (RegionDrag).

    Pairs of polygons with as many points map corner onto corner, regions with a transform by it, pairs of outlines or
    brushes of which one is the other under a linear map by that, all others by columns and rows. Drags move the regions
    whose transform is the identity, and the parts of the mask apart from all regions; elsewhere they are not used, as
    the notes say. Without regions the parts of the mask move by the drags in them. Sources outside the picture are
    taken from its border.

    rounding: truncated moves all content by up to a cell too far to the right and down, half a cell on average;
    by_points: the rule by which drags move an area of cells; check: called between pieces of the work, may raise to end
    it. Raises ValueError, naming the place, for what cannot be mapped: no region, a shape that crosses itself, encloses
    nothing or lies outside the picture, no drag in the mask.
    """
    placed.spec.refuse_far()
    found, layers = what_moves(placed), Layers(placed.grid, placed.cell_size, rounding, check)
    for match in matches(found.all, by_points):
        layers.lay(match)
    return layers.map(found.editable, found.notes).noted(placed)


def whole_map(placed: Placed, rounding: Rounding = Rounding.NEAREST, check: Check | None = None) -> Map:
    """The same, but drags move things as a whole, without stretching them."""
    return region_map(placed, rounding, whole_by_points, check)


def by_frames(placed: Placed, map_of: Callable[[Placed], Map]) -> list[Map]:
    """The map of each frame of a batch; one whose mask holds no handle is at rest, unless that is so for all."""
    handles = placed.handles.floor().long().numpy()  # (P, 2)
    still = [not placed.whole.regions and not Area(area.numpy()).holds(handles).any() for area in placed.areas]
    rests = [stays and not all(still) for stays in still]
    return [
        Map.at_rest(frame.grid) if rest else map_of(frame) for frame, rest in zip(placed.frames, rests, strict=True)
    ]


def matches(moving: Iterable[Pulled | Drawn], by_points: PointMatcher) -> Iterator[Match]:
    """Map everything that moves, each by its rule."""
    for piece in moving:
        if isinstance(piece, Pulled):
            yield from (match._replace(free=piece.free) for match in by_points(piece))
        else:
            yield match_drawn(piece)


def match_drawn(drawn: Drawn) -> Match:
    """Map a region by the rule that its shapes call for. Raises ValueError where it leaves the picture."""
    region, source, target = drawn.region, drawn.source, drawn.target
    if isinstance(region.target, Affine):
        centre = region.source.bounds.centre
        match = match_affine(source, region.target, centre, drawn.cell_size, drawn.shape)
        if not match.landing.count:
            raise ValueError(nothing_covered(region.target_shape(), drawn.picture, f"{drawn.place}.affine"))
        return match
    if drawn.corners:
        return match_polygons(*drawn.corners, source, target, drawn.place)
    back = way_back(region)  # (2, 3) in pixels
    if back is not None:
        return match_linear(back / (1, 1, drawn.cell_size), source, target)
    return match_rows_and_columns(source, target)
