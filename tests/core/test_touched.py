"""Of an edit put back, what the model merely redrew within the mask stays as it was, bit for bit."""

import pytest
import torch
from dragkit.core.crop.crop import cut_out, resized
from dragkit.core.crop.drift import Take
from dragkit.core.crop.framing import Wanted
from dragkit.core.crop.stitch import Stitch, Stitched, put_back
from dragkit.core.crop.touched import Inside
from dragkit.core.grid.placed import place
from dragkit.core.instruction.geometry import Extent
from dragkit.core.instruction.spec import DragSpec
from dragkit.demo.scenes import SCENES
from dragkit.tests.core.cut_pictures import outside, photo, stitched


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
