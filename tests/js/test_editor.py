"""The editor without a page around it: changes are values, and one place applies them."""

import pytest
from dragkit.tests.js.conftest import Run

EDITOR = """
const { Editor } = await import('/editor/editor.js'), { press } = await import('/editor/tools.js')
const { picturePoint } = await import('/drag/types.js')
globalThis.editorBefore?.end()
document.body.replaceChildren()
const told = [], root = document.body.appendChild(document.createElement('div'))
const host = { t: (key) => key, changed: () => told.push(JSON.stringify(editor.document.value)) }
const editor = new Editor(root, host)
globalThis.editorBefore = editor
editor.stage.canvas.style.position = 'absolute' // as the page's style has it: it would make its own place grow
editor.load({ version: 1, size: [100, 100] })
editor.set({ frame: { scale: 1, x: 0, y: 0 } })
const NONE = { shiftKey: false, altKey: false }
const drag = (from, to, keys = NONE) => {
  const gesture = press(editor, picturePoint(...from), keys)
  gesture?.move(picturePoint(...to), keys)
  gesture?.release(picturePoint(...to), keys)
}
const key = (name) => root.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }))
"""
REGION = {"source": {"polygon": [[10, 10], [30, 10], [30, 30]]}, "affine": {"move": [40, 40]}}


def test_a_change_makes_new_values_and_is_told_once(run: Run):
    script = """
    const before = [editor.document, editor.view]
    drag([10, 10], [40, 30])
    const { drags } = editor.document.drag
    return [before[0].drag.drags.length, before[1].selection, drags, editor.view.selection, told.length]
    """
    old, none, drags, selection, told = run(EDITOR + script, None)
    assert (old, none, told) == (0, None, 1)
    assert drags == [{"handle": [10, 10], "target": [40, 30]}]
    assert selection == {"kind": "drags", "index": 0, "part": "target"}


def test_a_change_in_progress_is_no_part_of_the_document(run: Run):
    script = """
    const gesture = press(editor, picturePoint(10, 10), NONE), before = editor.document
    gesture.move(picturePoint(40, 30), NONE)
    const shown = editor.shown.drags.length
    gesture.cancel()
    return [before === editor.document, shown, editor.shown.drags.length, told.length]
    """
    assert run(EDITOR + script, None) == [True, 1, 0, 0]


@pytest.mark.parametrize("field", ["document", "view", "scene"])
def test_nothing_is_changed_from_outside(run: Run, field: str):
    script = """
    const tries = Object.keys(editor[given]).map((name) => () => (editor[given][name] = 1))
    tries.push(() => (editor[given] = {}))
    return tries.map((attempt) => { try { attempt(); return 'changed' } catch (error) { return error.name } })
    """
    assert set(run("'use strict';" + EDITOR + script, field)) == {"TypeError"}


def test_what_cannot_be_read_is_kept_and_a_selection_of_what_is_gone_is_dropped(run: Run):
    script = """
    drag([10, 10], [40, 30])
    editor.load({ version: 9 })
    const { value, fault, drag: { drags } } = editor.document
    return [value, fault.details.place, drags.length, editor.view.selection, editor.canDraw]
    """
    assert run(EDITOR + script, None) == [{"version": 9}, "drag", 0, None, False]


def test_the_next_editor_goes_on_where_this_one_stops(run: Run):
    script = """
    editor.use('region')
    editor.set({ radius: 40, pointer: picturePoint(1, 2) })
    const next = new Editor(document.createElement('div'), host)
    next.apply(editor.carry())
    return [next.view.tool, next.view.radius, next.view.pointer]
    """
    assert run(EDITOR + script, None) == ["region", 40, None]


def test_both_ends_of_a_region_are_selected_by_a_key(run: Run):
    script = """
    editor.load(given)
    editor.use('region')
    const parts = ['n', 't', 't'].map((name) => (key(name), editor.view.selection.part))
    key('t')
    key('ArrowRight')
    return [parts, editor.shown.regions[0].source.polygon[0], editor.shown.regions[0].affine.move]
    """
    value = {"version": 1, "size": [100, 100], "regions": [REGION]}
    assert run(EDITOR + script, value) == [["target", "source", "target"], [11, 10], [40, 40]]


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
editor.setPicture({ image, size: [200, 200], url: 'a' })
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
    editor.setObjects({ shapes, size: [100, 100] })
    const over = hoverAt(editor, picturePoint(26, 16))
    drag([26, 16], [56, 16])
    return [over.kind, boxOf(0), region(0).affine.move, told.length]
    """
    kind, box, move, told = run(OBJECTS + script, None)
    assert (kind, box, move) == ("given", [10, 10, 30, 30], [30, 0]) and told == 2


PASTE = """
const paste = (text, html = '') => {
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', text)
  if (html) clipboardData.setData('text/html', html)
  const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
  root.dispatchEvent(event)
  return event.defaultPrevented
}
const panel = () => root.querySelector('.dragkit-fault-text')?.textContent ?? null
drag([10, 10], [40, 30])
"""


def test_text_that_is_no_instruction_is_said_to_be_and_left_to_the_page(run: Run):
    script = """
    const before = told.length, taken = paste('hello there'), said = editor.document.note
    paste('nodes', '<span data-metadata="x"></span>')
    drag([60, 60], [80, 80])
    return [taken, said, told.length - before, editor.document.note, editor.document.drag.drags.length]
    """
    said = {"code": "noInstruction", "details": {"found": "hello there"}}
    assert run(EDITOR + PASTE + script, None) == [False, said, 1, None, 2]


@pytest.mark.parametrize("empty", ["[]", '{"version": 1}'])
def test_a_paste_that_clears_the_drawing_says_so(run: Run, empty: str):
    script = """
    paste(given)
    const first = editor.document
    paste(given)
    return [first.drag.drags.length, first.note.code, told.length, editor.document.note]
    """
    assert run(EDITOR + PASTE + script, empty) == [0, "cleared", 3, None]


def test_the_sentence_of_a_refused_paste_goes_with_its_text(run: Run):
    script = """
    paste('[1, 2')
    const refused = panel(), area = root.querySelector('textarea')
    area.value = '[[1, 2], [3, 4]]'
    area.dispatchEvent(new Event('input'))
    const changed = panel()
    paste('[[5, 6], [7')
    const again = panel()
    paste('[[5, 6], [7, 8]]')
    return [refused, changed, again, panel(), editor.document.drag.drags]
    """
    drags = [{"handle": [5, 6], "target": [7, 8]}]
    assert run(EDITOR + PASTE + script, None) == ["fault.noJson", "", "fault.noJson", None, drags]


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
editor.setPicture(null)
editor.set({ frame: { scale: 1, x: 0, y: 0 } })
editor.use('region')
editor.select({ kind: 'regions', index: 0, part: 'target' })
const SHIFT = { shiftKey: true, altKey: false }, ALT = { shiftKey: false, altKey: true }
const pull = (from, to, keys = NONE) => {
  const gesture = press(editor, picturePoint(...from), NONE)
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
