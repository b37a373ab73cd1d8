"""Tests of instructions that cannot be turned to a map."""

import pytest
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Brush, Drag, DragSpec, Region, Stroke
from dragkit.tests.core.placing import regions_on
from dragkit.tests.core.test_region_map import EVERY_GRID, SIZE, blob, build, polygon, rectangle

SHIFT = Affine(Point(10, 10))
FAR = rectangle(300, 10, 40, 40)
BAD = {
    "regions[1].source: the side from point 1": Region(
        polygon((5, 5), (30, 30), (30, 5), (5, 30)), rectangle(9, 9, 9, 9)
    ),
    "regions[1].target: its 3 points": Region(polygon((5, 5), (30, 5), (5, 30)), polygon((5, 5), (30, 30), (50, 50))),
    "regions[1].source: its 3 points": Region(polygon((5.1, 5.1), (5.2, 5.2), (5.3, 5.3)), SHIFT),
    "regions[1].target: its 5 points": Region(blob(50, 50), polygon((5, 5), (9, 9), (7, 7), (30, 30), (31, 31))),
    "regions[1].source: the shape, 40 x 40 pixels at (300, 10), covers nothing of the 256x192 image.": Region(
        FAR, SHIFT
    ),
    "regions[1].target: the shape, 40 x 40 pixels": Region(rectangle(9, 9, 40, 40), FAR),
    "regions[1].source: the shape, 70 x 64 pixels": Region(blob(-100, -100), blob(50, 50)),
    "regions[1].affine: the shape, 40 x 40 pixels at (309, 9)": Region(rectangle(9, 9, 40, 40), Affine(Point(300, 0))),
    "or draw it again if it was erased": Region(Brush((Stroke(9, (Point(50, 50),), erase=True),)), SHIFT),
    "regions[1].source: the shape, 0 x 0 pixels": Region(Brush(()), SHIFT),
    "regions[1]: it reaches 2e+06 pixels away": Region(rectangle(9, 9, 40, 40), Affine(Point(2e6 - 49, 0))),
}


@EVERY_GRID
@pytest.mark.parametrize(("message", "region"), BAD.items(), ids=BAD.keys())
def test_regions_that_cannot_be_mapped_are_refused(message, region, grid, cell_size):
    with pytest.raises(ValueError) as refusal:
        build(Region(blob(50, 50), blob(90, 90)), region, grid=grid, cell_size=cell_size)
    assert message in str(refusal.value)


DRAG = Drag(Point(200, 150), Point(220, 150))
NOTHING = [
    (DragSpec(size=SIZE), "nothing is drawn that moves"),
    (DragSpec(drags=(DRAG,), size=SIZE), "there is no region"),
    (DragSpec(mask=(blob(50, 50),), size=SIZE), "at least one drag that starts in it"),
    (DragSpec(mask=(blob(50, 50),), drags=(DRAG,), size=SIZE), "the drag does not start in the mask"),
    (DragSpec(mask=(blob(50, 50),), drags=(Drag(Point(50, 50), Point(3e6, 0)),), size=SIZE), "drags[0]: it reaches"),
]


@pytest.mark.parametrize(("spec", "message"), NOTHING)
def test_instructions_without_a_region_are_refused(spec, message):
    with pytest.raises(ValueError) as refusal:
        regions_on(spec, Extent(32, 24))
    assert message in str(refusal.value)
