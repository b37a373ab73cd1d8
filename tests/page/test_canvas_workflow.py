"""The canvas as a part of a workflow: undo, files, copies, subgraphs, prompts, broken values, in both renderers."""

import json
from pathlib import Path

import numpy as np
import pytest
from dragkit.core.grid.raster import editable_mask
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.spec import Extent
from dragkit.tests.page.canvas import SIZE, Canvas

DRAG = {"handle": [100, 100], "target": [200, 100]}
DRAWN = {"version": 1, "size": [SIZE, SIZE], "drags": [DRAG], "regions": [], "mask": []}
LARGEST_BYTES = 4000


@pytest.fixture(autouse=True)
def page_without_errors(canvas: Canvas):
    canvas.editor.forget()
    yield
    assert canvas.editor.errors() == []


def pull_twice(canvas: Canvas) -> list:
    canvas.fresh("photo.png")
    canvas.pull((100, 100), (200, 100))
    canvas.pull((100, 300), (200, 300))
    return canvas.drags


def wait_for_drags(canvas: Canvas, count: int) -> None:
    canvas.wait(lambda state: state["shown"] and state["picture"] and len(canvas.drags) == count)


def test_undo_and_redo_are_the_graph_s(canvas: Canvas):
    drawn = pull_twice(canvas)
    canvas.page.keyboard.press("Control+z")
    wait_for_drags(canvas, 1)
    canvas.action("undo")
    wait_for_drags(canvas, 0)
    canvas.action("redo")
    wait_for_drags(canvas, 1)
    canvas.page.keyboard.press("Control+y")
    wait_for_drags(canvas, 2)
    assert canvas.drags == drawn
    canvas.pull((100, 400), (200, 400))
    assert len(canvas.drags) == 3 and canvas.page.locator(".dragkit").locator("visible=true").count() == 1


def test_each_gesture_is_one_step(canvas: Canvas):
    canvas.fresh("photo.png")
    before = canvas.ask("undoSteps")
    canvas.pull((100, 100), (150, 100), (200, 100))
    canvas.use("brush")
    canvas.pull((100, 200), (200, 200), (200, 250))
    canvas.keys("i")
    assert canvas.ask("undoSteps") == before + 3


def test_view_and_tool_outlive_undo(canvas: Canvas):
    pull_twice(canvas)
    canvas.keys("+", "+", "b")
    zoomed = canvas.ask("state")["view"]
    canvas.page.keyboard.press("Control+z")
    wait_for_drags(canvas, 1)
    state = canvas.wait(lambda state: state["focused"])
    assert state["tool"] == "brush" and state["view"] == zoomed


def test_the_workflow_file_keeps_the_value(canvas: Canvas):
    drawn = pull_twice(canvas)
    canvas.ask("reload")
    wait_for_drags(canvas, 2)
    assert canvas.drags == drawn
    canvas.pull((100, 400), (200, 400))
    assert len(canvas.drags) == 3


def test_another_workflow_and_back(canvas: Canvas):
    drawn = pull_twice(canvas)
    run = "(command) => app.extensionManager.command.execute(command)"
    canvas.page.evaluate(run, "Comfy.NewBlankWorkflow")
    canvas.editor.settle()
    canvas.page.evaluate(run, "Workspace.PreviousOpenedWorkflow")
    wait_for_drags(canvas, 2)
    assert canvas.drags == drawn
    canvas.pull((100, 400), (200, 400))
    assert len(canvas.drags) == 3


def test_collapsing_the_node_and_back(canvas: Canvas):
    pull_twice(canvas)
    canvas.page.evaluate("() => canvasTest.node().collapse()")
    canvas.wait(lambda state: not state["shown"])
    canvas.page.evaluate("() => canvasTest.node().collapse()")
    wait_for_drags(canvas, 2)
    canvas.pull((100, 400), (200, 400))
    assert len(canvas.drags) == 3


def test_changing_the_renderer_keeps_the_canvas(canvas: Canvas):
    pull_twice(canvas)
    change = "(on) => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on)"
    nodes2 = canvas.editor.name == "nodes2"
    try:
        canvas.page.evaluate(change, not nodes2)
        canvas.editor.settle()
        wait_for_drags(canvas, 2)
        canvas.pull((100, 400), (200, 400))
        assert len(canvas.drags) == 3
    finally:
        canvas.page.evaluate(change, nodes2)
        canvas.editor.settle()


def test_the_value_stays_small(canvas: Canvas):
    canvas.fresh("photo.png")
    for i in range(10):
        canvas.pull((30 + 45 * i, 60.5), (60 + 40 * i, 133.3))
    canvas.use("brush")
    for i in range(10):
        wave = [(40 + 5 * k, 160 + 30 * i + 25 * np.sin(k / 4 + i)) for k in range(60)]
        canvas.pull(*wave[::5])
    saved = canvas.page.evaluate("app.graph.serialize().nodes.find((n) => n.type === 'DragCanvas').widgets_values")
    assert len(saved[0]["drags"]) == 10 and len(saved[0]["mask"][0]["brush"]) == 10
    assert len(json.dumps(saved, separators=(",", ":"))) < LARGEST_BYTES


@pytest.mark.parametrize("way", ["copy", "paste"])
def test_copies_have_their_own_value(canvas: Canvas, way: str):
    pull_twice(canvas)
    canvas.ask(way)
    canvas.settled()
    assert canvas.ask("counts") == [2, 2]
    canvas.page.evaluate("() => canvasTest.editor().replace({ version: 1 })")
    assert canvas.ask("counts") == [2, 0]


def test_an_api_prompt_brings_the_value(canvas: Canvas):
    pull_twice(canvas)
    prompt = canvas.editor.ask("prompt")
    node = next(node for node in prompt.values() if node["class_type"] == "DragCanvas")
    assert node["inputs"]["drag"] == canvas.value
    canvas.page.evaluate("async (prompt) => { await app.loadApiJson(prompt, 'drawn') }", prompt)
    wait_for_drags(canvas, 2)


def test_the_value_goes_into_a_subgraph(canvas: Canvas):
    pull_twice(canvas)
    canvas.ask("enclose")
    canvas.editor.settle()
    wait_for_drags(canvas, 2)
    canvas.pull((100, 400), (200, 400))
    assert len(canvas.drags) == 3
    canvas.page.keyboard.press("Control+z")
    wait_for_drags(canvas, 2)
    node = next(n for n in canvas.editor.ask("prompt").values() if n["class_type"] == "DragCanvas")
    assert len(node["inputs"]["drag"]["drags"]) == 2
    canvas.page.evaluate("() => app.canvas.setGraph(app.rootGraph)")


def test_app_mode(canvas: Canvas, screenshots: Path):
    canvas.fresh("photo.png")
    canvas.ask("openApp")
    canvas.editor.settle()
    try:
        canvas.wait(lambda state: state["shown"] and state["picture"])
        canvas.pull((100, 100), (300, 300))
        canvas.page.screenshot(path=screenshots / f"canvas_app_{canvas.editor.name}.png")
        assert len(canvas.drags) == 1
    finally:
        canvas.page.evaluate("() => app.extensionManager.command.execute('Comfy.ToggleLinear')")
        canvas.editor.settle()
    canvas.wait(lambda state: state["shown"])
    canvas.pull((100, 400), (200, 400))
    assert len(canvas.drags) == 2


def test_outputs_are_what_the_page_showed(canvas: Canvas, screenshots: Path):
    canvas.fresh("half.png")
    canvas.ask("connectMask")
    canvas.wait(lambda state: state["under"])
    canvas.use("brush")
    canvas.pull((300, 200), (400, 300))
    canvas.use("erase")
    canvas.pull((100, 100), (200, 150))
    canvas.move((500, 500))
    canvas.settled()
    under = np.zeros((SIZE, SIZE), dtype=bool)
    under[:, : SIZE // 2] = True
    own = read_drag(canvas.value)
    assert not canvas.shows(under) and not canvas.shows(editable_mask(own, Extent(SIZE, SIZE)).numpy())
    assert canvas.editor.ask("run") == "success"
    made = np.array([*canvas.ask("previewed")]) == "1"
    assert canvas.shows(made.reshape(SIZE, SIZE))
    canvas.screenshot(screenshots / f"canvas_input_mask_{canvas.editor.name}.png")


FAULTS = [
    ({"version": 9, "drags": [], "future": 1}, "newer DragKit (version 9"),
    ({"size": [9, 9]}, 'has no version; write "version": 1'),
    ({"version": 1, "drags": [{"handle": [1, 2]}]}, "drags[0]"),
    ({"version": 1, "mask": [{"circle": 3}]}, "mask[0]"),
    ("{broken", "not JSON"),
    (42, "no drag instruction"),
]


@pytest.mark.parametrize(("value", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_value_that_cannot_be_shown_is_kept(canvas: Canvas, value, words: str):
    canvas.fresh("photo.png", value)
    assert words in canvas.ask("state")["message"]
    canvas.pull((20, 20), (100, 40))
    assert canvas.value == value
    canvas.ask("reload")
    canvas.wait(lambda state: state["shown"] and words in state["message"])
    assert canvas.value == value


def test_a_value_that_cannot_be_shown_is_left_and_comes_back(canvas: Canvas, screenshots: Path):
    value, words = FAULTS[0]
    canvas.fresh("photo.png", value)
    canvas.screenshot(screenshots / f"canvas_fault_{canvas.editor.name}.png")
    canvas.action("startAnew")
    canvas.pull((20, 20), (100, 40))
    assert len(canvas.drags) == 1
    canvas.page.keyboard.press("Control+z")
    canvas.page.keyboard.press("Control+z")
    canvas.wait(lambda state: state["shown"] and words in state["message"])


def test_the_value_as_text(canvas: Canvas, screenshots: Path):
    canvas.fresh("photo.png", DRAWN)
    canvas.action("json")
    area = canvas.page.locator(".dragkit textarea").locator("visible=true")
    assert json.loads(area.input_value()) == DRAWN
    area.fill('{"version": 1, "drags": [{"handle": [1, null]}]}')
    canvas.action("apply")
    assert "drags[0]" in canvas.page.locator(".dragkit-fault-text").inner_text()
    canvas.screenshot(screenshots / f"canvas_text_{canvas.editor.name}.png")
    area.fill('[{"x": 10, "y": 20}, {"x": 30, "y": 40}]')
    canvas.action("apply")
    assert canvas.drags == [[[10, 20], [30, 40]]] and area.count() == 0


def test_text_is_pasted(canvas: Canvas):
    canvas.fresh("photo.png", DRAWN)
    canvas.click((400, 400))
    canvas.ask("pasteText", '[{"x": 5, "y": 6}, {"x": 7, "y": 8}]')
    assert canvas.drags == [[[5, 6], [7, 8]]]


def test_a_pasted_track_is_one_drag_and_said_to_be(canvas: Canvas):
    canvas.fresh("photo.png", DRAWN)
    canvas.click((400, 400))
    canvas.ask("pasteText", json.dumps([{"x": 20 + 8 * i, "y": 60} for i in range(16)]))
    assert canvas.drags == [[[20, 60], [140, 60]]]
    canvas.wait(lambda state: "The 16 points go on from one to the next" in state["hint"])
    canvas.ask("pasteText", "[[[20, 60], [90, 9], [140, 60]], [[5, 6], [7, 8]]]")
    assert canvas.drags == [[[20, 60], [140, 60]], [[5, 6], [7, 8]]]
    canvas.wait(lambda state: "The 16 points" not in state["hint"])


REFUSED = {
    '{"positive": [{"x": 6, "y": 9}], "negative": []}': "marks places without saying where anything goes",
    "[[0.2, 0.5], [0.5, 0.5]]": "All points lie between 0 and 1",
    '{"version": 1, "size": {"width": 5, "height": 5}}': "give [width, height]",
    '{"version": 1, "drags": [{"handle": [1, 1e200], "target": [1, 2]}]}': "numbers go up to 1000000000",
    "[" * 1000: "not JSON",
    "[" * 1000 + "]" * 1000: "nested more than 16 deep",
}


def test_text_that_cannot_be_read_is_answered_in_a_sentence(canvas: Canvas):
    canvas.fresh("photo.png", DRAWN)
    canvas.action("json")
    area = canvas.page.locator(".dragkit textarea").locator("visible=true")
    for text, words in REFUSED.items():
        area.fill(text)
        canvas.action("apply")
        assert words in canvas.page.locator(".dragkit-fault-text").inner_text()
    assert canvas.value == DRAWN
