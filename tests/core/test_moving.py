"""Tests of drags beside regions: what they move, and what is said of those left out."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.moving import what_moves
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon, Region
from dragkit.tests.core.placing import on_grid, regions_on, warp

SIZE = Extent(128, 96)
REGION = Region(Polygon(tuple(Point(*p) for p in ((10, 10), (30, 10), (30, 30), (10, 30)))), Affine(move=Point(30, 0)))
STILL = Region(REGION.source, Affine())


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def drag(x: float, y: float, to_x: float, to_y: float) -> Drag:
    return Drag(Point(x, y), Point(to_x, to_y))


def left_out(spec: DragSpec) -> list[str]:
    return what_moves(on_grid(spec, SIZE, 1)).notes


ALL, AROUND, APART = box(0, 0, 128, 96), box(4, 4, 66, 36), box(10, 60, 30, 80)
BESIDE = DragSpec((drag(20, 70, 60, 75),), (REGION,), (AROUND, APART), SIZE)


def test_a_drag_in_a_part_of_the_mask_beside_regions_moves_it():
    result = warp(torch.rand(1, 96, 128, 3), BESIDE)
    target = result.target_mask.numpy()
    assert target[65:85, 50:70].all() and target[10:30, 40:60].all() and target.sum() == 800
    assert not result.notes


def test_the_region_moves_as_it_does_without_the_drag():
    picture = torch.rand(1, 96, 128, 3)
    both, alone = (warp(picture, DragSpec(drags, (REGION,), (AROUND, APART), SIZE)) for drags in (BESIDE.drags, ()))
    torch.testing.assert_close(both.image[:, :40], alone.image[:, :40], atol=1e-5, rtol=0)


@pytest.mark.parametrize("cell_size", [1, 8])
def test_copy_paste_moves_both(cell_size):
    grid = Extent(128 // cell_size, 96 // cell_size)
    regions = regions_on(BESIDE, grid, cell_size)
    alone = [regions_on(DragSpec(*spec, SIZE), grid, cell_size) for spec in (
        ((), (REGION,), ()), (BESIDE.drags, (), (APART,))
    )]  # fmt: skip
    assert torch.equal(regions.moved, alone[0].moved | alone[1].moved)
    for one in alone:
        assert torch.equal(regions.gather[one.moved], one.gather[one.moved])
    assert torch.equal(regions.free, alone[1].moved)


IN_REGION, ON_TARGET, ELSEWHERE = drag(20, 20, 20, 60), drag(50, 20, 50, 60), drag(100, 80, 60, 80)
LEFT_OUT = {
    "in a region that moves": (
        ((IN_REGION,), (REGION,), ()),
        "drag 1 is left out, starting in region 1, which goes to",
    ),
    "on a target": (((ON_TARGET,), (REGION,), ()), "drag 1 is left out, starting on the target of region 1;"),
    "nowhere": (((ELSEWHERE,), (REGION,), ()), "drag 1 is left out, starting outside of all regions;"),
    "where the mask limits": (((ELSEWHERE,), (REGION,), (ALL,)), "starting in a part of the mask that limits regions;"),
    "many": (((ELSEWHERE,) * 7, (REGION,), ()), "drags 1, 2, 3, 4, 5, ... are left out"),
    "a region beyond the mask": (((), (REGION,), (APART,)), "region 1 is left out, with the target outside the mask;"),
}


@pytest.mark.parametrize(("spec", "message"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_left_out_is_said_once(spec, message):
    (sentence,) = left_out(DragSpec(*spec, SIZE))
    assert message in sentence
    assert sentence in warp(torch.rand(1, 96, 128, 3), DragSpec(*spec, SIZE)).notes


@pytest.mark.parametrize(
    "spec",
    [
        BESIDE,
        DragSpec((IN_REGION,), (STILL,), (), SIZE),
        DragSpec((drag(50, 50, 50, 50),), (REGION,), (), SIZE),
        DragSpec((), (REGION,), (AROUND,), SIZE),
        DragSpec(BESIDE.drags, (), (APART,), SIZE),
    ],
)
def test_nothing_is_said_where_all_is_used(spec):
    assert left_out(spec) == []


def test_a_part_of_the_mask_in_which_a_region_lies_is_not_moved_by_drags():
    spec = DragSpec((drag(80, 80, 90, 80),), (REGION,), (ALL,), SIZE)
    alone = warp(torch.zeros(1, 96, 128, 3), DragSpec((), (REGION,), (ALL,), SIZE))
    assert np.array_equal(warp(torch.zeros(1, 96, 128, 3), spec).target_mask, alone.target_mask)
