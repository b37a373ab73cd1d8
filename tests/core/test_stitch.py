"""Edited crops back in their pictures: the outside bit for bit, a soft seam inside, and drift taken back."""

from dataclasses import replace

import pytest
import torch
from dragkit.core.crop.crop import cut_out
from dragkit.core.crop.drift import Take, measured, moved_by
from dragkit.core.crop.framing import Wanted
from dragkit.core.crop.stitch import put_back, seam
from dragkit.core.grid.placed import place
from dragkit.core.instruction.geometry import Extent, Point
from dragkit.core.instruction.spec import Drag, DragSpec, Polygon
from dragkit.demo.scenes import SCENES
from dragkit.tests.core.cut_pictures import PICTURE, SPEC, outside, photo, stitch_of, stitched


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
