"""Rendered scenes: repeatable, anti-aliased, and true to their keypoints."""

import json
from pathlib import Path

import pytest
import torch
from dragkit.core.instruction.form import read_drag
from dragkit.demo.scenes import SCENES
from dragkit.tools.edits import FASTDRAG, REGIONDRAG, SIZE
from dragkit.tools.landmarks import FINDERS, progress

ROOT = Path(__file__).parents[1]
KEYPOINTS = [(name, keypoint) for name, scene in SCENES.items() for keypoint in scene.keypoints]


def drawn(scene: str, count: int = 2, seed: int = 0) -> tuple[dict, torch.Tensor]:
    parameters = SCENES[scene].sample(count, torch.Generator().manual_seed(seed))
    return parameters, SCENES[scene].render(parameters, 128)


@pytest.mark.parametrize("scene", list(SCENES))
def test_a_seed_names_a_picture(scene):
    _, first = drawn(scene)
    _, again = drawn(scene)
    _, other = drawn(scene, seed=1)
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == (2, 3, 128, 128) and first.min() >= 0 and first.max() <= 1


@pytest.mark.parametrize("scene", list(SCENES))
def test_parameters_stay_in_their_ranges(scene):
    parameters, _ = drawn(scene, 500)
    for name, (low, high) in SCENES[scene].ranges.items():
        assert low <= parameters[name].min() and parameters[name].max() <= high


@pytest.mark.parametrize(("scene", "keypoint"), KEYPOINTS)
def test_a_moved_keypoint_is_where_it_was_moved(scene, keypoint):
    parameters, before = drawn(scene)
    moved = SCENES[scene].moved(parameters, keypoint, (0.03, -0.05))
    shift = SCENES[scene].place(moved, keypoint) - SCENES[scene].place(parameters, keypoint)
    torch.testing.assert_close(shift, torch.tensor([[0.03, -0.05]]).expand(2, 2))
    assert (SCENES[scene].render(moved, 128) - before).abs().max() > 0.2


def test_the_moved_ball_is_the_same_ball_elsewhere():
    """A shift by whole pixels moves the ball's own pixels and leaves what is far from it."""
    scene = SCENES["ball"]
    parameters, before = drawn("ball", 1)
    after = scene.render(scene.moved(parameters, "ball", (16 / 128, 0.0)), 128)
    x, y = (scene.place(parameters, "ball")[0] * 128).int().tolist()
    r = int(parameters["radius"].item() * 128 * 0.6)
    torch.testing.assert_close(
        after[..., y - r : y + r, x + 16 - r : x + 16 + r], before[..., y - r : y + r, x - r : x + r], atol=1e-4, rtol=0
    )
    assert torch.equal(after[..., :20, :], before[..., :20, :])


@pytest.mark.parametrize("scene", list(SCENES))
def test_edges_are_anti_aliased(scene):
    """A picture is close to a rendering of twice the size averaged down."""
    parameters, small = drawn(scene)
    large = torch.nn.functional.avg_pool2d(SCENES[scene].render(parameters, 256), 2)
    assert (large - small).abs().mean() < 0.004


@pytest.mark.parametrize("edit", [*FASTDRAG.values(), *REGIONDRAG.values()], ids=lambda e: f"{e.scene} {e.keypoint}")
def test_demo_edits_stay_in_the_picture(edit):
    spec = read_drag(edit.drag_json())
    for drag in spec.drags:
        assert spec.size.contains(drag.handle) and spec.size.contains(drag.target)
    assert spec.drags or spec.regions
    assert edit.truth.shape == edit.picture.shape == (3, SIZE, SIZE)
    assert (edit.truth - edit.picture).abs().max() > 0.2


def test_the_example_shows_the_demos_edit():
    """The drag in the example workflow is the ball's, in whole pixels."""
    workflow = json.loads((ROOT / "example_workflows" / "fastdrag.json").read_text(encoding="utf-8"))
    (drawn,) = next(node["widgets_values"] for node in workflow["nodes"] if node["type"] == "DragCanvas")
    shown, edit = read_drag(drawn), read_drag(FASTDRAG["ball"].drag_json())
    for drag, exact in zip(shown.drags, edit.drags, strict=True):
        assert drag.handle == pytest.approx(exact.handle, abs=0.6) and drag.target == pytest.approx(
            exact.target, abs=0.6
        )


@pytest.mark.parametrize("edit", [*FASTDRAG.values(), *REGIONDRAG.values()], ids=lambda e: f"{e.scene} {e.keypoint}")
def test_landmarks_tell_how_far_content_has_gone(edit):
    assert progress(edit, edit.picture) == 0
    assert progress(edit, edit.truth) == pytest.approx(1)
    found = FINDERS[edit.keypoint](edit.truth) - FINDERS[edit.keypoint](edit.picture)
    torch.testing.assert_close(found, torch.tensor(edit.shift), atol=0.02, rtol=0)


@pytest.mark.parametrize("scene", list(SCENES))
def test_what_can_be_pulled_stands_before_what_is_behind_it(scene):
    """The depth map: the first keypoint's place is nearer than the wall or the sky above it."""
    parameters, _ = drawn(scene)
    nearness = SCENES[scene].nearness(parameters, 128)
    assert nearness.shape == (2, 128, 128) and 0 <= nearness.min() and nearness.max() <= 1
    places = (SCENES[scene].place(parameters, next(iter(SCENES[scene].keypoints))) * 128).long()
    for near, (x, y) in zip(nearness, places.tolist(), strict=True):
        assert near[y + 3, x] > near[0, x] + 0.1


def test_the_depth_moves_with_the_ball():
    scene = SCENES["ball"]
    parameters, _ = drawn("ball", 1)
    before = scene.nearness(parameters, 128)
    after = scene.nearness(scene.moved(parameters, "ball", (16 / 128, 0.0)), 128)
    x, y = (scene.place(parameters, "ball")[0] * 128).int().tolist()
    r = int(parameters["radius"].item() * 128 * 0.6)
    shifted = after[0, y - r : y + r, x + 16 - r : x + 16 + r]
    torch.testing.assert_close(shifted, before[0, y - r : y + r, x - r : x + r], atol=1e-4, rtol=0)
    assert before[0, y, x] > before[0, y, x - 2 * r] + 0.05
