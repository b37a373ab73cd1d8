"""Drags, regions and masks drawn on the canvas with a mouse, in both renderers."""

from pathlib import Path

import numpy as np
import pytest
from dragkit.core.grid.raster import editable_mask
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.spec import Extent
from dragkit.tests.page.canvas import SIZE, Canvas

NEAR = 1.0


@pytest.fixture(autouse=True)
def drawing(canvas: Canvas):
    """A new canvas with a picture; no error may be left in the page."""
    canvas.editor.forget()
    canvas.fresh("photo.png")
    yield
    assert canvas.editor.errors() == []


def near(points, expected) -> bool:
    return np.shape(points) == np.shape(expected) and np.abs(np.subtract(points, expected)).max() <= NEAR


def node_mask(value: dict) -> np.ndarray:
    """The mask as the node computes it."""
    return editable_mask(read_drag(value), Extent(SIZE, SIZE)).numpy()


def test_a_drag_is_one_pull(canvas: Canvas):
    canvas.pull((100, 120), (150, 140), (200, 160))
    assert near(canvas.drags, [[[100, 120], [200, 160]]])
    assert canvas.value["size"] == [SIZE, SIZE]


def test_either_end_and_the_shaft_can_be_moved_later(canvas: Canvas):
    canvas.pull((100, 120), (200, 160))
    canvas.pull((200, 160), (300, 300))
    canvas.pull((100, 120), (60, 400))
    assert near(canvas.drags, [[[60, 400], [300, 300]]])
    canvas.pull((180, 350), (200, 330))
    assert near(canvas.drags, [[[80, 380], [320, 280]]])


def test_a_click_draws_nothing(canvas: Canvas):
    canvas.click((100, 100))
    assert canvas.drags == []


@pytest.mark.parametrize("way", ["key", "button", "right click"])
def test_a_drag_is_removed(canvas: Canvas, way: str):
    canvas.pull((100, 100), (200, 100))
    canvas.pull((100, 300), (200, 300))
    if way == "right click":
        canvas.click((100, 100), button="right")
    else:
        canvas.click((100, 100))
        canvas.action("remove") if way == "button" else canvas.keys("Delete")
    assert near(canvas.drags, [[[100, 300], [200, 300]]])
    assert canvas.page.evaluate("app.graph.nodes.length") == 2


def test_right_button_and_ctrl_click_draw_nothing(canvas: Canvas):
    canvas.pull((100, 100), (200, 100), button="right")
    canvas.keyboard.down("Control")
    canvas.pull((100, 200), (200, 200))
    canvas.keyboard.up("Control")
    assert canvas.drags == []
    canvas.keys("Escape")


def test_anchors(canvas: Canvas):
    canvas.use("anchor")
    canvas.click((100, 100))
    canvas.use("drag")
    canvas.keyboard.down("Shift")
    canvas.click((300, 300))
    canvas.keyboard.up("Shift")
    assert near(canvas.drags, [[[100, 100], [100, 100]], [[300, 300], [300, 300]]])
    canvas.pull((300, 300), (320, 310))
    assert near(canvas.drags[1:], [[[320, 310], [320, 310]]])
    canvas.pull((200, 400), (250, 400))
    canvas.action("makeAnchor")
    assert canvas.drags[2][0] == canvas.drags[2][1]


def test_escape_gives_up_a_pull(canvas: Canvas):
    canvas.move((100, 100))
    canvas.mouse.down()
    canvas.move((200, 200))
    canvas.keys("Escape")
    canvas.move((300, 200))
    canvas.mouse.up()
    assert canvas.drags == []


def test_shift_keeps_a_drag_straight(canvas: Canvas):
    canvas.keyboard.down("Shift")
    canvas.pull((100, 100), (150, 103), (300, 110))
    canvas.keyboard.up("Shift")
    assert canvas.drags[0][0][1] == canvas.drags[0][1][1]


def test_fifty_drags(canvas: Canvas, screenshots: Path):
    rng = np.random.default_rng(3)
    handles = rng.uniform(20, SIZE - 20, (50, 2)).round(1).tolist()
    targets = (np.array(handles) + rng.uniform(-40, 40, (50, 2))).round(1).tolist()
    drags = [{"handle": h, "target": t} for h, t in zip(handles, targets, strict=True)]
    canvas.fresh("photo.png", {"version": 1, "size": [SIZE, SIZE], "drags": drags})
    canvas.screenshot(screenshots / f"canvas_fifty_{canvas.editor.name}.png")
    labels = canvas.ask("labels")
    apart = np.linalg.norm(np.array(labels)[:, None] - np.array(labels), axis=2) + 1000 * np.eye(50)
    assert (apart.min(1) < 9).sum() <= 4, "too many numbers lie on each other"


def test_the_mask_is_the_node_s_to_the_pixel(canvas: Canvas, screenshots: Path):
    canvas.use("brush")
    canvas.pull((150, 150), (300, 180), (320, 300))
    canvas.pull((100, 400), (140, 380))
    canvas.use("erase")
    canvas.pull((200, 120), (240, 240))
    assert canvas.shows(node_mask(canvas.value))
    canvas.use("lasso")
    for corner in ((350, 60), (480, 80), (420, 200)):
        canvas.click(corner)
    canvas.click((350, 60))
    canvas.choose("outline", "cut")
    canvas.pull((130, 130), (180, 130), (180, 180), (130, 180), (132, 140))
    canvas.screenshot(screenshots / f"canvas_mask_{canvas.editor.name}.png")
    value = canvas.value
    assert [next(iter(shape)) for shape in value["mask"]] == ["brush", "polygon", "polygon"]
    assert [shape.get("erase", False) for shape in value["mask"]] == [False, False, True]
    mask = node_mask(value)
    assert canvas.shows(mask) and mask[100, 420] and not mask[150, 150] and mask[190, 310]
    canvas.action("invert")
    assert canvas.shows(~mask) and np.array_equal(node_mask(canvas.value), ~mask)
    canvas.action("invert")
    assert canvas.value == value
    canvas.action("clear")
    assert canvas.value["mask"] == [] and canvas.ask("mask") is None


def test_outside_the_mask_is_darkened(canvas: Canvas):
    before = [canvas.ask("colour", x, 250) for x in (100, 250)]
    canvas.use("brush")
    canvas.pull((250, 200), (250, 300))
    canvas.move((400, 60))
    canvas.settled()
    after = [canvas.ask("colour", x, 250) for x in (100, 250)]
    assert sum(after[0][:3]) < 0.8 * sum(before[0][:3])
    assert after[1] == before[1]


def test_the_brush_changes_its_size(canvas: Canvas):
    canvas.use("brush")
    canvas.page.locator('.dragkit [data-option="radius"]').locator("visible=true").fill("60")
    canvas.click((100, 100))
    canvas.keys("]")
    canvas.click((300, 300))
    radii = [stroke["radius"] for stroke in canvas.value["mask"][0]["brush"]]
    assert radii == [60, 72]


def test_a_region_by_outline_and_frame(canvas: Canvas, screenshots: Path):
    canvas.use("region")
    for corner in ((100, 100), (200, 100), (200, 200), (100, 200)):
        canvas.click(corner)
    canvas.click((100, 100))
    region = canvas.value["regions"][0]
    assert near(region["source"]["polygon"], [[100, 100], [200, 100], [200, 200], [100, 200]])
    assert region["affine"] == {}
    canvas.pull((150, 150), (280, 230), (300, 250))
    affine = canvas.value["regions"][0]["affine"]
    assert near(affine["move"], [150, 100]) and set(affine) == {"move"}
    canvas.pull((350, 300), (375, 325))
    assert near(np.multiply(canvas.value["regions"][0]["affine"]["scale"], 100), [125, 125])
    canvas.pull((375, 262.5), (312.5, 262.5))
    affine = canvas.value["regions"][0]["affine"]
    assert near(np.multiply(affine["scale"], 100), [62.5, 125]) and near(affine["move"], [131.25, 112.5])
    knob = canvas.ask("knob", 0)
    canvas.pull(tuple(knob), (400, 200), (400, 262.5))
    assert abs(canvas.value["regions"][0]["affine"]["rotate"] - 90) < 1.5
    canvas.screenshot(screenshots / f"canvas_region_{canvas.editor.name}.png")
    canvas.keys("Escape")
    assert canvas.ask("state")["selection"] is None


@pytest.mark.parametrize("tool", ["region", "object"])
def test_a_frame_is_pulled_with_keys_held_before_the_press(canvas: Canvas, tool: str):
    square = {"polygon": [[100, 100], [200, 100], [200, 200], [100, 200]]}
    canvas.fresh("photo.png", {"version": 1, "size": [SIZE, SIZE], "regions": [{"source": square, "affine": {}}]})
    canvas.use(tool)
    canvas.click((150, 150))
    canvas.keyboard.down("Alt")
    canvas.pull((200, 150), (220, 150), (250, 150))
    canvas.keyboard.up("Alt")
    assert near(np.multiply(canvas.value["regions"][0]["affine"]["scale"], 100), [200, 100])


SMILE = [[100, 120], [150, 100], [250, 105], [300, 120], [290, 185], [250, 200], [150, 195], [105, 180]]


def bend(canvas: Canvas, *points: tuple[float, float], release: bool = True) -> None:
    """Pulls with Ctrl held from before the press until after the release."""
    canvas.keyboard.down("Control")
    canvas.move(points[0])
    canvas.mouse.down()
    for point in points[1:]:
        canvas.move(point)
    if release:
        canvas.mouse.up()
        canvas.keyboard.up("Control")
    canvas.settled()


@pytest.mark.parametrize("tool", ["region", "object"])
def test_a_side_bends_with_ctrl_held_before_the_press(canvas: Canvas, tool: str, screenshots: Path):
    before = {"version": 1, "size": [SIZE, SIZE], "regions": [{"source": {"polygon": SMILE}, "affine": {}}]}
    canvas.fresh("photo.png", before)
    canvas.use(tool)
    canvas.click((200, 150))
    bend(canvas, (300, 150), (300, 120), (300, 90), release=False)
    canvas.keys("Escape")
    canvas.mouse.up()
    canvas.keyboard.up("Control")
    assert canvas.value["regions"] == before["regions"] and canvas.ask("state")["selection"]
    bend(canvas, (300, 150), (300, 120), (300, 90))
    target = canvas.value["regions"][0]["target"]["polygon"]
    assert near(target[3], [300, 60]) and near(target[0], SMILE[0])
    assert near(target[1], [150, 100 + 7.5]) and near(target[4], [290, 185 - 51.3])
    canvas.screenshot(screenshots / f"canvas_bent_{tool}_{canvas.editor.name}.png")
    canvas.keyboard.press("Control+z")
    canvas.wait(lambda state: canvas.value["regions"] == before["regions"])


def test_a_region_by_brush_to_an_outline(canvas: Canvas):
    canvas.use("region")
    canvas.choose("source", "brush")
    canvas.choose("target", "polygon")
    canvas.pull((100, 100), (180, 120))
    for corner in ((300, 300), (400, 300), (400, 400)):
        canvas.click(corner)
    canvas.keys("Enter")
    region = canvas.value["regions"][0]
    assert len(region["source"]["brush"]) == 1
    assert near(region["target"]["polygon"], [[300, 300], [400, 300], [400, 400]])
    canvas.pull((400, 400), (350, 450))
    assert near(canvas.value["regions"][0]["target"]["polygon"][2], [350, 450])
    canvas.keyboard.down("Shift")
    canvas.pull((110, 180), (170, 180))
    canvas.keyboard.up("Shift")
    assert len(canvas.value["regions"]) == 1
    canvas.keys("Delete")
    assert canvas.value["regions"] == []


def test_a_region_by_brush_to_a_brush(canvas: Canvas):
    canvas.use("region")
    canvas.choose("source", "brush")
    canvas.choose("target", "brush")
    canvas.pull((100, 100), (180, 120))
    canvas.pull((300, 300), (400, 320))
    region = canvas.value["regions"][0]
    assert near(region["target"]["brush"][0]["points"], [[300, 300], [400, 320]])
    read_drag(canvas.value)


def test_everything_can_be_drawn_by_keyboard(canvas: Canvas):
    canvas.page.locator(".dragkit").focus()
    canvas.keys("d", "Shift+ArrowLeft", "Enter", "Shift+ArrowDown", "ArrowRight", "Enter")
    assert canvas.drags == [[[246, 256], [247, 266]]]
    canvas.keys("ArrowRight", "t", "ArrowUp")
    assert canvas.drags == [[[246, 255], [248, 266]]]
    canvas.keys("Escape", "b", "Enter", "Shift+ArrowRight", "Enter")
    assert len(canvas.value["mask"][0]["brush"]) == 1
    canvas.keys("p", "Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "Enter")
    assert len(canvas.value["mask"][1]["polygon"]) == 3
    canvas.keys("a", "Enter", "Enter")
    assert canvas.drags[1][0] == canvas.drags[1][1]
    canvas.keys("Delete", "d", "n", "Delete", "i")
    assert canvas.drags == [] and len(canvas.value["mask"]) == 3


def test_touch_draws_and_two_fingers_zoom(canvas: Canvas):
    cdp = canvas.page.context.new_cdp_session(canvas.page)

    def touch(kind: str, *points):
        ends = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(map(canvas.at, points))]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": ends})

    touch("touchStart", (100, 100))
    touch("touchMove", (150, 150))
    touch("touchMove", (200, 150))
    touch("touchEnd")
    assert near(canvas.drags, [[[100, 100], [200, 150]]])
    steps = canvas.ask("undoSteps")
    touch("touchStart", (200, 300), (300, 300))
    touch("touchMove", (100, 300), (400, 300))
    touch("touchEnd")
    state = canvas.settled()
    assert state["view"]["scale"] > 1 and len(canvas.drags) == 1 and canvas.ask("undoSteps") == steps


def test_a_pen_draws(canvas: Canvas):
    cdp = canvas.page.context.new_cdp_session(canvas.page)
    for kind, point in (
        ("Pressed", (100, 100)),
        ("Moved", (150, 150)),
        ("Moved", (200, 150)),
        ("Released", (200, 150)),
    ):
        x, y = canvas.at(point)
        event = {"type": f"mouse{kind}", "x": x, "y": y, "button": "left", "pointerType": "pen", "clickCount": 1}
        cdp.send("Input.dispatchMouseEvent", event | ({"buttons": 1} if kind != "Released" else {}))
    canvas.settled()
    assert near(canvas.drags, [[[100, 100], [200, 150]]])
