"""Live in the real page: a pull brings its result without a press of Run, in both renderers."""

from pathlib import Path
from typing import Any

import pytest
from dragkit.tests.page.canvas import SIZE, Canvas
from dragkit.tests.page.test_results import ask, begin, wait

MASK = [{"brush": [{"radius": 60, "points": [[150, 250]]}]}]
MASKED = {"version": 1, "size": [SIZE, SIZE], "drags": [], "mask": MASK}


pytestmark = pytest.mark.usefixtures("page_of_results")


def results(canvas: Canvas, before: str | None) -> dict[str, Any]:
    return wait(canvas, lambda state: state["url"] not in (None, before))


def test_a_release_runs_what_depends_on_the_drawing(canvas: Canvas, screenshots: Path):
    begin(canvas, MASKED)
    canvas.action("runs")
    done = len(canvas.server.get("/history"))
    canvas.pull((150, 250), (200, 250))
    first = results(canvas, None)
    assert first["outdated"] == "" and first["fault"] is None
    canvas.screenshot(screenshots / f"live_{canvas.editor.name}.png")
    prompts = list(canvas.server.get("/history").values())
    assert len(prompts) == done + 1
    shown = {kind["prompt"][2][node]["class_type"] for kind in prompts[-1:] for node in kind["outputs"]}
    assert shown == {"DragCanvas", "PreviewImage", "MaskPreview"} and len(prompts[-1]["outputs"]) == 3
    for end in (210, 220, 230):
        canvas.pull((200, 250) if end == 210 else (end - 10, 250), (end, 250))
    wait(canvas, lambda state: state["url"] != first["url"] and state["outdated"] == "")
    assert canvas.drags == [[[150, 250], [230, 250]]]
    queue = canvas.server.get("/queue")
    assert queue["queue_running"] == queue["queue_pending"] == []


def test_what_goes_wrong_is_said_in_the_canvas_and_live_is_saved(canvas: Canvas):
    begin(canvas, {"version": 1, "size": [SIZE, SIZE], "mask": MASK})
    canvas.action("runs")
    canvas.ask("reload")
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    assert (
        canvas.page.locator('.dragkit [data-action="runs"]').locator("visible=true").get_attribute("aria-pressed")
        == "true"
    )
    canvas.pull((400, 400), (410, 400))
    state = wait(canvas, lambda state: state["fault"])
    assert state["fault"].startswith("DragWarp: ") and canvas.page.get_by_role("dialog").count() == 0
    canvas.page.keyboard.press("l")
    canvas.pull((150, 250), (200, 250))
    assert ask(canvas, "state")["url"] is None


def test_a_canvas_within_a_subgraph_is_live_too(canvas: Canvas):
    begin(canvas, MASKED)
    canvas.ask("enclose")
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    canvas.action("runs")
    canvas.pull((150, 260), (190, 260))
    first = results(canvas, None)
    assert first["outdated"] == "" and first["fault"] is None
    canvas.page.evaluate("() => app.canvas.setGraph(app.rootGraph)")
