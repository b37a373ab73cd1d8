"""The picture under the drawing, and how the canvas looks and moves, in both renderers."""

from pathlib import Path

import numpy as np
import pytest
from dragkit.tests.page.canvas import SIZE, Canvas, picture
from dragkit.tools.pictures import png

DRAG = {"handle": [100, 100], "target": [200, 100]}
DRAWN = {
    "version": 1,
    "size": [SIZE, SIZE],
    "drags": [DRAG],
    "mask": [{"brush": [{"radius": 60, "points": [[120, 100]]}]}],
}


@pytest.fixture(autouse=True)
def page_without_errors(canvas: Canvas):
    canvas.editor.forget()
    yield
    assert canvas.editor.errors(r"filename=gone\.png") == []


def colour_of(canvas: Canvas, point: tuple[float, float]) -> np.ndarray:
    return np.array(canvas.ask("colour", *point)[:3])


def test_the_picture_of_a_loader_appears_and_follows(canvas: Canvas):
    canvas.fresh("photo.png")
    assert canvas.ask("state")["picture"] == [SIZE, SIZE]
    expected = np.asarray(picture())[300, 200]
    assert np.abs(colour_of(canvas, (200.5, 300.5)) - expected).max() <= 4
    canvas.ask("chooseAgain", "wide.png")
    state = canvas.wait(lambda state: state["picture"] == [600, 300])
    assert "600 × 300" in state["count"]


def test_a_picture_of_another_size_scales_the_drawing(canvas: Canvas):
    canvas.fresh("wide.png", DRAWN)
    assert canvas.value == DRAWN
    canvas.pull((400, 200), (500, 200))
    assert canvas.value["size"] == [600, 300]
    assert np.allclose(canvas.drags[0], [[117.19, 58.59], [234.38, 58.59]], atol=0.01)


def test_the_picture_of_a_reroute_and_a_bypassed_node(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.ask("insert", "ImageInvert", 4)
    canvas.wait(lambda state: state["picture"] == [SIZE, SIZE])
    canvas.ask("insert", "Reroute", 0)
    canvas.editor.settle()
    assert canvas.ask("state")["picture"] == [SIZE, SIZE]


def test_a_computed_picture_is_shown_on_demand(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.ask("insert", "ImageInvert", 0)
    state = canvas.wait(lambda state: state["missing"] == "notRun")
    assert "No picture yet" in state["message"]
    canvas.action("showPicture")
    canvas.wait(lambda state: state["picture"] == [SIZE, SIZE])
    expected = 255 - np.asarray(picture())[300, 200]
    assert np.abs(colour_of(canvas, (200.5, 300.5)) - expected).max() <= 4


def test_without_a_picture_it_says_what_to_do(canvas: Canvas, screenshots: Path):
    canvas.fresh()
    assert "Connect one to the image input" in canvas.ask("state")["message"]
    canvas.screenshot(screenshots / f"canvas_empty_{canvas.editor.name}.png")
    canvas.fresh(None, DRAWN)
    assert canvas.ask("state")["count"].startswith("drags: 1")
    canvas.pull((100, 100), (100, 300))
    assert canvas.drags[0][0] == [100, 300]


def test_a_picture_that_cannot_load_is_named(canvas: Canvas):
    canvas.fresh("photo.png", DRAWN)
    canvas.page.evaluate("() => app.graph.nodes.find((n) => n.type === 'LoadImage').widgets[0].callback('gone.png')")
    canvas.ask("chooseAgain", "gone.png")
    state = canvas.wait(lambda state: state["missing"] == "failed")
    assert "gone.png could not be loaded" in state["message"] and canvas.value == DRAWN


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(canvas: Canvas, way: str):
    canvas.fresh()
    canvas.ask("give", way, f"{way}_{canvas.editor.name}.png", list(png(picture((320, 200), seed=5))))
    canvas.wait(lambda state: state["picture"] == [320, 200])
    types = canvas.page.evaluate("app.graph.nodes.map((n) => n.type).sort()")
    assert types == ["DragCanvas", "LoadImage"]
    canvas.ask("give", way, f"second_{way}_{canvas.editor.name}.png", list(png(picture((200, 320), seed=6))))
    canvas.wait(lambda state: state["picture"] == [200, 320])
    assert canvas.page.evaluate("app.graph.nodes.length") == 2


def test_a_picture_is_chosen(canvas: Canvas):
    canvas.fresh()
    with canvas.page.expect_file_chooser() as chooser:
        canvas.page.locator('.dragkit [data-action="choosePicture"]').locator("visible=true").click()
    chooser.value.set_files({"name": "own.png", "mimeType": "image/png", "buffer": png(picture((300, 300)))})
    canvas.wait(lambda state: state["picture"] == [300, 300])


def test_zoom_and_pan(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.click((400, 400))
    graph = "() => [app.canvas.ds.scale, ...app.canvas.ds.offset]"
    before, place = canvas.page.evaluate(graph), canvas.at((100, 100))
    canvas.mouse.move(*place)
    canvas.mouse.wheel(0, -300)
    assert canvas.wait(lambda state: bool(state["view"]))["view"]["scale"] > 1
    assert np.allclose(canvas.at((100, 100)), place, atol=1)
    canvas.use("hand")
    canvas.mouse.move(*place)
    canvas.mouse.down()
    canvas.mouse.move(place[0] + 50, place[1] + 30)
    canvas.mouse.up()
    assert np.allclose(canvas.at((100, 100)), (place[0] + 50, place[1] + 30), atol=1)
    canvas.action("fit")
    assert canvas.ask("state")["view"] is None and canvas.page.evaluate(graph) == before and canvas.drags == []
    canvas.use("drag")
    canvas.keys("+")
    canvas.keyboard.down(" ")
    canvas.pull((200, 200), (250, 220))
    canvas.keyboard.up(" ")
    canvas.pull((200, 200), (250, 220))
    assert np.allclose(canvas.drags, [[[200, 200], [250, 220]]], atol=1)


def test_the_graph_keeps_the_wheel_until_the_canvas_is_used(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.page.evaluate("() => document.activeElement.blur()")
    before = canvas.page.evaluate("app.canvas.ds.scale")
    canvas.move((200, 200))
    canvas.mouse.wheel(0, -200)
    canvas.page.wait_for_timeout(300)
    assert canvas.page.evaluate("app.canvas.ds.scale") != before and canvas.ask("state")["view"] is None


def test_the_middle_button_pans_the_graph(canvas: Canvas):
    canvas.fresh("photo.png")
    x, y = canvas.at((200, 200))
    before = canvas.page.evaluate("[...app.canvas.ds.offset]")
    canvas.mouse.move(x, y)
    canvas.mouse.down(button="middle")
    canvas.mouse.move(x + 30, y + 20)
    canvas.mouse.move(x + 60, y + 40)
    canvas.mouse.up(button="middle")
    moved = np.subtract(canvas.page.evaluate("[...app.canvas.ds.offset]"), before)
    assert np.allclose(moved, [60, 40], atol=2) and canvas.drags == []
    canvas.pull((100, 100), (200, 150))
    assert np.allclose(canvas.drags, [[[100, 100], [200, 150]]], atol=1)


def test_drawing_is_exact_in_a_zoomed_graph(canvas: Canvas):
    for scale in (0.6, 1.6):
        canvas.fresh("photo.png")
        canvas.ask("look", scale, [-200, 20] if scale > 1 else [200, 200])
        canvas.page.wait_for_timeout(400)
        canvas.pull((100, 120), (200, 160))
        assert np.allclose(canvas.drags, [[[100, 120], [200, 160]]], atol=2)


def test_shortcuts_do_not_reach_the_graph(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.pull((100, 100), (200, 100))
    canvas.keys("Escape", "r", "w", "n", "m", ".", "a", "v", "h", "Delete", "Backspace", "q")
    canvas.page.wait_for_timeout(300)
    state = canvas.page.evaluate(
        "() => ({ count: app.graph.nodes.length, modes: app.graph.nodes.map((n) => n.mode),"
        "dialogs: document.querySelectorAll('[role=dialog]').length })"
    )
    assert state == {"count": 2, "modes": [0, 0], "dialogs": 0}


@pytest.mark.parametrize("size", [[330, 480], [900, 900]], ids=["small", "large"])
def test_it_fits_any_size_of_the_node(canvas: Canvas, screenshots: Path, size: list[int]):
    canvas.fresh("photo.png", DRAWN)
    canvas.page.evaluate("(size) => { canvasTest.node().setSize(size); app.canvas.setDirty(true, true) }", size)
    canvas.page.wait_for_timeout(500)
    canvas.screenshot(screenshots / f"canvas_{size[0]}_{canvas.editor.name}.png")
    canvas.pull((300, 300), (400, 300))
    assert np.allclose(canvas.drags[1], [[300, 300], [400, 300]], atol=2)
    assert canvas.ask("holdsItsButtons")


def test_it_fills_the_page_and_goes_back(canvas: Canvas, screenshots: Path):
    canvas.fresh("photo.png", DRAWN)
    width = "() => canvasTest.editor().root.getBoundingClientRect().width"
    small = canvas.page.evaluate(width)
    canvas.action("expand")
    assert canvas.page.evaluate(width) > 2000
    canvas.pull((300, 300), (400, 300))
    canvas.pull((300, 400), (400, 400))
    canvas.page.screenshot(path=screenshots / f"canvas_wide_{canvas.editor.name}.png")
    canvas.page.keyboard.press("Control+z")
    canvas.wait(lambda state: state["shown"] and len(canvas.drags) == 2)
    canvas.page.wait_for_timeout(400)
    assert canvas.page.evaluate(width) > 2000 and canvas.page.locator(".dragkit-overlay").count() == 1
    canvas.keys("Escape")
    assert canvas.page.evaluate(width) == small and canvas.page.locator(".dragkit-overlay").count() == 0
    canvas.pull((300, 400), (400, 400))
    assert np.allclose(canvas.drags[1:], [[[300, 300], [400, 300]], [[300, 400], [400, 400]]], atol=1)


def test_coordinates_are_shown(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.move((123, 45))
    state = canvas.wait(lambda state: bool(state["place"]))
    x, y = map(float, state["place"].split(","))
    assert abs(x - 123) < 1 and abs(y - 45) < 1


def test_it_warns_of_a_handle_outside_the_mask(canvas: Canvas):
    canvas.fresh("photo.png", DRAWN)
    assert canvas.ask("state")["hint"] == ""
    canvas.pull((400, 400), (450, 400))
    assert "drag 2 lies outside the mask: what is there stays" in canvas.ask("state")["hint"]
    for tool in ("object", "drag", "anchor", "region", "brush", "erase", "lasso", "hand"):
        canvas.use(tool)
        assert canvas.ask("cutOff") == []


def test_the_picture_bends_while_a_drag_is_pulled(canvas: Canvas, screenshots: Path):
    canvas.fresh("photo.png", {**DRAWN, "drags": []})
    canvas.move((120, 100))
    before, there = colour_of(canvas, (115, 135)), colour_of(canvas, (285, 135))
    canvas.mouse.down()
    canvas.move((200, 100))
    canvas.move((290, 100))
    canvas.settled()
    assert np.abs(colour_of(canvas, (285, 135)) - before).max() < 12 < np.abs(there - before).max()
    assert np.abs(colour_of(canvas, (115, 135)) - before).max() > 25, "the place it left is not marked"
    canvas.screenshot(screenshots / f"canvas_bend_{canvas.editor.name}.png")
    canvas.mouse.up()
    canvas.keys("v")
    canvas.settled()
    assert np.abs(colour_of(canvas, (115, 135)) - before).max() < 12
    assert canvas.page.evaluate("canvasTest.editor().view.live") is False
    canvas.keys("v")


@pytest.mark.parametrize("inside", [False, True], ids=["plain", "in a subgraph"])
def test_the_picture_moves_as_the_nodes_behind_move_it(canvas: Canvas, inside: bool):
    """As a whole a thing comes to its target as it is; else it flows with its drags, which here squeeze its middle."""
    ends = (((80, 100), (180, 100)), ((160, 100), (260, 180)))
    drags = [{"handle": list(handle), "target": list(target)} for handle, target in ends]
    canvas.fresh("photo.png", {**DRAWN, "drags": drags})
    canvas.mouse.move(5, 5)
    bent = canvas.ask("bent")
    canvas.ask("handOn", "as a whole")
    if inside:
        canvas.ask("enclose")
    canvas.wait(lambda state: state["whole"])
    canvas.settled()
    assert canvas.ask("bent") != bent
    if not inside:
        canvas.page.evaluate("() => canvasTest.handOn('as the method does')")
        canvas.wait(lambda state: not state["whole"])
        assert canvas.ask("bent") == bent


def frames_of_a_pull(canvas: Canvas, name: str, size: tuple[int, int], tick: float) -> list[dict[str, int]]:
    """What each frame of a pull does on a picture, and the one at its end, under a clock of so many ms a look."""
    x, y = size[0] // 4, size[1] // 4
    mask = {"brush": [{"radius": x // 2, "points": [[x, y], [2 * x, y]]}]}
    drag = {"handle": [x, y], "target": [2 * x, y]}
    canvas.fresh(name, {"version": 1, "size": list(size), "drags": [drag], "mask": [mask]})
    frames = canvas.ask("workOfAPull", x // 2, 12, tick)
    assert canvas.value["size"] == list(size) and len(canvas.drags) == 1
    assert all(frame["drawn"] == 1 for frame in frames)
    return frames


def test_a_frame_of_a_pull_bends_the_picture_alone(canvas: Canvas):
    first, *others = frames_of_a_pull(canvas, "photo.png", (SIZE, SIZE), tick=0)
    assert first["bent"] == SIZE**2
    assert all(frame == {"drawn": 1, "read": 0, "bent": SIZE**2, "shaded": 0} for frame in others)


def test_a_photo_of_24_megapixels_is_worked_on_as_a_small_one(canvas: Canvas):
    canvas.upload("large.jpg", picture((6000, 4000)))
    first, *others = frames_of_a_pull(canvas, "large.jpg", (6000, 4000), tick=0)
    assert first["bent"] == 1024 * 683
    assert all(frame == {"drawn": 1, "read": 0, "bent": 1024 * 683, "shaded": 0} for frame in others)


def test_a_slow_page_bends_the_picture_coarser_until_the_end_of_a_pull(canvas: Canvas):
    *frames, last = frames_of_a_pull(canvas, "photo.png", (SIZE, SIZE), tick=40)
    bent = [frame["bent"] for frame in frames]
    assert bent == sorted(bent, reverse=True) and bent[-1] == round(0.4 * SIZE) ** 2
    assert last == {"drawn": 1, "read": SIZE**2, "bent": SIZE**2, "shaded": 0}


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_themes(canvas: Canvas, screenshots: Path, palette: str):
    set_palette = "(name) => app.extensionManager.setting.set('Comfy.ColorPalette', name)"
    canvas.fresh("photo.png", DRAWN)
    canvas.page.evaluate(set_palette, palette)
    canvas.page.wait_for_timeout(500)
    canvas.screenshot(screenshots / f"canvas_{palette}_{canvas.editor.name}.png")
    contrasts = canvas.page.evaluate("() => canvasTest.contrasts()")
    canvas.page.evaluate(set_palette, "dark")
    assert contrasts and min(contrasts) > 4
