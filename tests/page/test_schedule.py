"""The inputs of Drag Optimize Latent that follow its schedule, in both renderers."""

from pathlib import Path
from typing import Any

import pytest
from dragkit.tests.page.editor import Editor

EXAMPLE = Path(__file__).resolve().parents[2] / "example_workflows" / "dragdiffusion_explained.json"
GOODDRAG = "alternating, GoodDrag's settings"
NUMBERS = {"steps": 210, "learning_rate": 0.02, "radius_motion": 4, "radius_track": 12, "mask_weight": 0.2}
SHOWN = """() => Object.fromEntries(app.graph.nodes.find((node) => node.type === 'DragOptimizeLatent').widgets
    .map((widget) => [widget.name, [widget.value, Boolean(widget.disabled)]]))"""
CHOOSE = """(value) => {
    const node = app.graph.nodes.find((node) => node.type === 'DragOptimizeLatent')
    const widget = node.widgets.find((widget) => widget.name === 'schedule')
    widget.value = value
    widget.callback(value)
}"""
AGAIN = "async () => await app.loadGraphData(app.graph.serialize())"


def shown(editor: Editor) -> dict[str, Any]:
    """The values that the node shows, and whether they are locked."""
    return {name: tuple(value) for name, value in editor.page.evaluate(SHOWN).items()}


@pytest.fixture
def before(editor: Editor) -> dict[str, Any]:
    """What the example shows as it was saved."""
    editor.open(EXAMPLE)
    editor.forget()
    return shown(editor)


def test_the_numbers_that_count_are_shown(editor: Editor, before: dict[str, Any]):
    assert not any(before[name][1] for name in NUMBERS)
    editor.page.evaluate(CHOOSE, GOODDRAG)
    found = shown(editor)
    assert {name: found[name] for name in NUMBERS} == {name: (value, True) for name, value in NUMBERS.items()}
    editor.page.evaluate(CHOOSE, "alternating")
    assert shown(editor) == before | {"schedule": ("alternating", False)}
    assert editor.errors() == []


def test_a_file_is_opened_with_the_numbers_that_count(editor: Editor, before: dict[str, Any]):
    editor.page.evaluate(CHOOSE, GOODDRAG)
    editor.page.evaluate(AGAIN)
    found = shown(editor)
    assert {name: found[name] for name in NUMBERS} == {name: (value, True) for name, value in NUMBERS.items()}
    editor.page.evaluate(CHOOSE, "all at once")
    assert not any(shown(editor)[name][1] for name in NUMBERS) and shown(editor)["steps"][0] == 80
    assert editor.errors() == []
