"""The live preview moves pixels as the pixel warp does, by the cases that both are tested against."""

import json
from pathlib import Path

import numpy as np
import pytest
from dragkit.tests.js.conftest import Run

CASES = sorted((Path(__file__).parents[1] / "golden" / "warp").glob("*.json"))
TOLERANCE = 0.006
MAP = (
    "const { PixelMap } = await import('/warp/map.js'); const { readDrag } = await import('/drag/read.js');"
    "const { editableMask } = await import('/drag/raster.js');"
    "const drag = readDrag(given), map = new PixelMap(drag, drag.size, editableMask(drag, drag.size));"
    "return Object.fromEntries(['target', 'vacated', 'x', 'y'].map((key) => [key, [...map[key]]]))"
)


def from_runs(runs: list[list[int]], width: int, height: int) -> np.ndarray:
    mask = np.zeros((height, width), dtype=bool)
    for row, start, stop in runs:
        mask[row, start:stop] = True
    return mask


def test_there_are_cases():
    assert len(CASES) >= 10


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_the_cases_for_all_programs(run: Run, file: Path):
    case = json.loads(file.read_text(encoding="utf-8"))
    width, height = case["drag"]["size"]
    expected = from_runs(case["smooth"]["target"], width, height)
    found = {key: np.reshape(values, (height, width)) for key, values in run(MAP, case["drag"]).items()}
    assert np.array_equal(found["target"].astype(bool), expected)
    points = np.stack([found["x"][expected], found["y"][expected]], axis=1)
    np.testing.assert_allclose(points, np.reshape(case["smooth"]["points"], (-1, 2)), atol=TOLERANCE)
    vacated = found["vacated"].astype(bool)
    assert not (vacated & ~from_runs(case["smooth"]["inpaint"], width, height)).any()
    assert not (vacated & expected).any()


def test_a_shape_that_crosses_itself_moves_nothing(run: Run):
    bow = {"polygon": [[5, 5], [20, 20], [20, 5], [5, 20]]}
    square = {"polygon": [[5, 5], [20, 5], [20, 20], [5, 20]]}
    drag = {"version": 1, "size": [30, 30], "regions": [{"source": bow, "target": square}]}
    assert not any(run(MAP, drag)["target"])
