"""Edited crops back in their pictures: the outside bit for bit, a soft seam inside, and drift taken back."""

from dataclasses import replace

import pytest
import torch
from dragkit.core.crop.crop import Cut, cut_out, resized
from dragkit.core.crop.drift import Take, measured, moved_by
from dragkit.core.crop.framing import Wanted
from dragkit.core.crop.stitch import Stitch, Stitched, put_back, seam
from dragkit.core.crop.touched import Inside
from dragkit.core.grid.placed import place
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon
from dragkit.demo.scenes import SCENES

PICTURE = Extent(320, 240)
CORNERS = ((100, 80), (180, 80), (180, 150), (100, 150))
SPEC = DragSpec((Drag(Point(120, 110), Point(150, 110)),), (), (Polygon(tuple(Point(*c) for c in CORNERS)),), PICTURE)


def photo(count: int = 1, size: Extent = PICTURE) -> torch.Tensor:
    """Smooth clouds with some grain, (B, H, W, 3)."""
    generator = torch.Generator().manual_seed(5)
    coarse = torch.rand(count, size.height // 20, size.width // 20, 3, generator=generator)
    grain = torch.rand(count, size.height, size.width, 3, generator=generator)
    return 0.15 + 0.6 * resized(coarse, size) + 0.1 * grain


def stitched(picture: torch.Tensor, spec: DragSpec = SPEC, size: int = 96, context: float = 0.5, mask=None):
    placed = place(spec, PICTURE, mask, len(picture))
    return stitch_of(picture, cut_out(placed, Wanted(context, Extent(size, size), 8)))


def stitch_of(picture: torch.Tensor, cuts: list[Cut]) -> Stitch:
    return Stitch(picture, tuple(cuts), tuple(cut.taken_from(picture) for cut in cuts))


def outside(stitch: Stitch) -> torch.Tensor:
    """What may not change, (H, W) bool."""
    (cut,) = stitch.cuts
    kept = torch.ones(PICTURE.height, PICTURE.width, dtype=torch.bool)
    cut.window(kept[None, ..., None])[0, ..., 0] &= ~cut.areas[0]
    return kept


@pytest.mark.parametrize("size", [48, 96, 256], ids="smaller same larger".split())
@pytest.mark.parametrize("take", Take)
def test_outside_of_the_mask_nothing_changes_by_a_bit(size, take):
    picture = photo()
    stitch = stitched(picture, size=size)
    edited = torch.rand(1, size, size, 3, generator=torch.Generator().manual_seed(1))
    result = put_back(stitch, [edited], 8.0, take).image
    kept = outside(stitch)
    assert torch.equal(result[0][kept], picture[0][kept])
    assert (result[0][~kept] != picture[0][~kept]).float().mean() > 0.8


def test_the_edit_is_whole_in_the_middle_and_fades_to_the_mask():
    stitch = stitched(photo())
    share = seam(stitch.cuts[0].areas[0], stitch.cuts[0], 8.0)
    area, zoom = stitch.cuts[0].areas[0], stitch.cuts[0].scale[0]
    assert torch.equal(share > 0, area) and share.max() == 1
    rows, columns = area.any(1).nonzero()[:, 0], area.any(0).nonzero()[:, 0]
    row = share[(rows[0] + rows[-1]) // 2, columns[0] : columns[-1] + 1]
    assert (row[: len(row) // 2].diff() >= 0).all() and row[0] < 0.05
    assert row[round(8 * zoom) + 1 : -round(8 * zoom) - 1].eq(1).all()


def test_small_parts_show_the_edit_too():
    tiny = replace(SPEC, drags=(), mask=(Polygon((Point(100, 80), Point(109, 80), Point(109, 200), Point(100, 200))),))
    cut = stitched(photo(), tiny).cuts[0]
    assert seam(cut.areas[0], cut, 50.0).max() > 0.9


def test_no_seam_along_the_border_of_the_picture():
    spec = DragSpec((Drag(Point(10, 120), Point(60, 120)),), size=PICTURE)
    cut = stitched(photo(), spec, context=0.4).cuts[0]
    share = seam(cut.areas[0], cut, 8.0)
    middle = share.shape[0] // 2
    assert cut.borders == (True, False, False, False)
    assert share[middle, 0] == 1 and share[middle, -1] < 0.1 and share[0, 5] < 0.1


def test_a_hard_seam():
    cut = stitched(photo()).cuts[0]
    assert torch.equal(seam(cut.areas[0], cut, 0.0), cut.areas[0].float())


def test_an_unedited_crop_of_the_same_size_is_the_picture():
    picture = photo()
    stitch = stitch_of(picture, cut_out(place(SPEC, PICTURE), Wanted(10, PICTURE, 8)))
    assert torch.equal(put_back(stitch, [picture], 8.0, Take.BOTH).image, picture)


def test_a_batch_has_a_mask_for_each_picture():
    masks = torch.zeros(2, 240, 320)
    masks[0, 80:150, 100:140] = 1
    masks[1, 80:150, 150:180] = 1
    picture = photo(2)
    stitch = stitched(picture, mask=masks)
    result = put_back(stitch, [torch.zeros(2, 96, 96, 3)], 4.0, Take.NOTHING).image
    for index in range(2):
        kept = masks[index] < 0.5
        assert torch.equal(result[index][kept], picture[index][kept])
        assert (result[index] == 0).any()


def test_variants_of_one_picture():
    picture = photo()
    result = put_back(
        stitched(picture), [torch.stack([torch.zeros(96, 96, 3), torch.ones(96, 96, 3)])], 4, Take.NOTHING
    )
    assert result.image.shape == (2, 240, 320, 3)
    assert result.image[0, 115, 140].eq(0).all() and result.image[1, 115, 140].eq(1).all()


def test_several_crops():
    spec = DragSpec((Drag(Point(20, 20), Point(30, 20)), Drag(Point(300, 220), Point(290, 220))), size=PICTURE)
    cuts = cut_out(place(spec, PICTURE), Wanted(0.5, Extent(64, 64), 8), apart=True)
    stitch = stitch_of(photo(), cuts)
    result = put_back(stitch, [torch.zeros(1, 64, 64, 3), torch.ones(1, 64, 64, 3)], 2, Take.BOTH)
    assert result.image[0, 20, 25].eq(0).all() and result.image[0, 220, 295].eq(1).all()
    assert [line.partition(":")[0] for line in result.report] == ["crop 1", "crop 2"]


def test_another_version_of_the_picture():
    picture, other = photo(), photo().flip(2)
    stitch = stitched(picture)
    result = put_back(stitch, [torch.zeros(1, 96, 96, 3)], 4, Take.NOTHING, other).image
    assert torch.equal(result[0][outside(stitch)], other[0][outside(stitch)])


def test_what_has_changed_takes_the_place_of_what_was_to_change():
    """Content that a warp has moved out of the mask."""
    picture = photo()
    stitch = stitched(picture, size=160)
    changed = torch.zeros(1, 160, 160)
    changed[0, 20:60, 100:140] = 1
    result = put_back(stitch, [torch.zeros(1, 160, 160, 3)], 4, Take.NOTHING, masks=[changed]).image
    rows, columns = (result == 0).all(-1)[0].any(1).nonzero()[:, 0], (result == 0).all(-1)[0].any(0).nonzero()[:, 0]
    (cut,) = stitch.cuts
    zoom = cut.scale[0]
    assert int(rows[0]) == pytest.approx(cut.part.top + 20 * zoom, abs=6 * zoom)
    assert int(columns[-1]) == pytest.approx(cut.part.left + 140 * zoom, abs=6 * zoom)
    with pytest.raises(ValueError, match="mask is empty"):
        put_back(stitch, [torch.zeros(1, 160, 160, 3)], 4, Take.NOTHING, masks=[torch.zeros(1, 160, 160)])


def test_masks_of_what_has_changed_in_another_number_count_together():
    stitch = stitched(photo(), size=160)
    changed = torch.zeros(2, 160, 160)
    changed[0, 20:60, 20:60] = changed[1, 100:140, 100:140] = 1
    alone, both = (
        put_back(stitch, [torch.zeros(1, 160, 160, 3)], 4, Take.NOTHING, masks=[mask]).image
        for mask in (changed.amax(0, keepdim=True), changed)
    )
    assert torch.equal(alone, both)


def test_transparency_is_kept():
    picture = torch.cat([photo(), torch.rand(1, 240, 320, 1)], dim=-1)
    result = put_back(stitched(picture), [torch.zeros(1, 96, 96, 3)], 4, Take.BOTH).image
    assert torch.equal(result[..., 3], picture[..., 3]) and result[0, 115, 140, :3].eq(0).all()


@pytest.mark.parametrize(
    ("crops", "original", "sentence"),
    [
        ([torch.zeros(1, 64, 96, 3)], None, "the edited crop is 96x64 and has another shape than the 96x96"),
        ([torch.zeros(1, 96, 96, 3)], torch.zeros(1, 200, 320, 3), "the original has 1 of 320x200, the stitch is of 1"),
        ([torch.zeros(1, 96, 96, 3)] * 2, None, "the stitch is of 1 crop of 1 picture, and 2 crops of 1 came"),
        ([torch.full((1, 96, 96, 3), torch.nan)], None, "the edited crop is broken"),
        ([torch.zeros(0, 96, 96, 3)], None, "1 crop of 0 came"),
    ],
)
def test_what_does_not_belong_to_the_stitch_is_refused(crops, original, sentence):
    with pytest.raises(ValueError, match=sentence):
        put_back(stitched(photo()), crops, 8.0, Take.BOTH, original)


def test_masks_of_another_number_are_refused():
    stitch = stitched(photo())
    with pytest.raises(ValueError, match="the stitch is of 1 crop, and 2 masks came. Connect a mask for each crop"):
        put_back(stitch, list(stitch.crops), 8.0, Take.BOTH, masks=[torch.ones(1, 96, 96)] * 2)


# --- drift ---


def rendered(scene: str, seed: int) -> torch.Tensor:
    """A scene, (3, 256, 256)."""
    return SCENES[scene].render(SCENES[scene].sample(1, torch.Generator().manual_seed(seed)), 256)[0]


def ring() -> torch.Tensor:
    kept = torch.ones(256, 256, dtype=torch.bool)
    kept[70:190, 60:200] = False
    return kept


SLIPS = [(0.3, -0.2), (-1.4, 0.75), (4.6, -3.2), (0.0, 0.1)]


@pytest.mark.parametrize("slip", SLIPS, ids=str)
@pytest.mark.parametrize("scene", ["face", "mountain", "ball"])
def test_a_slip_and_a_tint_are_found(scene, slip):
    """To a tenth of a pixel, under noise and with the middle changed."""
    original = rendered(scene, 7)
    gain, offset = torch.tensor([1.03, 0.98, 1.0]), torch.tensor([-0.02, 0.01, 0.015])
    edited = moved_by(original, (-slip[0], -slip[1])) * gain[:, None, None] + offset[:, None, None]
    edited = edited + 0.01 * torch.randn(edited.shape, generator=torch.Generator().manual_seed(2))
    edited[:, 80:180, 70:190] = 0.4
    found = measured(original, edited, ring())
    assert found.shift == pytest.approx(slip, abs=0.1)
    kept = ring()
    left = (found.taken_back(edited) - original)[:, kept]
    assert left.abs().mean() < 0.009 < (edited - original)[:, kept].abs().mean()
    assert (left.mean(1).abs() < 0.001).all()


def test_what_was_edited_beside_the_mask_does_not_count():
    original = rendered("face", 7)
    edited = moved_by(original, (-0.6, 0.4))
    edited[:, 20:60, 20:120] = 1.0
    assert measured(original, edited, ring()).shift == pytest.approx((0.6, -0.4), abs=0.1)


def test_no_drift_is_slight_and_changes_nothing():
    original = rendered("face", 7)
    found = measured(original, original.clone(), ring())
    assert found.is_slight and found.before == 0
    noisy = original + 0.02 * torch.randn(original.shape, generator=torch.Generator().manual_seed(2))
    assert measured(original, noisy, ring()).is_slight


def test_another_picture_is_no_drift():
    assert measured(rendered("face", 7), rendered("mountain", 3), ring()).is_slight


@pytest.mark.parametrize(("take", "shift", "colour"), [(Take.SHIFT, True, False), (Take.COLOUR, False, True)])
def test_one_of_both_alone(take, shift, colour):
    original = rendered("face", 7)
    found = measured(original, moved_by(original, (-0.5, 0.5)) * 1.05, ring(), take)
    assert (max(map(abs, found.shift)) > 0.3) == shift and bool((found.gain != 1).any()) == colour


def test_colours_that_were_not_measured_change_as_the_nearest_do():
    """Beside the mask all is dark and tinted by a gain; a bright thing in it is not taken for brighter still."""
    original = rendered("face", 7) * 0.3
    edited = original * 1.1
    edited[:, 80:180, 70:190] = 0.9
    found = measured(original, edited, ring())
    assert torch.allclose(found.gain, torch.tensor(1.1), atol=0.01)
    back = found.taken_back(edited)
    assert (edited - back)[:, 100:160, 90:170].abs().max() < 0.04
    assert (back - original)[:, ring()].abs().max() < 0.004


def test_too_little_stays():
    assert measured(torch.rand(3, 64, 64), torch.rand(3, 64, 64), torch.zeros(64, 64, dtype=torch.bool)) is None


def test_drift_is_taken_back_before_the_seam():
    """A crop that slipped by a pixel and was tinted comes back as if it had not been."""
    picture = photo()
    stitch = stitched(picture, size=160)
    crop = stitch.cuts[0].taken_from(picture)
    slipped = moved_by(crop[0].movedim(-1, 0), (-1.0, 0.5)).movedim(0, -1)[None] * 1.04 - 0.01
    kept = put_back(stitch, [slipped], 8.0, Take.NOTHING)
    back = put_back(stitch, [slipped], 8.0, Take.BOTH)
    assert back.report[0].startswith("drift taken back: shift +1.0") and "gain +" in back.report[0]
    plain = put_back(stitch, [crop], 8.0, Take.NOTHING)
    wrong, right = ((r.image - plain.image).abs().mean() for r in (kept, back))
    assert right < 0.4 * wrong


def redrawn(crop: torch.Tensor, amount: float = 0.015) -> torch.Tensor:
    """A crop as a model gives it back: everywhere a little different, and a dark square in the middle."""
    edited = crop + amount * torch.randn(crop.shape, generator=torch.Generator().manual_seed(3))
    edited[:, 88:104, 88:104] = 0.02
    return edited


def test_what_the_edit_hardly_changed_within_the_mask_stays_bit_for_bit():
    picture = photo()
    stitch = stitched(picture, size=192)
    (cut,) = stitch.cuts
    everything, touched = (
        put_back(stitch, [redrawn(stitch.crops[0])], 0.0, Take.NOTHING, inside=kind) for kind in Inside
    )
    inside = ~outside(stitch)
    same = (touched.image == picture)[0].all(-1) & inside
    assert not (everything.image == picture)[0].all(-1)[inside].any()
    assert 0.3 < same.sum() / inside.sum() < 0.9 and "of the mask hardly differed" in touched.report[0]
    square = torch.zeros(1, 192, 192, 1)
    square[:, 89:103, 89:103] = 1
    edited = torch.zeros_like(inside)[None, ..., None].float()
    cut.window(edited)[:] = resized(square, cut.part.size)
    whole = edited[0, ..., 0] == 1
    assert whole.any() and torch.equal(touched.image[0][whole], everything.image[0][whole])


def test_without_surroundings_all_of_the_edit_counts():
    picture = photo()
    stitch = stitched(picture, size=192)
    full = torch.ones(1, 192, 192)
    edits = [redrawn(stitch.crops[0])]
    all_of_it, touched = (
        put_back(stitch, edits, 4.0, Take.NOTHING, masks=[full], inside=kind).image for kind in Inside
    )
    assert torch.equal(all_of_it, touched)


def test_an_edit_that_changed_nothing_leaves_the_picture():
    picture = photo()
    stitch = stitched(picture, size=160)
    grain = 0.004 * torch.randn(stitch.crops[0].shape, generator=torch.Generator().manual_seed(3))
    result = put_back(stitch, [stitch.crops[0] + grain], 4.0, Take.NOTHING, inside=Inside.CHANGED)
    assert torch.equal(result.image, picture)


def test_a_model_that_redraws_the_surroundings_hides_nothing():
    stitch = stitched(photo(), size=160)
    edits = [torch.rand(stitch.crops[0].shape, generator=torch.Generator().manual_seed(4))]
    everything, touched = (put_back(stitch, edits, 4.0, Take.NOTHING, inside=kind) for kind in Inside)
    assert torch.equal(everything.image, touched.image) and "differs too much" in touched.report[0]


def test_plain_parts_are_told_from_rough_ones():
    """A model that loses edges alone: a faint change of a plain part is an edit, the lost edges are none."""
    stripes = torch.arange(320) // 8 % 2 * 0.12 + 0.44
    picture = torch.where(torch.arange(240)[:, None] < 115, stripes, torch.tensor(0.5))[None, ..., None].repeat(
        1, 1, 1, 3
    )
    stitch = stitched(picture, size=192)
    (cut,), (crop,) = stitch.cuts, stitch.crops
    blurred = torch.nn.functional.avg_pool2d(crop.movedim(-1, 1), 5, 1, 2, count_include_pad=False).movedim(1, -1)
    blurred[:, 106:122, 88:104] += 0.06
    changed = (put_back(stitch, [blurred], 0.0, Take.NOTHING, inside=Inside.CHANGED).image != picture).any(-1)
    height = cut.window(changed[..., None])[0, ..., 0].float()
    part = resized(height[None, ..., None], Extent(192, 192))[0, ..., 0]
    assert part[108:120, 90:102].min() > 0.9 and part[:70].max() == 0


def inside_alone(picture: torch.Tensor, edited: torch.Tensor, mask: torch.Tensor) -> Stitched:
    """A whole picture put back with only what the edit changed within a mask (h, w)."""
    size = Extent(picture.shape[2], picture.shape[1])
    (cut,) = cut_out(place(DragSpec(size=size), size, mask[None].float(), 1), Wanted(10.0, size, 8))
    return put_back(Stitch(picture, (cut,), (picture,)), [edited], 0.0, Take.NOTHING, inside=Inside.CHANGED)


def square(size: int, low: int, high: int) -> torch.Tensor:
    mask = torch.zeros(size, size)
    mask[low:high, low:high] = 1
    return mask


@pytest.mark.parametrize("beyond", [0, 9, 14])
def test_an_edit_that_reaches_past_the_mask_shows_whole_within_it(beyond):
    picture = SCENES["ball"].render(SCENES["ball"].sample(1, torch.Generator().manual_seed(7)), 256).movedim(1, -1)
    noise = 0.005 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    edited = picture + noise + 32 / 255 * square(256, 90 - beyond, 170 + beyond)[None, ..., None]
    after = inside_alone(picture, edited, square(256, 90, 170)).image
    assert (after - picture)[0, 90:170, 90:170].mean() > 0.95 * 32 / 255


@pytest.mark.parametrize("rows", [slice(0, 16), slice(240, 256)], ids=["above", "below"])
def test_on_a_plain_ground_it_does_not_matter_where_the_model_errs(rows):
    picture = torch.full((1, 256, 256, 3), 0.5)
    edited = picture + 15 / 255 * square(256, 105, 155)[None, ..., None]
    edited[:, rows] += 13 / 255
    after = inside_alone(picture, edited, square(256, 90, 170)).image
    assert (after - picture)[0, 105:155, 105:155].min() > 14 / 255


def test_dots_and_thin_lines_are_edits():
    picture = photo(1, Extent(256, 256))
    noise = 0.01 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    edited = picture + noise
    edited[:, 120, 100:160] -= 0.3
    edited[:, 140, 130] = 1.0
    after = inside_alone(picture, edited, square(256, 90, 170)).image
    assert torch.equal(after[0, 120, 100:160], edited[0, 120, 100:160]) and torch.equal(
        after[0, 140, 130], edited[0, 140, 130]
    )


def test_an_edit_of_which_nothing_is_left_is_said():
    picture = torch.full((1, 256, 256, 3), 0.5)
    edited = picture + 0.015 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    result = inside_alone(picture, edited - 4 / 255 * square(256, 90, 170)[None, ..., None], square(256, 90, 170))
    assert torch.equal(result.image, picture) and "differs nowhere within the mask" in result.notes[0]


def test_a_pixel_that_is_no_number_hides_nothing():
    picture = photo(1, Extent(256, 256))
    edited = picture.clone()
    edited[:, 100:160, 100:160] = 0
    picture[0, 5, 5, 0] = float("nan")
    after = inside_alone(picture, edited, square(256, 90, 170))
    assert not after.image[0, 100:160, 100:160].any() and "nan" not in after.report[0]
