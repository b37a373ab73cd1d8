"""Things pressed, stroked and pulled in the editor."""

import pytest
from dragkit.tests.js.conftest import Run
from dragkit.tests.js.editor import EDITOR

OBJECTS = (
    EDITOR
    + """
const paper = new OffscreenCanvas(200, 200), pen = paper.getContext('2d')
const disc = (x, y, r, colour) => { pen.fillStyle = colour; pen.beginPath(); pen.arc(x, y, r, 0, 7); pen.fill() }
pen.fillStyle = '#777'
pen.fillRect(0, 0, 200, 200)
disc(60, 70, 30, '#c22')
disc(140, 130, 35, '#24c')
const image = new Image()
image.src = URL.createObjectURL(await paper.convertToBlob())
await image.decode()
editor.load({ version: 1, size: [200, 200] })
showPicture(editor, { image, size: [200, 200], url: 'a' })
editor.set({ frame: { scale: 1, x: 0, y: 0 } })
editor.use('object')
const { shapeBounds } = await import('/drag/affine.js')
const region = (at) => editor.document.drag.regions.at(at)
const boxOf = (at) => shapeBounds(region(at).source).map(Math.round)
const ALT = { shiftKey: false, altKey: true }, SHIFT = { shiftKey: true, altKey: false }
"""
)
DISC, BOTH = [30, 40, 90, 100], [30, 40, 175, 165]


def is_near(box: list[int], expected: list[int], by: int = 2) -> bool:
    return all(abs(a - b) <= by for a, b in zip(box, expected, strict=True))


def test_a_stroke_finds_an_object_and_a_pull_moves_it(run: Run):
    script = """
    drag([50, 60], [70, 75])
    const box = boxOf(0), steps = [told.length]
    drag([60, 70], [90, 75])
    steps.push(told.length)
    return [box, steps, region(0).affine.move, editor.document.drag.regions.length, editor.view.selection]
    """
    box, steps, move, count, selection = run(OBJECTS + script, None)
    assert is_near(box, DISC) and steps == [1, 2]
    assert (move, count) == ([30, 5], 1) and selection["kind"] == "regions"


def test_more_strokes_add_and_alt_takes_away_until_it_is_pulled(run: Run):
    script = """
    drag([50, 60], [70, 75])
    drag([130, 120], [150, 140])
    const boxes = [boxOf(0)]
    drag([125, 130], [150, 125], ALT)
    boxes.push(boxOf(0))
    drag([130, 120], [150, 140], SHIFT)
    boxes.push(boxOf(0))
    drag([60, 70], [70, 70])
    drag([140, 130], [145, 132])
    told.push(...editor.document.drag.regions.slice(1))
    return [boxes, told.length, editor.document.drag.regions.length]
    """
    boxes, told, count = run(OBJECTS + script, None)
    assert is_near(boxes[0], BOTH) and is_near(boxes[1], DISC) and is_near(boxes[2], BOTH)
    assert (told, count) == (6, 1)  # the last press pulls the object, too, where it was added to


def test_escape_lets_another_object_begin(run: Run):
    script = """
    drag([50, 60], [70, 75])
    key('Escape')
    drag([130, 120], [150, 140])
    return [boxOf(0), boxOf(1), editor.document.drag.regions.length]
    """
    first, second, count = run(OBJECTS + script, None)
    assert is_near(first, DISC) and is_near(second, [105, 95, 175, 165]) and count == 2


def test_an_object_by_keys_alone(run: Run):
    script = """
    editor.set({ cross: picturePoint(60, 70) })
    for (const name of ['Enter', 'ArrowRight', 'Enter']) key(name)
    const box = boxOf(0)
    editor.set({ cross: null })
    for (let i = 0; i < 3; i++) key('ArrowRight')
    root.dispatchEvent(new KeyboardEvent('keyup', { key: 'ArrowRight', bubbles: true }))
    return [box, region(0).affine.move, editor.view.selection.index]
    """
    box, move, index = run(OBJECTS + script, None)
    assert is_near(box, DISC) and move == [3, 0] and index == 0


@pytest.mark.parametrize(
    ("gesture", "why"),
    [
        ("drag([50, 60], [70, 75], ALT)", "nothingToCut"),
        ("drag([-40, -40], [-20, -30])", "outside"),
        ("drag([50, 60], [70, 75]); drag([50, 75], [70, 60], ALT)", "empty"),
        ("editor.apply({ scene: { picture: null } }); drag([50, 60], [70, 75])", "noPicture"),
    ],
)
def test_what_cannot_be_found_is_said_and_nothing_is_lost(run: Run, gesture: str, why: str):
    script = f"{gesture}; return [editor.view.notice, editor.document.drag.regions.length, told.length]"
    notice, count, told = run(OBJECTS + script, None)
    assert notice == why and count == told == (1 if why == "empty" else 0)


def test_given_objects_are_pressed_and_pulled_at_once(run: Run):
    script = """
    const { hoverAt } = await import('/editor/hover.js')
    const shapes = [{ polygon: [[5, 5], [15, 5], [15, 15]] }, { outlines: [[[0, 0], [40, 0], [40, 40], [0, 40]]] }]
    editor.apply({ scene: { objects: { shapes, size: [100, 100] } } })
    const over = hoverAt(editor, picturePoint(26, 16))
    drag([26, 16], [56, 16])
    return [over.kind, boxOf(0), region(0).affine.move, told.length]
    """
    kind, box, move, told = run(OBJECTS + script, None)
    assert (kind, box, move) == ("given", [10, 10, 30, 30], [30, 0]) and told == 2
