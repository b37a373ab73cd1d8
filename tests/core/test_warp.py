"""What the pixel warp promises: masks, fills, rims, and what it says or refuses."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.areas import Area
from dragkit.core.instruction.geometry import Affine, Point
from dragkit.core.instruction.spec import DragSpec, Region
from dragkit.core.redraw.pixels import Fill, Sampling
from dragkit.core.redraw.rim import draw_rim
from dragkit.core.redraw.smooth_fill import fill_smoothly
from dragkit.tests.core.placing import pixels_of, warp
from dragkit.tests.core.warped import CONTROLS, ONE_MOVE, SIZE, SQUARE, away_from_edges, box, drags, waves


def test_the_target_mask_is_where_content_is_and_the_inpaint_mask_where_none_came():
    result = warp(waves(), ONE_MOVE[0], mask_expand=0)
    vacated = torch.zeros(48, 64, dtype=torch.bool)
    vacated[12:32, 16:36] = True
    vacated &= ~result.target_mask
    assert torch.equal(result.inpaint_mask, vacated) and result.target_mask.sum() == 400
    wider = warp(waves(), ONE_MOVE[0], mask_expand=5).inpaint_mask
    assert (wider & vacated).sum() == vacated.sum() and wider[15, 24] and wider[34, 43] and not wider[25, 34]


def test_an_even_width_is_made_odd():
    assert torch.equal(warp(waves(), ONE_MOVE[0], 6).inpaint_mask, warp(waves(), ONE_MOVE[0], 7).inpaint_mask)


def test_neighbours_fill_the_vacated_place_from_around_it():
    picture = torch.full((1, 48, 64, 3), 0.3)
    picture[:, 12:32, 16:36] = torch.rand(1, 20, 20, 3, generator=torch.Generator().manual_seed(0))
    spec = DragSpec(regions=(Region(SQUARE, Affine(move=Point(24, 8))),), size=SIZE)
    result = warp(picture, spec, fill=Fill.NEIGHBOURS)
    outside = ~result.target_mask
    torch.testing.assert_close(
        result.image[:, outside], torch.full_like(result.image[:, outside], 0.3), atol=1e-3, rtol=0
    )


def test_several_parts_move_by_their_own_drags_and_one_without_stays():
    parts = (box(4, 4, 14, 14), box(24, 4, 34, 14), box(44, 4, 54, 14))
    spec = DragSpec(drags=drags((8, 8, 8, 28), (28, 8, 33, 28), (20, 40, 30, 40)), mask=parts, size=SIZE)
    result = warp(waves(), spec)
    expected = torch.zeros(48, 64, dtype=torch.bool)
    expected[24:34, 4:14] = expected[24:34, 29:39] = True
    assert torch.equal(result.target_mask, expected)
    assert result.notes == ["parts of the mask without a handle stay as they are: 1, around (48, 8)."]


@pytest.mark.parametrize("sampling", Sampling)
def test_no_handle_in_the_mask_is_refused(sampling):
    spec = DragSpec(drags=drags((2, 2, 9, 9)), mask=(SQUARE,), size=SIZE)
    with pytest.raises(ValueError, match="the drag does not start in the mask"):
        warp(waves(), spec, sampling=sampling)


def test_neither_region_nor_mask_is_refused():
    with pytest.raises(ValueError, match="there is no region"):
        warp(waves(), DragSpec(drags=drags((2, 2, 9, 9)), size=SIZE))


@pytest.mark.parametrize("sampling", Sampling)
def test_content_dragged_out_of_the_picture_empties_its_place(sampling):
    spec = DragSpec(drags=drags((20, 20, -60, 20)), mask=(SQUARE,), size=SIZE)
    result = warp(waves(), spec, sampling=sampling)
    assert not result.target_mask.any() and result.inpaint_mask[14:30, 18:34].all()
    assert torch.equal(result.image, waves())
    assert result.notes == ["the whole region around (26, 22) lands outside the image; its place is emptied."]


def test_what_lands_partly_outside_is_cut_off():
    spec = DragSpec(drags=drags((20.5, 20.5, 0.5, 20.5)), mask=(SQUARE,), size=SIZE)
    result = warp(waves(), spec)
    assert result.target_mask[:, :16].sum() == 16 * 20 and not result.target_mask[:, 16:].any()
    inner = away_from_edges(result) | (result.target_mask & (torch.arange(64) < 14) & (torch.arange(48) > 13)[:, None])
    inner &= (torch.arange(48) < 30)[:, None]
    torch.testing.assert_close(result.image[:, inner], waves().roll(-20, 2)[:, inner], atol=1e-4, rtol=0)


def test_crossing_drags_fold_what_is_nearest_to_a_handle_on_top():
    moves = drags((18.5, 22.5, 46.5, 22.5), (33.5, 22.5, 38.5, 22.5))
    spec = DragSpec(drags=moves, mask=(SQUARE,), size=SIZE)
    result, pixels = warp(waves(), spec), pixels_of(spec, SIZE, Sampling.SMOOTH)
    assert any("fold the region around (26, 22) over itself" in note for note in result.notes)
    places = {
        tuple(cell): point
        for cell, point in zip(Area.of(pixels.moved.numpy()).cells().tolist(), pixels.points(pixels.moved), strict=True)
    }
    for handle, target in moves:
        assert np.abs(places[int(target.x), int(target.y)] - handle).max() < 0.15


def test_anchors_change_nothing():
    for spec in (
        DragSpec(drags=drags((20, 20, 20, 20), (30, 30, 30, 30)), mask=(SQUARE,), size=SIZE),
        DragSpec(regions=(Region(SQUARE, Affine()),), size=SIZE),
    ):
        result = warp(waves(), spec, fill=Fill.NEIGHBOURS)
        assert torch.equal(result.image, waves()) and not result.inpaint_mask.any() and not result.target_mask.any()


def test_a_mask_limits_what_regions_change():
    spec = DragSpec(regions=(Region(SQUARE, Affine(move=Point(20, 0))),), mask=(box(0, 0, 46, 48),), size=SIZE)
    result = warp(waves(), spec)
    assert result.target_mask[:, 36:46].sum() == 200 and not result.target_mask[:, 46:].any()
    assert not result.inpaint_mask[:, 46:].any()
    assert torch.equal(result.image[:, :, 46:], waves()[:, :, 46:])


def test_later_regions_lie_on_top():
    regions = (Region(box(4, 4, 14, 14), box(40, 20, 50, 30)), Region(box(20, 4, 30, 14), box(45, 20, 55, 30)))
    pixels = pixels_of(DragSpec(regions=regions, size=SIZE), SIZE, Sampling.SMOOTH)
    places = {
        tuple(cell): point
        for cell, point in zip(Area.of(pixels.moved.numpy()).cells().tolist(), pixels.points(pixels.moved), strict=True)
    }
    np.testing.assert_allclose(places[47, 25], (22.5, 9.5), atol=1e-4)
    np.testing.assert_allclose(places[43, 25], (7.5, 9.5), atol=1e-4)


def test_the_rim_of_a_square_is_a_round_band():
    canvas = np.zeros((30, 30), dtype=bool)
    draw_rim(canvas, [np.array([[10, 10], [20, 10], [20, 20], [10, 20]])], 5)
    y, x = np.mgrid[:30, :30]
    outside = np.hypot((x - x.clip(10, 20)), (y - y.clip(10, 20)))
    inside = np.minimum(np.minimum(x - 10, 20 - x), np.minimum(y - 10, 20 - y))
    assert np.array_equal(canvas, (outside <= 3) & (inside <= 3))


def test_a_membrane_between_two_sides_is_a_ramp():
    picture = torch.linspace(0, 1, 40).expand(1, 2, 30, 40).clone()
    hole = torch.zeros(30, 40, dtype=torch.bool)
    hole[5:25, 8:32] = True
    torch.testing.assert_close(fill_smoothly(picture.masked_fill(hole, 9), hole), picture, atol=0.03, rtol=0)


def test_what_is_a_hole_all_over_stays():
    picture = torch.rand(1, 3, 9, 9)
    assert torch.equal(fill_smoothly(picture, torch.ones(9, 9, dtype=torch.bool)), picture)


TURNS = {
    "a quarter by two": (((26, 14), (34, 22)), ((26, 30), (18, 22)), '"rotate": 90'),
    "a quarter back by three": (((26, 14), (18, 22)), ((26, 30), (34, 22)), ((18, 22), (26, 30)), '"rotate": -90'),
    "an eighth about an anchor": (((20, 22), (20, 22)), ((32, 22), (28.5, 30.5)), '"rotate": 45'),
}


@pytest.mark.parametrize("ends", TURNS.values(), ids=TURNS)
def test_turning_by_handles_points_to_a_region_that_turns(ends):
    *ends, hint = ends
    spec = DragSpec(drags=drags(*((*start, *end) for start, end in ends)), mask=(SQUARE,), size=SIZE)
    (note,) = warp(waves(), spec).notes
    assert "region around (26, 22)" in note and hint in note


@pytest.mark.parametrize("spec", ONE_MOVE, ids=CONTROLS)
def test_moving_needs_no_hint(spec):
    assert warp(waves(), spec).notes == []
