"""Whether a picture still shows what it showed: what counts as another one, and what does not."""

import pytest
import torch
from dragkit.core.crop.drift import Take
from dragkit.core.crop.likeness import looks_unlike
from dragkit.core.crop.stitch import OTHER_CROP, OTHER_PICTURE, put_back
from dragkit.demo.scenes import SCENES
from dragkit.tests.core.test_stitch import photo, stitched

NAMES = list(SCENES)
EVERYWHERE = torch.ones(256, 256, dtype=torch.bool)


def scene(name: str) -> torch.Tensor:
    """A rendered picture (H, W, 3)."""
    drawn = SCENES[name]
    return drawn.render(drawn.sample(1, torch.Generator().manual_seed(3)))[0].movedim(0, -1)


@pytest.mark.parametrize(("one", "other"), list(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True)))
def test_another_scene_is_another_picture(one: str, other: str):
    assert looks_unlike(scene(one), scene(other), EVERYWHERE)


@pytest.mark.parametrize("name", NAMES)
def test_what_models_do_to_a_whole_crop_makes_no_other_picture(name: str):
    before = scene(name)
    grain = 0.1 * torch.randn(before.shape, generator=torch.Generator().manual_seed(0))
    for after in (before, 0.8 * before, before + 0.15, before.roll((3, 3), (0, 1)), before + grain):
        assert not looks_unlike(before, after, EVERYWHERE)


def test_what_changed_in_the_mask_does_not_count():
    before, outside = scene(NAMES[0]), EVERYWHERE.clone()
    outside[60:200, 60:200] = False
    after = before.clone()
    after[~outside] = torch.rand(140 * 140, 3)
    assert not looks_unlike(before, after, outside) and not looks_unlike(before, after, torch.zeros_like(outside))


def test_a_stitch_says_that_a_picture_or_a_crop_is_another():
    picture, (later, other) = photo(), (photo(), photo().flip(2))
    stitch = stitched(picture)
    (crop,) = stitch.crops
    later[:, :40] = 0.5  # edited in another place
    assert put_back(stitch, [crop], 8.0, Take.BOTH, later).notes == ()
    assert put_back(stitch, [crop], 8.0, Take.BOTH, other).notes == (OTHER_PICTURE,)
    assert put_back(stitch, [crop.flip(1)], 8.0, Take.BOTH).notes == (OTHER_CROP,)
