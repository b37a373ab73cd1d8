"""The loop in the canvas: what a run makes of the drawing appears in it, is compared, and is gone on from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dragkit.tests.page.canvas import SIZE, WAIT_MILLISECONDS, Canvas, picture
from dragkit.tests.page.conftest import open_results

PULLED = {
    "version": 1,
    "size": [SIZE, SIZE],
    "drags": [{"handle": [200, 250], "target": [290, 250]}],
    "mask": [{"brush": [{"radius": 90, "points": [[200, 250], [290, 250]]}]}],
}
INSIDE = (290.5, 290.5)


pytestmark = pytest.mark.usefixtures("page_of_results")


def ask(canvas: Canvas, name: str, *given: Any) -> Any:
    return canvas.page.evaluate("([name, given]) => resultTest[name](...given)", [name, list(given)])


def wait(canvas: Canvas, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The state of the results as soon as it meets a condition."""
    for _ in range(WAIT_MILLISECONDS // 50):
        state = ask(canvas, "state")
        if met(state):
            canvas.settled()
            return ask(canvas, "state")
        canvas.page.wait_for_timeout(50)
    raise AssertionError(f"the results stay {state}")


def run(canvas: Canvas) -> dict[str, Any]:
    """Runs the graph and returns what the canvas shows of it."""
    before = ask(canvas, "state")["url"]
    assert canvas.editor.ask("run") == "success"
    return wait(canvas, lambda state: state["url"] not in (None, before))


def colour(canvas: Canvas, point: tuple[float, float] = INSIDE) -> np.ndarray:
    return np.array(canvas.ask("colour", *point)[:3], dtype=int)


@pytest.fixture
def shoot(canvas: Canvas, screenshots: Path) -> Callable[[str], None]:
    """Takes a picture of the canvas under a name."""
    return lambda name: canvas.screenshot(screenshots / f"result_{name}_{canvas.editor.name}.png")


def begin(canvas: Canvas, value: dict[str, Any]) -> None:
    """Opens the graph with a drawing, which is the first step of the undo history."""
    ask(canvas, "graph", "photo.png", value)
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    canvas.ask("settle")


def test_a_result_comes_to_the_canvas_and_is_compared(canvas: Canvas, shoot: Callable[[str], None]):
    begin(canvas, PULLED)
    shoot("none")
    state = run(canvas)
    assert state["node"] == "Preview Image" and state["said"] == state["outdated"] == ""
    photo, made = np.asarray(picture(), dtype=int), colour(canvas)
    assert np.abs(made - photo[290, 200]).max() <= 6 < np.abs(made - photo[290, 290]).max()
    shoot("whole")
    canvas.click((20, 20))
    canvas.keyboard.down("c")
    canvas.settled()
    assert ask(canvas, "state")["said"] == "The picture before"
    assert np.abs(colour(canvas) - photo[290, 290]).max() <= 6
    canvas.keyboard.up("c")
    canvas.settled()
    assert np.abs(colour(canvas) - made).max() == 0
    canvas.page.locator('.dragkit [data-action="before"]').locator("visible=true").hover()
    canvas.mouse.down()
    canvas.settled()
    assert ask(canvas, "state")["said"] == "The picture before"
    canvas.mouse.up()
    canvas.settled()
    assert np.abs(colour(canvas) - made).max() == 0
    canvas.choose("compare", "wipe")
    shoot("wipe")
    canvas.pull((SIZE / 2, 100), (400, 100))
    assert np.abs(colour(canvas) - photo[290, 290]).max() <= 6 and canvas.value == PULLED
    canvas.choose("compare", "beside")
    shoot("beside")
    canvas.keys("m", "q")
    shoot("hidden")
    canvas.pull((400, 400), (450, 450))
    state = ask(canvas, "state")
    assert (state["said"], state["outdated"]) == ("", "out of date")
    canvas.keys("s")
    assert "the drawing has changed" in ask(canvas, "state")["said"]
    shoot("old")
    canvas.keys("q")
    assert np.abs(colour(canvas) - made).max() == 0
    canvas.page.keyboard.press("Control+z")
    wait(canvas, lambda state: state["outdated"] == "" and state["url"] is not None)
    canvas.ask("chooseAgain", "half.png")
    wait(canvas, lambda state: state["outdated"] == "out of date")


def test_going_on_is_one_step_and_earlier_pictures_are_returned_to(canvas: Canvas, shoot: Callable[[str], None]):
    begin(canvas, PULLED)
    first = run(canvas)["url"]
    canvas.click((20, 20))
    steps = canvas.ask("undoSteps")
    canvas.keys("g")
    state = wait(canvas, lambda state: len(state["states"]) == 2)
    new = ask(canvas, "loaderFile")
    assert state["states"] == ["photo.png", new] and new.startswith("photo_drag1") and canvas.drags == []
    assert canvas.ask("undoSteps") == steps + 1
    canvas.page.keyboard.press("Control+z")
    wait(canvas, lambda state: state["url"] == first and state["states"] == [])
    assert ask(canvas, "loaderFile") == "photo.png" and canvas.value == PULLED
    canvas.page.keyboard.press("Control+y")
    wait(canvas, lambda state: len(state["states"]) == 2)
    canvas.wait(lambda state: state["shown"] and "photo_drag1" in state["url"])
    canvas.use("brush")
    canvas.pull((200, 380), (300, 380))
    canvas.use("drag")
    canvas.pull((200, 380), (260, 380))
    second = run(canvas)["url"]
    canvas.keys("g", "u")
    assert wait(canvas, lambda state: len(state["states"]) == 3)["at"] == 2
    canvas.ask("reload")
    wait(canvas, lambda state: len(state["states"]) == 3)
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    shoot("states")
    with canvas.page.expect_download() as download:
        canvas.action("saveBefore")
    assert download.value.suggested_filename.startswith("before_photo_drag2")
    canvas.page.locator(".dragkit-state").locator("visible=true").nth(1).click()
    wait(canvas, lambda state: state["at"] == 1)
    assert ask(canvas, "loaderFile") == new and canvas.drags == [[[200, 380], [260, 380]]]
    assert second != first


def test_a_run_that_fails_says_why_and_a_source_that_takes_no_file_says_so(
    canvas: Canvas, shoot: Callable[[str], None]
):
    begin(canvas, {**PULLED, "mask": [{"polygon": [[400, 400], [480, 400], [480, 480]]}]})
    canvas.editor.ask("run")
    assert "Draw the mask over the handles, or move them" in wait(canvas, lambda state: state["fault"])["said"]
    shoot("fault")
    begin(canvas, PULLED)
    canvas.ask("insert", "ImageInvert", 0)
    assert canvas.editor.ask("run") == "success"
    wait(canvas, lambda state: state["url"] is not None)
    canvas.action("goOn")
    said = wait(canvas, lambda state: state["fault"])["said"]
    assert "Invert" in said and "put a Load Image in its place" in said and canvas.value == PULLED
    shoot("not_set")
    canvas.page.locator(".dragkit-said button").locator("visible=true").click()
    assert wait(canvas, lambda state: not state["fault"])["said"] == ""


def test_two_canvases_have_their_own_also_within_a_subgraph(canvas: Canvas):
    ask(canvas, "graph", "wide.png", {**PULLED, "size": [600, 300]})
    ids = ask(canvas, "graph", "photo.png", PULLED, False)
    canvas.wait(lambda state: state["picture"] == [SIZE, SIZE])
    ask(canvas, "enclose", ids["loader"], ids["canvas"])
    canvas.wait(lambda state: state["picture"] == [SIZE, SIZE])
    run(canvas)
    canvas.page.wait_for_function("String(resultTest.results()) === '600,300,512,512'", timeout=WAIT_MILLISECONDS)
    canvas.page.evaluate("canvasTest.editor().results.go()")
    new = wait(canvas, lambda state: len(state["states"]) == 2)["states"][1]
    prompt = canvas.editor.ask("prompt")
    files = {each["inputs"]["image"] for each in prompt.values() if each["class_type"] == "LoadImage"}
    assert files == {"wide.png", new}
    canvas.wait(lambda state: "photo_drag" in state["url"])


def test_all_pictures_of_a_run_are_looked_at_in_turn(canvas: Canvas, shoot: Callable[[str], None]):
    begin(canvas, PULLED)
    ask(canvas, "twoPictures")
    assert run(canvas)["number"] == "1 / 2"
    first = colour(canvas)
    shoot("batch")
    canvas.action("next")
    wait(canvas, lambda state: state["number"] == "2 / 2")
    assert np.abs(colour(canvas) - (255 - first)).max() <= 6
    canvas.click((20, 20))
    canvas.keys(".")
    wait(canvas, lambda state: state["number"] == "1 / 2")
    assert np.abs(colour(canvas) - first).max() == 0
    canvas.keys(",")
    wait(canvas, lambda state: state["number"] == "2 / 2")
    canvas.pull((290, 250), (291, 320))
    assert run(canvas)["number"] == "2 / 2" and ask(canvas, "state")["outdated"] == ""


def test_what_is_sampled_for_the_canvas_is_seen_in_it_meanwhile(canvas: Canvas, shoot: Callable[[str], None]):
    ids = ask(canvas, "graph", "photo.png", PULLED)
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    ask(canvas, "sample", ids["loader"], "blue")  # which does not depend on the drawing
    ask(canvas, "sample", ids["warp"], "red")
    assert wait(canvas, lambda state: state["preview"])["said"] == "Being sampled"
    assert colour(canvas).tolist() == [255, 0, 0]
    shoot("preview")
    ask(canvas, "end")
    assert wait(canvas, lambda state: not state["preview"])["url"] is None
    assert colour(canvas).tolist() != [255, 0, 0]
    canvas.editor.forget()


def test_a_run_that_does_not_begin_says_why(canvas: Canvas, shoot: Callable[[str], None]):
    begin(canvas, PULLED)
    ask(canvas, "unplug", "DragWarp", "image")
    assert canvas.editor.ask("run").startswith("refused")
    state = wait(canvas, lambda state: state["fault"])
    assert state["said"] == "DragWarp: Required input is missing: image"
    shoot("refused")
    ask(canvas, "begin")  # as where the server takes the branches that are sound
    canvas.settled()
    assert ask(canvas, "state")["said"] == state["said"]
    ask(canvas, "plug", "DragWarp", "image")
    run(canvas)
    assert wait(canvas, lambda state: not state["fault"])["said"] == ""
    canvas.editor.forget()


def test_in_app_mode_the_result_comes_to_it(canvas: Canvas, screenshots: Path):
    usual = canvas.page.viewport_size
    begin(canvas, PULLED)
    ask(canvas, "openApp")
    canvas.editor.settle()
    try:
        for size in ((1280, 720), (1600, 1000)):
            canvas.page.set_viewport_size({"width": size[0], "height": size[1]})
            canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
        run(canvas)
        canvas.page.screenshot(path=screenshots / f"result_app_{canvas.editor.name}.png")
    finally:
        canvas.page.set_viewport_size(usual)
        canvas.page.evaluate("() => app.extensionManager.command.execute('Comfy.ToggleLinear')")
        canvas.editor.settle()


def test_what_the_host_still_has_is_there_after_the_page_was_loaded_anew(canvas: Canvas):
    begin(canvas, PULLED)
    url = run(canvas)["url"]
    saved = canvas.page.evaluate("() => app.rootGraph.serialize()")
    canvas.editor.load()
    again = Canvas(canvas.editor, canvas.server, canvas.folder)
    open_results(again)
    again.page.evaluate("(saved) => app.loadGraphData(saved)", saved)
    assert wait(again, lambda state: state["url"])["url"] == url
