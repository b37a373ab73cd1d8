"""The editor without a page around it: changes are values, and one place applies them."""

import pytest
from dragkit.tests.js.conftest import Run
from dragkit.tests.js.editor import EDITOR

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
