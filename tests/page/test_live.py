"""Live in the real page: a pull brings its result without a press of Run, in both renderers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dragkit.tests.page.canvas import SIZE, WAIT_MILLISECONDS, Canvas
from dragkit.tests.page.test_results import ask, begin, wait

MASK = [{"brush": [{"radius": 60, "points": [[150, 250]]}]}]
MASKED = {"version": 1, "size": [SIZE, SIZE], "drags": [], "mask": MASK}
BLURS = 200  # a run that ends long after the test
BLUR = {"blur_radius": 31, "sigma": 9.0}

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


def queued(canvas: Canvas, where: str) -> list[str]:
    """The ids of the runs in a part of the queue."""
    return [entry[1] for entry in canvas.server.get("/queue")[where]]


def running(canvas: Canvas) -> list[str]:
    return queued(canvas, "queue_running")


def waiting(canvas: Canvas) -> list[str]:
    return queued(canvas, "queue_pending")


def ended(canvas: Canvas, run: str) -> str | None:
    """How a run came to its end, if it has begun and ended."""
    record = canvas.server.history(run)
    return record["status"]["status_str"] if record else None


def until(canvas: Canvas, met: Callable[[], Any]) -> Any:
    """What a question to the server answers, as soon as that is something."""
    for _ in range(8 * WAIT_MILLISECONDS // 50):
        if answer := met():
            return answer
        canvas.page.wait_for_timeout(50)
    raise AssertionError(f"the queue stays {running(canvas)}, {waiting(canvas)}")


def somebody_else_s(canvas: Canvas, blurs: int) -> str:
    """Queues a run of another page: a picture blurred so many times."""
    made = {"class_type": "EmptyImage", "inputs": {"width": SIZE, "height": SIZE, "batch_size": 1, "color": 0}}
    nodes = {"0": made}
    for number in range(blurs):
        nodes[str(number + 1)] = {"class_type": "ImageBlur", "inputs": {"image": [str(number), 0], **BLUR}}
    nodes["shown"] = {"class_type": "PreviewImage", "inputs": {"images": [str(blurs), 0]}}
    return canvas.server.post("/prompt", {"prompt": nodes, "client_id": "somebody else"})["prompt_id"]


def test_a_run_that_waits_behind_somebody_else_s_gives_way_to_a_newer_one_alone(canvas: Canvas):
    begin(canvas, MASKED)
    canvas.action("runs")
    theirs, also_theirs = somebody_else_s(canvas, BLURS), somebody_else_s(canvas, 1)
    until(canvas, lambda: running(canvas) == [theirs])
    canvas.pull((150, 250), (200, 250))
    (first,) = until(canvas, lambda: {*waiting(canvas)} - {also_theirs})
    canvas.pull((200, 250), (210, 250))
    until(canvas, lambda: len({*waiting(canvas)} - {also_theirs, first}) == 1 and first not in waiting(canvas))
    assert running(canvas) == [theirs] and also_theirs in waiting(canvas)
    canvas.server.post("/interrupt", {"prompt_id": theirs})
    assert until(canvas, lambda: ended(canvas, also_theirs)) == "success"
    until(canvas, lambda: ask(canvas, "state")["url"])
    assert ask(canvas, "state")["outdated"] == "" and ended(canvas, first) is None


def test_a_run_that_somebody_else_waits_for_gives_way_to_a_newer_one_alone(canvas: Canvas):
    begin(canvas, MASKED)
    ask(canvas, "blurTimes", BLURS, BLUR)
    canvas.action("runs")
    canvas.pull((150, 250), (200, 250))
    (first,) = until(canvas, lambda: running(canvas))
    theirs = somebody_else_s(canvas, 1)
    canvas.pull((200, 250), (210, 250))
    assert until(canvas, lambda: ended(canvas, first)) == "error"
    assert until(canvas, lambda: ended(canvas, theirs)) == "success"
    (second,) = until(canvas, lambda: running(canvas))
    canvas.keys("l")
    assert until(canvas, lambda: ended(canvas, second)) == "error"
    assert ask(canvas, "state")["fault"] is None
