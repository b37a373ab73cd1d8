"""The editor without a page around it: changes are values, and one place applies them."""

import pytest
from dragkit.tests.js.conftest import Run

EDITOR = """
const { Editor } = await import('/editor/editor.js'), { press } = await import('/editor/tools.js')
const { picturePoint } = await import('/drag/types.js')
const told = [], root = document.body.appendChild(document.createElement('div'))
const host = { t: (key) => key, changed: () => told.push(JSON.stringify(editor.document.value)) }
const editor = new Editor(root, host)
editor.load({ version: 1, size: [100, 100] })
editor.set({ frame: { scale: 1, x: 0, y: 0 } })
const NONE = { shiftKey: false, altKey: false }
const drag = (from, to, keys = NONE) => {
  const gesture = press(editor, picturePoint(...from), keys)
  gesture.move(picturePoint(...to), keys)
  gesture.release(picturePoint(...to), keys)
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
