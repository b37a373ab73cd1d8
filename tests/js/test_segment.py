"""The object tool's outlines against the true ones of rendered scenes, from one stroke, by the page's own modules."""

import base64
from typing import Any

import numpy as np
import pytest
import torch
from dragkit.benchmarks.truth.cases import picture_parameters
from dragkit.benchmarks.truth.strokes import STROKES, seen
from dragkit.core.grid.raster import rasterise
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.spec import Extent
from dragkit.demo.scenes import SCENES
from dragkit.tests.js.conftest import Run

SIZE = 512
SCENE, PICTURES = 512, 6  # the side of rendered scenes, and how many
WIDTH = 0.006  # of a stroke, as a fraction of the side
LEAST = 0.9
FIND = """
const { studied } = await import('/segment/study.js'), { taken } = await import('/segment/take.js')
const { withLine, NO_MARKS } = await import('/segment/marks.js')
const answer = await fetch(`data:;base64,${given.picture}`), size = given.size
const data = new Uint8ClampedArray(await answer.arrayBuffer())
const study = studied({ data, size })
const take = (lines, of = size) => taken(study, lines.reduce(withLine, NO_MARKS), of)
"""


def packed(pixels: np.ndarray) -> str:
    """A picture (H, W, 3) uint8 as the page's four bytes a pixel."""
    opaque = np.full((*pixels.shape[:2], 1), 255, dtype=np.uint8)
    return base64.b64encode(np.concatenate([pixels, opaque], axis=2).tobytes()).decode()


def taken(run: Run, pixels: np.ndarray, lines: list[dict[str, Any]], script: str = "return take(given.lines)") -> Any:
    """What the page makes of lines on a picture (H, W, 3) uint8."""
    height, width = pixels.shape[:2]
    return run(FIND + script, {"picture": packed(pixels), "size": [width, height], "lines": lines})


def area_of(shape: dict[str, Any] | None, size: int = SIZE) -> np.ndarray:
    """The pixels (H, W) of a shape as the nodes read it."""
    if shape is None:
        return np.zeros((size, size), dtype=bool)
    spec = read_drag({"version": 1, "size": [size, size], "mask": [shape]})
    return rasterise(spec.mask[0], Extent(size, size)).numpy().astype(bool)


def likeness(found: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & true).sum() / (found | true).sum())


def stroke(points: list, **more: Any) -> dict[str, Any]:
    return {"radius": WIDTH * SIZE, "points": points, **more}


def disc(x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


def painted(*things: tuple[np.ndarray, tuple[int, int, int]]) -> np.ndarray:
    """Things on a noisy grey ground, (SIZE, SIZE, 3) uint8."""
    pixels = np.random.default_rng(0).integers(110, 130, (SIZE, SIZE, 3), dtype=np.uint8)
    for area, colour in things:
        pixels[area] = colour
    return pixels


RED, BLUE = (200, 40, 40), (40, 60, 200)
LEFT, RIGHT = disc(150, 200, 80), disc(350, 300, 90)
TWO = painted((LEFT, RED), (RIGHT, BLUE))


@pytest.mark.parametrize("keypoint", ["ball", "face", "peak", "sun"])
def test_one_stroke_finds_the_thing(run: Run, keypoint: str):
    scene = next(scene for scene in SCENES.values() if keypoint in scene.keypoints)
    scores = []
    for seed in range(PICTURES):
        parameters = picture_parameters(scene, seed)
        pixels = (scene.render(parameters, SCENE)[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
        shape = taken(run, pixels, [stroke((STROKES[keypoint](parameters) * SCENE).tolist())])
        scores.append(likeness(area_of(shape, SCENE), seen(keypoint, parameters, SCENE).numpy()))
    assert np.median(scores) >= LEAST and sum(np.array(scores) < 0.75) <= 1, np.round(scores, 3)


def test_a_press_a_line_around_and_strokes_that_add_and_take_away(run: Run):
    press = [stroke([[150, 200]])]
    assert likeness(area_of(taken(run, TWO, press)), LEFT) > 0.98
    both = [*press, stroke([[340, 300], [370, 310]])]
    assert likeness(area_of(taken(run, TWO, both)), LEFT | RIGHT) > 0.98
    less = [*both, stroke([[330, 290], [360, 320]], erase=True)]
    assert likeness(area_of(taken(run, TWO, less)), LEFT) > 0.98
    assert taken(run, TWO, [*both, stroke([[150, 200], [340, 300]], erase=True)]) is None
    turn = np.linspace(0, 2 * np.pi, 40)
    around = np.stack([350 + 120 * np.cos(turn), 300 + 115 * np.sin(turn)], axis=1).round(1).tolist()
    assert likeness(area_of(taken(run, TWO, [stroke(around)])), RIGHT) > 0.97


def test_a_hole_stays_a_hole_and_the_outline_is_small(run: Run):
    ring = disc(256, 256, 150) & ~disc(256, 256, 90)
    shape = taken(run, painted((ring, RED)), [stroke([[136, 256]])])
    assert len(shape["outlines"]) == 2 and likeness(area_of(shape), ring) > 0.98
    assert len(str(shape).replace(" ", "")) < 2000


def test_outlines_are_in_pixels_of_the_picture(run: Run):
    """The copy that is looked at may be smaller than the picture."""
    script = "return take(given.lines.map((l) => ({ ...l, radius: 8, points: [[600, 800]] })), [2048, 2048])"
    shape = taken(run, TWO, [stroke([[150, 200]])], script)
    corners = np.array(shape["polygon"])
    np.testing.assert_allclose((corners.min(0) + corners.max(0)) / 2, [600, 800], atol=6)


def test_nothing_is_found_where_all_is_taken_away(run: Run):
    assert taken(run, TWO, [stroke([[150, 200]], erase=True)]) is None


PULL = """
const { instructionOf } = await import('/segment/pull.js')
const things = given.lines.map(({ pulls = [], bends = [], ...stroke }) => ({ strokes: [stroke], pulls, bends }))
return instructionOf({ data, size }, things)
"""


def test_a_thing_moves_by_its_middle_and_leans_by_its_end(run: Run):
    """The disc lies in 70, 120 to 230, 280."""
    ends = {"middle": ([150, 200], [190, 180]), "top": ([150, 132], [190, 72]), "side": ([218, 200], [248, 200])}
    pulls = {name: [{"handle": start, "target": end}] for name, (start, end) in ends.items()}
    pulls["top, then side"] = [*pulls["top"], {"handle": [248, 170], "target": [278, 170]}]
    found = {
        name: taken(run, painted((LEFT, RED)), [stroke([[150, 200]], pulls=each)], PULL)["regions"][0]
        for name, each in pulls.items()
    }
    assert found["middle"]["affine"] == {"move": [40, -20]}
    assert found["side"]["affine"]["scale"][1] == 1 and found["side"]["affine"]["scale"][0] > 1.2
    source, leant = (np.array(found["top"][end]["polygon"]) for end in ("source", "target"))
    share = (source[:, 1].max() - source[:, 1]) / (source[:, 1].max() - 132)
    np.testing.assert_allclose(leant - source, share[:, None] * (40, -60), atol=0.02)
    twice = np.array(found["top, then side"]["target"]["polygon"])
    assert abs(twice[:, 0].min() - leant[:, 0].min()) < 3 and twice[:, 0].max() > leant[:, 0].max() + 20


def test_a_thing_bends_by_an_end_of_it(run: Run):
    """The other end and the middle stay, and what lies between follows a parabola; two ends bend it apart."""
    up, down = [{"handle": [230, 200], "target": [230, 160]}], [{"handle": [70, 200], "target": [60, 230]}]
    for bends in (up, [*up, *down]):
        [region] = taken(run, painted((LEFT, RED)), [stroke([[150, 200]], bends=bends)], PULL)["regions"]
        source, bent = (np.array(region[end]["polygon"]) for end in ("source", "target"))
        along = (source[:, 0] - 150) / 80
        ways = [(s * along * (s * along + 1) / 2, way) for s, way in ((1, (0, -40)), (-1, (-10, 30)))][: len(bends)]
        expected = source + sum(share[:, None] * way for share, way in ways)
        np.testing.assert_allclose(bent, expected, atol=1)
