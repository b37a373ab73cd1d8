"""The object tool's benchmark: strokes lie on what they mean, things are told once, and masks are what was drawn."""

import json

import numpy as np
import pytest
from dragkit.benchmarks.objects.command import PHOTOS, by_hand, likeness
from dragkit.benchmarks.objects.strokes_and_pulls import things
from dragkit.benchmarks.truth.cases import MOVING, SIZE, all_cases, picture_parameters
from dragkit.benchmarks.truth.strokes import STROKES, seen
from dragkit.demo.scenes import SCENES
from PIL import Image


@pytest.mark.parametrize("keypoint", STROKES)
def test_strokes_lie_on_their_content(keypoint: str):
    scene = next(SCENES[name] for name in MOVING if keypoint in SCENES[name].keypoints)
    for seed in range(5000, 5004):
        p = picture_parameters(scene, seed)
        area, (start, *rest) = seen(keypoint, p, SIZE), STROKES[keypoint](p)
        on = [area[int(y * SIZE), int(x * SIZE)].item() for x, y in (start, *rest)]
        assert area.any() and np.mean(on) > 0.7, (seed, on)


def test_a_content_with_two_pulls_is_one_thing():
    [mouth] = things(next(case for case in all_cases() if case.kind == "both mouth corners"))
    assert (
        len(mouth["bends"]) == 2 and mouth["bends"][0]["handle"] != mouth["bends"][1]["handle"] and not mouth["pulls"]
    )


def test_what_throws_a_shadow_is_told_with_it():
    """By a line around both, and a stroke on the shadow, which is darker than the ground in front of it."""
    for case in [case for case in all_cases() if case.scene == "ball"][::24]:
        [ball] = things(case)
        around, over = (np.array(each["points"]) for each in ball["strokes"])
        picture = case.picture.mean(0)  # (H, W)
        assert (over > around.min(0)).all() and (over < around.max(0)).all() and (around[0] == around[-1]).all()
        for x, y in over.astype(int):
            assert picture[y, x] < picture[int(around[:, 1].max()), x] - 0.05, case.name


def test_contents_apart_are_two_things():
    assert len(things(next(case for case in all_cases() if case.kind == "peak and sun"))) == 2


def test_what_stands_goes_along_the_ground_and_then_up():
    case = next(case for case in all_cases() if case.kind == "peak")
    [mountain] = things(case)
    along, up = (np.subtract(pull["target"], pull["handle"]) / SIZE for pull in mountain["pulls"])
    np.testing.assert_allclose([along, up], [(case.shifts[0][0], 0), (0, case.shifts[0][1])], atol=1e-3)
    [(x, top), *_] = (pull["handle"] for pull in mountain["pulls"][1:])
    assert top < mountain["pulls"][0]["handle"][1] and x == pytest.approx(mountain["pulls"][0]["target"][0], abs=9)


def test_masks_are_what_was_drawn():
    drawn = {"outlines": [[[10, 10], [30, 10], [30, 20], [10, 20]]]}
    mask = by_hand(drawn, Image.new("RGB", (40, 30)))
    assert mask.shape == (30, 40) and mask[15, 20] and not mask[25, 20]
    assert likeness(mask, mask) == 1 and likeness(mask, ~mask) == 0


def test_there_are_fourteen_photographs_each_with_its_stroke():
    photos = json.loads(PHOTOS.read_text(encoding="utf-8"))
    assert len(photos) == 14
    for drawn in photos.values():
        ring = np.array(drawn["outlines"][0])
        stroke = np.array(drawn["stroke"])
        assert len(stroke) > 1 and (stroke >= ring.min(0)).all() and (stroke <= ring.max(0)).all()
