"""Drawn instructions."""

import tracemalloc

import numpy as np
import pytest
import torch
from dragkit.core.instruction.spec import Affine, Drag, DragSpec, Extent, Point, Polygon, Region
from dragkit.core.show.preview import FIXED_SHADE, TILE, draw_drag, draw_on_pictures, draw_paths

GREY = np.full((64, 96, 3), 0.5, dtype=np.float32)
SIZE = Extent(96, 64)


def square(x: float, y: float, side: float) -> Polygon:
    return Polygon((Point(x, y), Point(x + side, y), Point(x + side, y + side), Point(x, y + side)))


def test_an_empty_instruction_leaves_the_picture():
    np.testing.assert_allclose(draw_drag(GREY, DragSpec(size=SIZE)), GREY, atol=1 / 255)


def test_handle_is_red_and_target_blue():
    drawn = draw_drag(GREY, DragSpec(drags=(Drag(Point(20, 32), Point(80, 32)),), size=SIZE))
    red, blue = drawn[32, 20], drawn[32, 77]
    assert red[0] > 0.8 > red[2] and blue[2] > 0.8 > blue[0]


def test_outside_of_the_mask_is_darkened():
    drawn = draw_drag(GREY, DragSpec(mask=(square(0, 0, 30),), size=SIZE))
    np.testing.assert_allclose(drawn[10, 10], 0.5, atol=1 / 255)
    np.testing.assert_allclose(drawn[50, 80], 0.5 * FIXED_SHADE, atol=1 / 255)


def test_regions_are_tinted():
    drawn = draw_drag(GREY, DragSpec(regions=(Region(square(5, 5, 20), square(60, 30, 20)),), size=SIZE))
    assert drawn[10, 10, 0] > drawn[10, 10, 2]
    assert drawn[40, 70, 2] > drawn[40, 70, 0]


def test_a_transformed_region_is_tinted_where_it_goes():
    region = Region(square(5, 5, 20), Affine(Point(55, 25), rotate=45))
    drawn = draw_drag(GREY, DragSpec(regions=(region,), size=SIZE))
    assert drawn[40, 70, 2] > drawn[40, 70, 0]
    assert drawn[40, 82, 2] > drawn[40, 82, 0] and np.allclose(drawn[31, 79], 0.5, atol=1 / 255)


def test_points_outside_the_picture_and_anchors_can_be_drawn():
    drags = (Drag(Point(-40, 10), Point(300, 200)), Drag(Point(40, 30), Point(40, 30)))
    drawn = draw_drag(GREY, DragSpec(drags=drags, size=SIZE))
    assert drawn.shape == GREY.shape and not np.allclose(drawn[30, 40], 0.5)


def test_paths_are_drawn_from_start_to_end():
    picture = np.zeros((64, 64, 3), dtype=np.float32)
    way = [Point(10, 50), Point(30, 50), Point(50, 20)]
    drawn = draw_paths(picture, DragSpec(size=Extent(64, 64)), [way])
    yellow = (drawn[..., 0] > 0.6) & (drawn[..., 2] < 0.3)
    assert yellow[50, 20] and yellow[20, 50] and not yellow[20, 10]
    assert np.array_equal(draw_paths(picture, DragSpec(size=Extent(64, 64)), []), draw_drag(picture, DragSpec()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_kind_of_picture_becomes_colours(channels, dtype):
    pictures = torch.full((2, 64, 96, channels), 0.5, dtype=dtype)
    pictures[..., 3:] = 0.1
    drawn = draw_on_pictures(pictures, DragSpec(drags=(Drag(Point(10, 10), Point(60, 30)),), size=SIZE))
    assert drawn.shape == (2, 64, 96, 3) and drawn.dtype == torch.float32
    assert torch.equal(drawn[0], drawn[1]) and (drawn[0, 60, 5] == 0.5).all() and drawn[0, 10, 10, 0] > 0.8


def test_pictures_are_left_as_they_are():
    pictures = torch.from_numpy(GREY)[None].clone()
    draw_on_pictures(pictures, DragSpec(drags=(Drag(Point(10, 10), Point(60, 30)),), mask=(square(0, 0, 9),)))
    assert (pictures == 0.5).all()


@pytest.mark.parametrize("far", [3e4, 1e9, 1.6e13])
def test_a_drag_to_far_outside_points_there(far):
    drags = (
        Drag(Point(48, 32), Point(far, 32)),
        Drag(Point(48, 32), Point(48, -far)),
        Drag(Point(far, far), Point(far, far)),
    )
    drawn = draw_drag(GREY, DragSpec(drags=drags, size=SIZE))
    assert drawn[32, 90, 2] > 0.8 > drawn[32, 90, 0] and drawn[2, 48, 2] > 0.8 > drawn[2, 48, 0]
    assert np.allclose(drawn[60, 5], 0.5)


def test_a_picture_of_several_tiles_has_no_seams():
    picture = np.full((TILE + 90, 2 * TILE + 40, 3), 0.5, dtype=np.float32)
    drag = Drag(Point(TILE - 3, TILE + 2), Point(2 * TILE + 5, TILE - 5))
    drawn = draw_drag(picture, DragSpec(drags=(drag,)))
    whole = draw_drag(picture[:, 40:], DragSpec(drags=(Drag(*(Point(p.x - 40, p.y) for p in drag)),)))
    assert np.abs(drawn[:, 40:] - whole).max() < 0.35  # the tiles lie elsewhere; only edges differ, by their sampling
    assert np.abs(drawn[:, 40:] - whole).mean() < 1e-3


def test_a_large_picture_needs_little_memory_beside_itself():
    picture = torch.full((1, 4096, 4096, 3), 0.5)
    spec = DragSpec(drags=(Drag(Point(100, 100), Point(4000, 4000)),), mask=(square(0, 0, 4000),))
    tracemalloc.start()
    drawn = draw_on_pictures(picture, spec)  # torch's own memory, which is the result's, does not count here
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < drawn.numel() and 0 < (drawn != 0.5).any(-1).float().mean() < 0.1
