"""What of a picture a map of its latent changes."""

import torch
from dragkit.core.grid.placed import place
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon, Region
from dragkit.core.maps.regions import region_map, whole_map
from dragkit.core.maps.stretch import stretch_map
from dragkit.core.redraw.changed import changed_area

SIZE = Extent(256, 256)
PULL = Drag(Point(100, 100), Point(116, 100))


def square(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def changed(spec: DragSpec, map_of=stretch_map, within: bool = False) -> torch.Tensor:
    """The pixels (H, W) bool that an instruction changes."""
    placed = place(spec, SIZE, cell_size=8)
    return changed_area(map_of(placed), placed, within)


def box(mask: torch.Tensor) -> list[int]:
    """Left, top, right and bottom of what is set."""
    y, x = mask.nonzero().T
    return [int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1]


def test_a_thing_that_moves_changes_where_it_was_and_where_it_goes_with_a_rim():
    thing = square(80, 80, 120, 120)
    masked, region = DragSpec((PULL,), mask=(thing,), size=SIZE), Region(thing, Affine(Point(16, 0)))
    both = [64, 64, 152, 136]
    assert box(changed(masked, whole_map)) == box(changed(DragSpec(regions=(region,), size=SIZE), whole_map)) == both


def test_a_mask_may_limit_what_changes():
    thing, limit = square(80, 80, 120, 120), square(80, 70, 130, 120)
    spec = DragSpec(regions=(Region(thing, Affine(Point(16, 0))),), mask=(limit,), size=SIZE)
    assert box(changed(spec, whole_map, within=True)) == [80, 70, 130, 120]


def test_what_no_drag_reaches_is_kept():
    corner = square(0, 0, 256, 256)
    area = changed(DragSpec((PULL,), mask=(corner,), size=SIZE), within=True)
    assert area[100, 100] and area[100, 116] and not area[-8:, -8:].any()


def test_a_map_at_rest_may_change_all_that_the_mask_lets():
    still = DragSpec((Drag(Point(100, 100), Point(101, 100)),), mask=(square(80, 80, 120, 120),), size=SIZE)
    assert box(changed(still)) == [80, 80, 120, 120]


def test_regions_at_rest_are_all_that_changes_where_no_mask_is():
    still = DragSpec(regions=(Region(square(80, 80, 120, 120), Affine(Point(0, 0))),), size=SIZE)
    for map_of in (whole_map, region_map):
        assert box(changed(still, map_of)) == [64, 64, 136, 136]
