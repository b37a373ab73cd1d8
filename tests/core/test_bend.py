"""Drags with nothing painted bend the picture around them and leave the rest as it is."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.placed import Placed, place
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon
from dragkit.core.maps.flow import Bend, around_drags, flow_map, warp_map
from dragkit.core.redraw.pixels import warp

SIZE = Extent(120, 90)


def placed(*drags: tuple[float, float, float, float], **further) -> Placed:
    ends = tuple(Drag(Point(a, b), Point(c, d)) for a, b, c, d in drags)
    return place(DragSpec(size=SIZE, drags=ends, **further), SIZE)


def test_the_handle_arrives_and_the_rim_stays():
    bend = Bend(np.array([[60.0, 45]]), np.array([[72.0, 45]]), 90)
    around = np.linspace(0, 2 * np.pi, 9)[:-1]
    rim = np.stack([60 + 30 * np.cos(around), 45 + 30 * np.sin(around)], axis=1)
    np.testing.assert_allclose(bend.landed(np.array([[60.0, 45]])), [[72, 45]])
    np.testing.assert_allclose(bend.landed(rim), rim, atol=1e-9)


def test_nothing_is_left_empty_and_nothing_folds():
    moves = warp_map(placed((60, 45, 80, 40), (30, 30, 30, 30)))
    assert moves.notes == () and moves.moved.any()
    assert moves.vacated.sum() <= 0.01 * moves.moved.sum()
    x = moves.source[45, :, 0]
    assert (x.diff()[moves.moved[45, 1:] & moves.moved[45, :-1]] > 0).all()


def test_an_anchor_in_the_circle_holds_its_place():
    handles = np.array([[60.0, 45], [68, 45]])
    bend = Bend(handles, handles + [[-15, 0], [0, 0]], 90)
    np.testing.assert_allclose(bend.landed(handles), handles + [[-15, 0], [0, 0]])


def test_the_picture_is_as_smooth_as_before():
    ramp = torch.linspace(0, 1, SIZE.width).expand(1, SIZE.height, -1)[..., None]
    image = warp(ramp, warp_map(placed((60, 45, 80, 45)))).image[0, ..., 0]
    assert image.diff(dim=1).min() > -1e-3 and image.diff(dim=1).max() < 6 / SIZE.width
    assert image[45, 80] == pytest.approx(60 / SIZE.width, abs=0.01)
    assert torch.equal(image[:, 115:], ramp[0, :, 115:, 0])


def test_a_mask_or_a_region_is_taken_as_it_is():
    square = Polygon((Point(40, 30), Point(80, 30), Point(80, 60), Point(40, 60)))
    masked = placed((60, 45, 80, 45), mask=(square,))
    assert around_drags(masked) is None
    assert torch.equal(warp_map(masked).source, flow_map(masked).source)


def test_anchors_alone_are_refused():
    with pytest.raises(ValueError, match="Draw a source with its target, or a mask"):
        warp_map(placed((60, 45, 60, 45)))
