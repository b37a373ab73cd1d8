"""The object tool under a real hand, in both renderers: strokes, pulls, undo, and things that come with a run."""

from pathlib import Path

import numpy as np
import pytest
from dragkit.tests.page.canvas import SIZE, Canvas
from PIL import Image, ImageDraw

DISC = (90, 120, 230, 260)
OTHER = (300, 260, 440, 400)


def scene() -> Image.Image:
    """Two discs on a noisy ground."""
    noise = np.random.default_rng(0).integers(110, 130, (SIZE, SIZE, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    draw = ImageDraw.Draw(image)
    draw.ellipse(DISC, fill=(200, 50, 40))
    draw.ellipse(OTHER, fill=(40, 70, 200))
    return image


def things() -> Image.Image:
    """Where the second disc is, as the alpha of a picture that a loader makes a mask of."""
    alpha = Image.new("L", (SIZE, SIZE), 255)
    ImageDraw.Draw(alpha).ellipse(OTHER, fill=0)
    image = Image.new("RGB", (SIZE, SIZE))
    image.putalpha(alpha)
    return image


@pytest.fixture(autouse=True)
def drawing(canvas: Canvas):
    """A new canvas with two discs, and the object tool; no error may be left in the page."""
    canvas.editor.forget()
    canvas.upload("discs.png", scene())
    canvas.fresh("discs.png")
    canvas.use("object")
    yield
    assert canvas.editor.errors() == []


def box_of(canvas: Canvas, index: int = 0) -> np.ndarray:
    """The box around a region's source, [left, top, right, bottom]."""
    corners = np.array(canvas.value["regions"][index]["source"]["polygon"])
    return np.concatenate([corners.min(0), corners.max(0)])


def near(box: np.ndarray, expected: tuple[int, ...]) -> bool:
    return bool(np.abs(box - np.array(expected)).max() <= 4)


def test_one_stroke_and_one_pull(canvas: Canvas, screenshots: Path):
    canvas.pull((130, 180), (160, 200), (190, 190))
    assert near(box_of(canvas), DISC) and len(str(canvas.value)) < 2000
    canvas.screenshot(screenshots / f"object_found_{canvas.editor.name}.png")
    canvas.pull((160, 190), (200, 300), (260, 350))
    move = canvas.value["regions"][0]["affine"]["move"]
    assert np.abs(np.subtract(move, (100, 160))).max() <= 1.5
    canvas.screenshot(screenshots / f"object_pulled_{canvas.editor.name}.png")
    canvas.action("undo")
    canvas.wait(lambda state: "move" not in str(canvas.value))
    assert near(box_of(canvas), DISC)
    canvas.action("undo")
    canvas.wait(lambda state: not canvas.value["regions"])


def test_a_found_thing_leans_by_a_side_and_goes_on_as_one(canvas: Canvas, screenshots: Path):
    canvas.pull((130, 180), (160, 200), (190, 190))
    left, top, right, bottom = box_of(canvas).tolist()
    middle = (left + right) / 2
    canvas.pull((middle, top), (middle + 20, top - 40), (middle + 60, top - 80))
    target = np.array(canvas.value["regions"][0]["target"]["polygon"])
    assert abs(target[:, 1].max() - bottom) <= 1.5 and abs(target[:, 1].min() - top + 80) <= 1.5
    assert abs(target[target[:, 1].argmin(), 0] - middle - 60) <= 12
    canvas.screenshot(screenshots / f"object_leans_{canvas.editor.name}.png")
    canvas.pull((middle + 30, (top + bottom) / 2 - 40), (middle + 60, (top + bottom) / 2), (middle + 130, bottom))
    moved = np.array(canvas.value["regions"][0]["target"]["polygon"])
    assert np.ptp(moved - target, axis=0).max() < 0.1 and near(box_of(canvas), DISC)
    canvas.action("undo")
    canvas.action("undo")
    canvas.wait(lambda state: "target" not in str(canvas.value["regions"]))
    assert canvas.value["regions"][0]["affine"] == {}


def test_strokes_add_and_alt_takes_away(canvas: Canvas, screenshots: Path):
    canvas.pull((130, 180), (190, 190))
    canvas.pull((340, 330), (400, 330))
    assert len(canvas.value["regions"][0]["source"]["outlines"]) == 2
    canvas.screenshot(screenshots / f"object_two_{canvas.editor.name}.png")
    canvas.keyboard.down("Alt")
    canvas.pull((370, 310), (372, 350))
    canvas.keyboard.up("Alt")
    assert near(box_of(canvas), DISC) and len(canvas.value["regions"]) == 1


def test_what_comes_with_a_run_is_pressed_and_pulled(canvas: Canvas, screenshots: Path):
    canvas.upload("things.png", things())
    canvas.page.evaluate(
        """() => {
          const node = canvasTest.node(), slot = node.inputs.findIndex((input) => input.name === 'objects')
          canvasTest.add('LoadImage', [420, 620], 'things.png').connect(1, node, slot)
        }"""
    )
    canvas.page.evaluate("() => app.queuePrompt(0, 1)")
    canvas.page.wait_for_function("() => canvasTest.editor().scene.objects", timeout=60000)
    canvas.move((370, 330))
    canvas.settled()
    canvas.screenshot(screenshots / f"object_given_{canvas.editor.name}.png")
    canvas.pull((370, 330), (330, 240), (320, 230))
    assert near(box_of(canvas), OTHER)
    assert np.abs(np.subtract(canvas.value["regions"][0]["affine"]["move"], (-50, -100))).max() <= 1.5
