"""The page reads, writes and draws a drag instruction as Python does."""

import json
import math

import numpy as np
import pytest
from dragkit.core.grid.raster import editable_mask, rasterise
from dragkit.core.instruction.form import read_drag, write_drag
from dragkit.core.instruction.spec import Extent
from dragkit.core.instruction.vectorise import vectorise
from dragkit.tests.core.test_drag import BAD, FULL
from dragkit.tests.core.test_vectorise import MASKS
from dragkit.tests.js.conftest import Run

READ = "const { readDrag, DragError } = await import('/drag/read.js');"
WRITE = "const { writeDrag } = await import('/drag/write.js');"
RASTER = "const { editableMask, rasterise } = await import('/drag/raster.js');"
AFFINE = "const { scaledTo, targetShape } = await import('/drag/affine.js');"
VECTORISE = "const { vectorise } = await import('/drag/vectorise.js');"
EDITS = "const { invertMask, paintMask } = await import('/drag/edits.js');"
SIZE = [61, 47]


def random_shape(rng: np.random.Generator, may_erase: bool = True) -> dict:
    """A polygon, outlines or strokes, some of it outside the picture."""

    def points(count: int) -> list:
        return rng.uniform(-10, 70, (count, 2)).round(2).tolist()

    def erase() -> dict:
        return {"erase": True} if may_erase and rng.random() < 0.4 else {}

    if rng.random() < 0.4:
        return {"polygon": points(rng.integers(3, 8)), **erase()}
    if rng.random() < 0.4:
        return {"outlines": [points(rng.integers(3, 8)) for _ in range(3)], **erase()}
    radii = rng.uniform(0.5, 12, 3).round(2).tolist()
    return {"brush": [{"radius": r, "points": points(rng.integers(1, 5)), **erase()} for r in radii]}


def random_drag(seed: int) -> dict:
    rng = np.random.default_rng(seed)
    ends = rng.uniform(0, 60, (3, 2, 2)).round(2).tolist()
    scale = (rng.uniform(0.3, 2, 2) * rng.choice([-1, 1], 2)).round(3).tolist()
    affine = {
        "move": rng.uniform(-20, 20, 2).round(2).tolist(),
        "scale": scale,
        "rotate": float(rng.integers(-180, 180)),
    }
    return {
        "version": 1,
        "size": SIZE,
        "drags": [{"handle": h, "target": t} for h, t in ends],
        "regions": [
            {"source": random_shape(rng, may_erase=False), "target": random_shape(rng, may_erase=False)},
            {"source": random_shape(rng, may_erase=False), "affine": affine},
        ],
        "mask": [random_shape(rng) for _ in range(6)],
    }


REFUSED = [(value, message) for value, message in BAD if value != "  "]  # an empty text is an empty canvas


@pytest.mark.parametrize("value", [value for value, _ in REFUSED], ids=[message for _, message in REFUSED])
def test_it_refuses_what_python_refuses(run: Run, value):
    place = run(READ + "try { readDrag(given) } catch (e) { return e instanceof DragError && e.details.place }", value)
    assert place


@pytest.mark.parametrize("value", [FULL, json.dumps(FULL), {"version": 1}, *map(random_drag, range(10))])
def test_it_writes_what_it_read(run: Run, value):
    written = run(READ + WRITE + "return writeDrag(readDrag(given))", value)
    assert written == write_drag(read_drag(value))
    assert list(written) == list(write_drag(read_drag(value)))


def test_it_reads_the_points_of_other_editors(run: Run):
    points = [{"x": 1, "y": 2}, {"x": 3, "y": 4}]
    assert run(READ + "return readDrag(given).drags", points) == [{"handle": [1, 2], "target": [3, 4]}]


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_at_all_is_an_empty_instruction(run: Run, value):
    assert run(READ + "return readDrag(given).drags", value) == []


@pytest.mark.parametrize("size", [SIZE, [200, 100], [33, 90]])
@pytest.mark.parametrize("seed", range(8))
def test_the_mask_is_the_same_to_the_pixel(run: Run, seed: int, size: list[int]):
    drag = random_drag(seed)
    script = "return [...editableMask(scaledTo(readDrag(given.drag), given.size), given.size)]"
    found = run(READ + RASTER + AFFINE + script, {"drag": drag, "size": size})
    expected = editable_mask(read_drag(drag), Extent(*size)).numpy()
    assert np.array_equal(np.reshape(found, expected.shape).astype(bool), expected)
    assert 0 < expected.mean() < 1


@pytest.mark.parametrize("seed", range(8))
def test_targets_are_the_same(run: Run, seed: int):
    drag = random_drag(seed)
    script = "return readDrag(given).regions.map((r) => [...rasterise(targetShape(r), readDrag(given).size)])"
    found = run(READ + RASTER + AFFINE + script, drag)
    for pixels, region in zip(found, read_drag(drag).regions, strict=True):
        expected = rasterise(region.target_shape(), Extent(*SIZE)).numpy()
        assert np.array_equal(np.reshape(pixels, expected.shape).astype(bool), expected)


@pytest.mark.parametrize("seed", range(5))
def test_inverting_a_mask(run: Run, seed: int):
    drag = random_drag(seed)
    script = "const once = invertMask(readDrag(given), given.size);"
    once, twice = run(
        READ + WRITE + EDITS + script + "return [once, invertMask(once, given.size)].map(writeDrag)", drag
    )
    before, after = (editable_mask(read_drag(value), Extent(*SIZE)).numpy() for value in (drag, once))
    assert np.array_equal(after, ~before)
    assert twice == write_drag(read_drag(drag))


def test_a_line_keeps_its_course_with_fewer_points(run: Run):
    line = [[x / 2, 40 * math.sin(x / 30)] for x in range(200)]
    kept = run("const { simplify } = await import('/drag/simplify.js'); return simplify(given, 0.5)", line)
    assert kept[0] == line[0] and kept[-1] == line[-1] and len(kept) < 20
    x, y = np.array(kept).T
    assert max(abs(np.interp(px, x, y) - py) for px, py in line) < 1


@pytest.mark.parametrize("name", MASKS)
def test_outlines_of_a_mask_are_the_same(run: Run, name: str):
    mask = MASKS[name]
    given = {"mask": mask.ravel().astype(int).tolist(), "size": mask.shape[::-1]}
    found = run(VECTORISE + "return vectorise(Uint8Array.from(given.mask), given.size).outlines", given)
    assert found == [[[*point] for point in ring] for ring in vectorise(mask).rings]


def test_nothing_has_no_outline(run: Run):
    assert run(VECTORISE + "return vectorise(new Uint8Array(6), [3, 2])", None) is None


def test_the_nearest_end_is_hit(run: Run):
    drags = [{"handle": [10, 10], "target": [50, 10]}, {"handle": [14, 10], "target": [14, 50]}]
    script = "const { hitDrag } = await import('/drag/hits.js'); return given[1].map((p) => hitDrag(given[0], p, 8))"
    hits = run(script, [drags, [[11, 10], [13, 10], [49, 12], [30, 11], [80, 80]]])
    found = [hit and (hit["index"], hit["part"]) for hit in hits]
    assert found == [(0, "handle"), (1, "handle"), (0, "target"), (0, "shaft"), None]


def test_importing_a_module_does_nothing(run: Run):
    files = ["drag/edits.js", "warp/map.js", "editor/editor.js", "host/widget.js", "host/strings.js"]
    before = run("return document.documentElement.outerHTML + Object.keys(window).length", None)
    for file in files:
        run("await import('/' + given)", file)
    assert run("return document.documentElement.outerHTML + Object.keys(window).length", None) == before


MANY = """
const { editableMask } = await import('/drag/raster.js')
const { fill } = Uint8Array.prototype
let filled = 0
Uint8Array.prototype.fill = function (value, from, to) {
  filled += to - from
  return fill.call(this, value, from, to)
}
const strokes = [1e9, 20].map((radius) => ({ brush: [{ radius, points: line(10000) }] }))
const polygons = Array.from({ length: 10000 }, () => ({ polygon: line(4) }))
const pixels = editableMask({ mask: given === 'strokes' ? strokes : polygons }, [512, 512])
Uint8Array.prototype.fill = fill
return [filled, pixels.reduce((sum, pixel) => sum + pixel, 0)]
function line(count) {
  return Array.from({ length: count }, (_, i) => [(i * 97.3) % 512, (i * 41.7 + (i * i) % 13) % 512])
}
"""


def test_strokes_of_many_points_fill_a_picture_a_few_times_alone(run: Run):
    filled, painted = run(MANY, "strokes")
    assert painted == 512**2 and filled < 50 * painted  # of 20,000 segments, half of which cover all of it


def test_many_polygons_fill_their_own_pixels_once_each(run: Run):
    filled, painted = run(MANY, "polygons")
    assert painted and filled == 10_000 * painted
