"""Tests of the pixel warp: against the original program, against its own cases, and of what it promises."""

import numpy as np
import pytest
import torch
from dragkit.core.grid.areas import Area
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.geometry import Affine, Extent, Point
from dragkit.core.instruction.spec import Brush, Drag, DragSpec, Polygon, Region, Stroke
from dragkit.core.redraw.pixels import Fill, Sampling, inpaint_area
from dragkit.core.redraw.resample import resample
from dragkit.core.redraw.rim import draw_rim
from dragkit.core.redraw.smooth_fill import fill_smoothly
from dragkit.tests.core.placing import Result, pixels_of, warp
from dragkit.tests.core.regiondrag_golden import arrays, case_ids, compare_by_target
from dragkit.tests.core.warp_golden import case_names, from_runs, load_case

ORIGINAL = case_ids("regionpoints")
SIZE = Extent(64, 48)


def original_spec(case: str) -> DragSpec:
    """The mask and the points of a case of the original program."""
    fields = arrays(case)
    ends = fields["points"].astype(float).reshape(-1, 2, 2).tolist()
    height, width = fields["mask"].shape
    drags = tuple(Drag(Point(*handle), Point(*target)) for handle, target in ends)
    return DragSpec(drags=drags, base=torch.from_numpy(fields["mask"]), size=Extent(width, height))


@pytest.mark.parametrize("case", ORIGINAL)
def test_the_map_is_the_originals(case):
    fields, spec = arrays(case), original_spec(case)
    pixels = pixels_of(spec, spec.size, Sampling.REFERENCE)
    source, target = np.floor(pixels.points(pixels.moved)).astype(int), Area.of(pixels.moved.numpy()).cells()
    distances, unshared = compare_by_target(source, target, fields["bw_src"].astype(int), fields["bw_trg"].astype(int))
    assert unshared <= 0.005 * len(fields["bw_trg"])
    assert (distances == 0).mean() >= (1 if "one_point" in case else 0.96)
    assert (distances <= 1).mean() >= 0.995


@pytest.mark.parametrize("case", ORIGINAL)
@pytest.mark.parametrize("mask_expand", [0, 5, 6, 13])
def test_the_inpaint_mask_is_the_originals(case, mask_expand):
    expected, spec = arrays(case)[f"bw_mask_k{mask_expand}"].astype(bool), original_spec(case)
    found = inpaint_area(pixels_of(spec, spec.size, Sampling.REFERENCE), mask_expand)
    assert (found ^ expected).sum() <= 0.01 * expected.sum() + 2


@pytest.mark.parametrize("case", ORIGINAL)
def test_the_copied_picture_is_the_originals(case):
    fields, spec = arrays(case), original_spec(case)
    picture = torch.rand(1, spec.size.height, spec.size.width, 3, generator=torch.Generator().manual_seed(0))
    expected = picture.clone()
    (from_x, from_y), (x, y) = (torch.from_numpy(fields[f"bw_{end}"].astype(np.int64)).T for end in ("src", "trg"))
    expected[:, y, x] = picture[:, from_y, from_x]
    found = warp(picture, spec, sampling=Sampling.REFERENCE).image
    assert (found == expected).all(-1).float().mean() >= 0.99


@pytest.mark.parametrize("name", case_names())
@pytest.mark.parametrize("sampling", Sampling)
def test_the_cases_for_all_programs(name, sampling):
    case = load_case(name)
    width, height = case["drag"]["size"]
    expected = case[sampling.name.lower()]
    pixels = pixels_of(read_drag(case["drag"]), Extent(width, height), sampling)
    assert np.array_equal(pixels.moved.numpy(), from_runs(expected["target"], width, height))
    assert np.array_equal(inpaint_area(pixels, case["mask_expand"]), from_runs(expected["inpaint"], width, height))
    np.testing.assert_allclose(pixels.points(pixels.moved), np.reshape(expected["points"], (-1, 2)), atol=0.006)


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def drags(*ends: tuple[float, float, float, float]) -> tuple[Drag, ...]:
    return tuple(Drag(Point(x, y), Point(to_x, to_y)) for x, y, to_x, to_y in ends)


def waves(size: Extent = SIZE, period: float = 16.0) -> torch.Tensor:
    """A smooth picture (1, H, W, 3) whose value tells the place."""
    y, x = torch.meshgrid(torch.arange(size.height) + 0.5, torch.arange(size.width) + 0.5, indexing="ij")
    phases = (x + 0.3 * y, y, x - y)
    return torch.stack([0.5 + 0.4 * torch.sin(2 * torch.pi * p / period) for p in phases], dim=-1)[None]


def away_from_edges(result: Result) -> torch.Tensor:
    """The target pixels (H, W) that lie within the target by two pixels."""
    rest = (~result.target_mask).float()[None, None]
    return torch.nn.functional.max_pool2d(rest, 5, 1, 2)[0, 0] == 0


SQUARE = box(16, 12, 36, 32)
ONE_MOVE = [
    DragSpec(drags=drags((20.5, 20.5, 28.5, 23.5)), mask=(SQUARE,), size=SIZE),
    DragSpec(drags=drags((20, 20, 28, 23), (30, 30, 38, 33)), mask=(SQUARE,), size=SIZE),
    DragSpec(regions=(Region(SQUARE, Affine(move=Point(8, 3))),), size=SIZE),
    DragSpec(regions=(Region(SQUARE, box(24, 15, 44, 35)),), size=SIZE),
]
CONTROLS = ["one drag", "two drags", "affine", "polygons"]


@pytest.mark.parametrize("spec", ONE_MOVE, ids=CONTROLS)
@pytest.mark.parametrize("sampling", Sampling)
def test_a_move_by_whole_pixels_copies_them(spec, sampling):
    picture = waves()
    result = warp(picture, spec, sampling=sampling)
    inner = away_from_edges(result)
    shifted = picture.roll((3, 8), (1, 2))
    assert inner.sum() == 16 * 16 if spec.regions[:1] != ONE_MOVE[3].regions else inner.sum() >= 16 * 16
    torch.testing.assert_close(result.image[:, inner], shifted[:, inner], atol=1e-4, rtol=0)
    rest = ~result.target_mask
    assert torch.equal(result.image[:, rest], picture[:, rest])


BRUSH = Brush((Stroke(10, (Point(26, 22),)),))
PART_MOVES = {
    "drag": DragSpec(drags=drags((20.2, 20.5, 24.55, 23.25)), mask=(SQUARE,), size=SIZE),
    "affine": DragSpec(regions=(Region(SQUARE, Affine(move=Point(4.35, 2.75))),), size=SIZE),
    "polygons": DragSpec(regions=(Region(SQUARE, box(20.35, 14.75, 40.35, 34.75)),), size=SIZE),
    "triangles": DragSpec(
        regions=(
            Region(
                Polygon((Point(16, 12), Point(36, 14), Point(22, 34))),
                Polygon((Point(20.35, 14.75), Point(40.35, 16.75), Point(26.35, 36.75))),
            ),
        ),
        size=SIZE,
    ),
}


@pytest.mark.parametrize("spec", PART_MOVES.values(), ids=PART_MOVES)
def test_parts_of_a_pixel_count(spec):
    size, finer = SIZE, 20
    result = warp(waves(), spec)
    y, x = away_from_edges(result).nonzero().T
    fine = waves(Extent(size.width * finer, size.height * finer), 16 * finer)
    true_x, true_y = ((x + 0.5 - 4.35) * finer).long(), ((y + 0.5 - 2.75) * finer).long()
    assert (result.image[0, y, x] - fine[0, true_y, true_x]).abs().max() < 0.02
    by_pixels = warp(waves(), spec, sampling=Sampling.REFERENCE)
    assert (by_pixels.image[0, y, x] - fine[0, true_y, true_x]).abs().max() > 0.05


def test_a_brushed_disc_grows_evenly():
    spec = DragSpec(regions=(Region(BRUSH, Brush((Stroke(13.5, (Point(34, 24),)),))),), size=SIZE)
    y, x = away_from_edges(warp(waves(), spec)).nonzero().T
    x, y = (x + 0.5 - 34) / 1.35 + 26, (y + 0.5 - 24) / 1.35 + 22
    errors = {}
    for sampling in Sampling:
        pixels = pixels_of(spec, SIZE, sampling)
        inner = away_from_edges(warp(waves(), spec)).numpy()[pixels.moved.numpy()]
        errors[sampling] = np.abs(pixels.points(pixels.moved)[inner] - np.stack([x, y], axis=1)).mean()
    assert errors[Sampling.SMOOTH] < 0.25 < errors[Sampling.REFERENCE]


def test_shrinking_does_not_alias():
    size = Extent(128, 128)
    board = (torch.arange(128)[:, None] + torch.arange(128)).remainder(2).float().expand(1, 3, 128, 128).movedim(1, -1)
    spec = DragSpec(regions=(Region(box(10, 10, 110, 110), Affine(scale=(0.3, 0.3))),), size=size)
    inner = away_from_edges(warp(board, spec))
    spread = {sampling: warp(board, spec, sampling=sampling).image[:, inner].std() for sampling in Sampling}
    assert spread[Sampling.SMOOTH] < 0.08 < 0.4 < spread[Sampling.REFERENCE]


def test_content_under_handles_lands_on_targets():
    moves = drags(
        (20.5, 16.5, 12.5, 10.5), (32.5, 16.5, 44.5, 12.5), (20.5, 28.5, 14.5, 38.5), (32.5, 28.5, 40.5, 34.5)
    )
    spec = DragSpec(drags=moves, mask=(SQUARE,), size=SIZE)
    pixels = pixels_of(spec, SIZE, Sampling.SMOOTH)
    places = {
        tuple(cell): point
        for cell, point in zip(Area.of(pixels.moved.numpy()).cells().tolist(), pixels.points(pixels.moved), strict=True)
    }
    for handle, target in moves:
        assert np.abs(places[int(target.x), int(target.y)] - handle).max() < 0.5


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
    with pytest.raises(ValueError, match="none of the 1 drags starts in the mask"):
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_batches_channels_and_precisions(dtype, channels):
    pictures = torch.rand(3, 48, 64, channels, generator=torch.Generator().manual_seed(0)).to(dtype)
    together = warp(pictures, ONE_MOVE[1], fill=Fill.NEIGHBOURS)
    assert together.image.dtype == dtype and together.image.shape == pictures.shape
    for number, picture in enumerate(pictures):
        alone = warp(picture[None], ONE_MOVE[1], fill=Fill.NEIGHBOURS)
        torch.testing.assert_close(together.image[number], alone.image[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("size", [Extent(1, 1), Extent(3, 200), Extent(333, 7)])
def test_any_size(size):
    picture = torch.rand(1, size.height, size.width, 3)
    middle = size.width / 2, size.height / 2
    whole = torch.ones(size.height, size.width, dtype=torch.bool)
    spec = DragSpec(drags=drags((*middle, middle[0] + 1.3, middle[1])), base=whole, size=size)
    for fill in Fill:
        assert warp(picture, spec, fill=fill).image.shape == picture.shape


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


def test_resampling_at_pixel_centres_returns_the_picture():
    picture = torch.rand(2, 3, 11, 17, generator=torch.Generator().manual_seed(0))
    y, x = np.mgrid[:11, :17]
    points = np.stack([x, y], axis=2) + 0.5
    torch.testing.assert_close(resample(picture, points, np.ones((11, 17), dtype=bool)), picture.flatten(2))


def test_whole_pixels_from_beyond_the_picture_are_those_of_its_border():
    spec = DragSpec(regions=(Region(box(50, 30, 80, 60), box(10, 5, 40, 35)),), size=SIZE)
    result = warp(waves(), spec, sampling=Sampling.REFERENCE)
    assert torch.equal(result.image[:, 5:23, 38], waves()[:, 30:48, 63]) and result.target_mask[34, 39]


@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("sampling", Sampling)
def test_an_empty_batch_stays_one(fill, sampling):
    assert warp(waves()[:0], ONE_MOVE[0], fill=fill, sampling=sampling).image.shape == (0, 48, 64, 3)


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
