"""The canvas on the node of a subgraph: drawn on there, kept there, run from there, in both renderers."""

from pathlib import Path
from typing import Any

import pytest
from dragkit.tests.page.canvas import Canvas
from dragkit.tests.page.test_results import PULLED, ask, begin, run, wait

FIRST = [[200, 250], [290, 250]]

pytestmark = pytest.mark.usefixtures("page_of_results")


def promoted(canvas: Canvas) -> None:
    """The usual graph, its canvas within a subgraph and seen on the node of that."""
    begin(canvas, PULLED)
    canvas.ask("promote")
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    canvas.ask("settle")


def sent(canvas: Canvas) -> dict[str, list]:
    """The drags that a prompt takes along, by the ids of their canvases."""
    prompt = canvas.editor.ask("prompt")
    drawn = {name: node["inputs"]["drag"] for name, node in prompt.items() if node["class_type"] == "DragCanvas"}
    return {name: [[each["handle"], each["target"]] for each in value["drags"]] for name, value in drawn.items()}


def drawn(canvas: Canvas, drags: list[Any]) -> None:
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None and canvas.drags == drags)


def test_it_is_drawn_on_there_undone_saved_and_run(canvas: Canvas, screenshots: Path):
    promoted(canvas)
    assert canvas.drags == [FIRST]
    canvas.pull((100, 100), (140, 100))
    both = [FIRST, [[100, 100], [140, 100]]]
    assert canvas.drags == both and [*sent(canvas).values()] == [both]
    canvas.page.keyboard.press("Control+z")
    drawn(canvas, [FIRST])
    canvas.pull((100, 400), (150, 400))
    drawn(canvas, [FIRST, [[100, 400], [150, 400]]])
    run(canvas)
    canvas.page.screenshot(path=screenshots / f"promoted_{canvas.editor.name}.png")
    canvas.ask("reload")
    drawn(canvas, [FIRST, [[100, 400], [150, 400]]])
    canvas.pull((400, 100), (420, 100))
    assert len(canvas.drags) == 3 and [*sent(canvas).values()] == [canvas.drags]


OPEN = """() => {
  const holder = app.rootGraph.nodes.find((node) => node.subgraph)
  app.canvas.openSubgraph(holder.subgraph, holder)
  canvasTest.look(1)
}"""


def test_the_canvas_within_says_where_to_draw_and_has_no_result(canvas: Canvas, screenshots: Path):
    promoted(canvas)
    run(canvas)
    results = canvas.page.locator(".dragkit-results").locator("visible=true")
    assert results.count() == 1
    canvas.page.evaluate(OPEN)
    canvas.editor.settle()
    within = canvas.page.locator(".dragkit").locator("visible=true")
    if within.count():  # some pages show no widget that an input stands for
        canvas.page.get_by_text("draw there").locator("visible=true").wait_for()
        within.focus()
        canvas.keys("g")
    assert results.count() == 0
    canvas.page.screenshot(path=screenshots / f"promoted_within_{canvas.editor.name}.png")
    canvas.page.evaluate("() => app.canvas.setGraph(app.rootGraph)")
    drawn(canvas, [FIRST])
    results.wait_for()
    assert ask(canvas, "state")["states"] == [] and ask(canvas, "loaderFile") == "photo.png"


def test_one_goes_on_from_its_result_there(canvas: Canvas):
    promoted(canvas)
    run(canvas)
    canvas.action("goOn")
    state = wait(canvas, lambda state: len(state["states"]) == 2)
    assert ask(canvas, "loaderFile") == state["states"][1] and canvas.drags == []
    canvas.wait(lambda state: "photo_drag1" in state["url"])
    canvas.page.keyboard.press("Control+z")
    drawn(canvas, [FIRST])


def test_each_node_of_the_subgraph_has_its_own(canvas: Canvas, screenshots: Path):
    promoted(canvas)
    canvas.ask("again")
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    canvas.page.evaluate("canvasTest.editor().replace({ version: 1, drags: [{ handle: [9, 9], target: [60, 9] }] })")
    drawn(canvas, [[[9, 9], [60, 9]]])
    canvas.page.screenshot(path=screenshots / f"promoted_twice_{canvas.editor.name}.png")
    assert sorted(sent(canvas).values()) == [[[[9, 9], [60, 9]]], [FIRST]]


def test_it_is_promoted_through_two_subgraphs(canvas: Canvas, screenshots: Path):
    promoted(canvas)
    canvas.ask("promoteFurther")
    drawn(canvas, [FIRST])
    canvas.pull((100, 100), (140, 100))
    both = [FIRST, [[100, 100], [140, 100]]]
    assert canvas.drags == both and [*sent(canvas).values()] == [both]
    run(canvas)
    canvas.page.screenshot(path=screenshots / f"promoted_further_{canvas.editor.name}.png")
    canvas.ask("reload")
    drawn(canvas, both)
    canvas.pull((400, 100), (420, 100))
    assert len(canvas.drags) == 3 and [*sent(canvas).values()] == [canvas.drags]


TWICE = """() => {
  const holder = app.rootGraph.nodes.find((node) => node.subgraph)
  app.rootGraph.add(holder.clone())
}"""


def test_what_two_nodes_of_a_subgraph_have_in_common_is_not_gone_on_from(canvas: Canvas):
    begin(canvas, PULLED)
    canvas.ask("enclose")
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    run(canvas)
    canvas.page.evaluate(TWICE)
    before = canvas.editor.ask("prompt")
    canvas.action("goOn")
    assert "more than once" in wait(canvas, lambda state: state["fault"])["said"]
    assert canvas.editor.ask("prompt") == before and canvas.value == PULLED
    canvas.page.evaluate("() => app.canvas.setGraph(app.rootGraph)")
