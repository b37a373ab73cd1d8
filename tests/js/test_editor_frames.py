"""Regions pulled by their frames and outlines in the editor."""

import pytest
from dragkit.tests.js.conftest import Run
from dragkit.tests.js.editor import EDITOR

RING = [[[10, 10], [50, 10], [50, 50], [10, 50]], [[20, 20], [40, 20], [40, 40], [20, 40]]]


def test_a_region_of_several_outlines_is_pulled_beside_its_hole(run: Run):
    script = """
    editor.load({ version: 1, size: [100, 100], regions: [{ source: { outlines: given }, affine: {} }] })
    editor.use('region')
    drag([15, 30], [35, 42])
    const { affine } = editor.document.drag.regions[0]
    editor.select(null)
    const hole = hitRegion(editor.document.drag.regions, picturePoint(50, 42))
    return [affine.move, hole, editor.document.value.regions[0]]
    """
    imports = "const { hitRegion } = await import('/drag/hits.js');"
    move, hole, stored = run(imports + EDITOR + script, RING)
    assert move == [20, 12] and hole is None
    assert stored == {"source": {"outlines": RING}, "affine": {"move": [20, 12]}}


FRAMES = (
    EDITOR
    + """
const { shapeBounds, targetShape } = await import('/drag/affine.js')
editor.load({ version: 1, size: [200, 200], regions: [{ source: given, affine: {} }] })
showPicture(editor, null)
editor.set({ frame: { scale: 1, x: 0, y: 0 } })
editor.use('region')
editor.select({ kind: 'regions', index: 0, part: 'target' })
const SHIFT = { shiftKey: true, altKey: false }, ALT = { shiftKey: false, altKey: true }
const pull = (from, to, keys = NONE) => {
  const gesture = press(editor, picturePoint(...from), keys)
  gesture.move(picturePoint(...to), keys)
  gesture.release(picturePoint(...to), keys)
}
const region = () => editor.document.value.regions[0]
const box = () => shapeBounds(targetShape(editor.document.drag.regions[0])).map((part) => Math.round(part * 100) / 100)
"""
)
HEXAGON = {"polygon": [[60, 50], [90, 60], [100, 70], [90, 90], [60, 100], [50, 80]]}  # in 50, 50 to 100, 100


@pytest.mark.parametrize(
    ("start", "end", "keys", "box", "affine"),
    [
        ([75, 50], [75, 30], "NONE", [50, 30, 100, 100], {"move": [0, -10], "scale": [1, 1.4]}),
        ([75, 50], [78, 30], "NONE", [50, 30, 100, 100], {"move": [0, -10], "scale": [1, 1.4]}),
        ([75, 50], [95, 30], "SHIFT", [50, 30, 100, 100], {"move": [0, -10], "scale": [1, 1.4]}),
        ([75, 50], [75, 30], "ALT", [50, 30, 100, 120], {"scale": [1, 1.8]}),
        ([100, 100], [110, 110], "NONE", [50, 50, 110, 110], {"move": [5, 5], "scale": [1.2, 1.2]}),
        ([100, 100], [110, 90], "SHIFT", [50, 50, 110, 90], {"move": [5, -5], "scale": [1.2, 0.8]}),
        ([100, 100], [110, 110], "ALT", [40, 40, 110, 110], {"scale": [1.4, 1.4]}),
        ([100, 75], [25, 75], "NONE", [25, 50, 50, 100], {"move": [-37.5, 0], "scale": [-0.5, 1]}),
    ],
)
def test_the_opposite_side_of_a_frame_stays(run: Run, start, end, keys, box, affine):
    script = f"pull({start}, {end}, {keys}); return [box(), region().affine]"
    assert run(FRAMES + script, HEXAGON) == [box, affine]


def test_a_side_pulled_aside_leans_and_the_frame_goes_on(run: Run):
    script = """
    const { statusOf } = await import('/editor/status.js')
    pull([75, 50], [95, 30])
    const { polygon } = region().target
    editor.use('object')
    editor.select({ kind: 'regions', index: 0, part: 'target' })
    pull([75, 75], [85, 70])
    const moved = [region().target.polygon[0], statusOf(editor).hint]
    pull([85 + 20, 30 - 5], [85, 45])
    return [polygon, moved, region().affine]
    """
    leant, moved, upright = run(FRAMES + script, HEXAGON)
    assert leant == [[80, 30], [106, 44], [112, 58], [94, 86], [60, 100], [58, 72]]
    assert moved == [[90, 25], "R1: 20, -15 px"]
    assert upright == {"move": [10, -5]}


def test_what_leans_is_turned(run: Run):
    script = """
    pull([75, 50], [95, 30])
    const { gripsOf } = await import('/editor/regions.js')
    const grips = () => gripsOf(editor, editor.document.drag.regions[0])
    const find = (name) => grips().find(({ side }) => side === name).point
    const [x, y] = find('turn')
    pull([x, y], [85 + 90, 65], SHIFT)
    return [find('turn'), find('n'), find('s')].map((point) => point.map(Math.round))
    """
    knob, top, bottom = run(FRAMES + script, HEXAGON)
    assert knob[1] == top[1] == bottom[1] == 65
    assert bottom[0] < top[0] < knob[0]


def test_a_leaning_brush_stays_a_brush_and_too_few_corners_keep_theirs(run: Run):
    script = """
    pull([75, 50], [95, 30])
    const { gripsOf } = await import('/editor/regions.js')
    const sides = gripsOf(editor, editor.document.drag.regions[0]).map(({ side }) => side ?? 'corner')
    return [Object.keys(region().target), new Set(sides).has('turn'), new Set(sides).has('corner')]
    """
    brush = {"brush": [{"radius": 5, "points": [[55, 55], [95, 55], [95, 95], [55, 95], [55, 60]]}]}
    square = {"polygon": [[50, 50], [100, 50], [100, 100], [50, 100]]}
    assert run(FRAMES + script, brush) == [["brush"], True, False]
    assert run(FRAMES + script, square) == [["polygon"], False, True]


def test_a_side_bends_with_ctrl_and_once_bent_without(run: Run):
    """The middle and the opposite side stay, what lies between follows a parabola; the way back makes it straight."""
    script = """
    const { gripsOf } = await import('/editor/regions.js')
    editor.use('object')
    editor.select({ kind: 'regions', index: 0, part: 'target' })
    pull([100, 75], [100, 55], { ...NONE, ctrlKey: true })
    const { polygon } = region().target
    const [bent] = editor.document.drag.regions
    const grips = gripsOf(editor, bent).map(({ side, point }) => [side, point.map(Math.round)])
    pull([100, 55], [100, 75])
    return [polygon, Object.fromEntries(grips), region().target.polygon]
    """
    bent, grips, straight = run(FRAMES + script, HEXAGON)
    assert bent == [[60, 52.4], [90, 50.4], [100, 50], [90, 80.4], [60, 102.4], [50, 80]]
    assert grips == {"n": [75, 50], "e": [100, 55], "s": [75, 100], "w": [50, 75]}
    assert straight == HEXAGON["polygon"]


@pytest.mark.parametrize("end", [[150, 60], [150, 150]], ids=["lying", "rising"])
def test_a_stroke_of_two_points_bends_and_goes_on_so(run: Run, end: list[int]):
    script = """
    const { gripsOf } = await import('/editor/regions.js')
    const side = () => gripsOf(editor, editor.document.drag.regions[0]).find((grip) => grip.side === 'e').point
    const CTRL = { ...NONE, ctrlKey: true }
    const [x, y] = side()
    pull([x, y], [x, y - 20], CTRL)
    const once = side()
    pull(once, [once[0], once[1] - 20])
    const { points } = region().target.brush[0]
    return [x, y, once, side(), points.length, points[4], gripsOf(editor, editor.document.drag.regions[0]).length]
    """
    x, y, once, twice, count, middle, grips = run(
        FRAMES + script, {"brush": [{"radius": 9, "points": [[50, 60], end]}]}
    )
    assert once == pytest.approx([x, y - 20], abs=0.5) and twice == pytest.approx([x, y - 40], abs=1)
    assert count == 9 and middle == [100, (60 + end[1]) / 2] and grips == 4
