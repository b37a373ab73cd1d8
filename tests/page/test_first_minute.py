"""What a newcomer meets: pictures of their own, a first pull, sentences where the eye is, fingers, starting anew."""

from pathlib import Path

import numpy as np
import pytest
from dragkit.tests.page.canvas import Canvas, picture
from dragkit.tools.pictures import png

FIRST = "first_pull"
SCENE = """() => {
  const scene = canvasTest.add('DragDemoPicture', [420, 200]), canvas = canvasTest.node()
  scene.connect(0, canvas, 0)
  scene.connect(0, canvasTest.add('PreviewImage', [1400, 200]), 0)
}"""
SOURCES = """() => app.graph.nodes.filter(({ type }) => type !== 'DragDemoPicture').map((node) => {
  const link = [...app.graph.links.values()].find((each) => String(each.target_id) === String(node.id))
  return [node.type, link ? app.graph.getNodeById(link.origin_id).type : null]
})"""
WARP = """() => {
  const warp = canvasTest.add('DragWarp', [1400, 200]), canvas = canvasTest.node()
  canvas.connect(2, warp, 0)
  canvas.connect(0, warp, 1)
  warp.connect(0, canvasTest.add('PreviewImage', [1400, 600]), 0)
}"""
ROWS = """() => {
  const buttons = [...document.querySelectorAll('.dragkit-tools button')].filter((button) => button.offsetParent)
  return new Set(buttons.map((button) => button.offsetTop)).size
}"""
SEEN = """(type) => app.graph.nodes.some((node) => node.type === type &&
  (node.imgs?.length || document.querySelector(`[data-node-id="${node.id}"] img`)))"""
BENT = "() => { const { map } = canvasTest.editor().stage.painter.bend; return Boolean(map?.moves) }"


def grown(canvas: Canvas) -> tuple[float, float]:
    """The zoom of the graph, and of the picture on the canvas."""
    return canvas.page.evaluate("() => [app.canvas.ds.scale, canvasTest.editor().frame.scale]")


NOTICES = ".p-toast, [data-toast-kind]"  # in older and in newer pages
CLOSE = """() => {
  const { toast } = app.extensionManager
  toast.dismissAll ? toast.dismissAll() : toast.removeAll()
}"""


def said(canvas: Canvas, words: str) -> None:
    """Waits for a sentence in one of the page's notices, and closes them."""
    notice = canvas.page.locator(NOTICES).get_by_text(words).first
    notice.wait_for(timeout=8000)
    canvas.page.evaluate(CLOSE)
    notice.wait_for(state="hidden")


def test_a_rendered_picture_is_there_before_anything_has_run(canvas: Canvas):
    canvas.fresh()
    canvas.page.evaluate(SCENE)
    assert canvas.wait(lambda state: state["picture"])["picture"] == [256, 256]


def test_a_picture_of_one_s_own_takes_the_place_of_the_old_one_everywhere(canvas: Canvas):
    canvas.fresh()
    canvas.page.evaluate(SCENE)
    canvas.wait(lambda state: state["picture"])
    canvas.pull((60, 60), (120, 90))
    canvas.ask("give", "drop", "own.png", list(png(picture((640, 480), seed=4))))
    state = canvas.wait(lambda state: state["picture"] == [640, 480] and "undo brings both back" in state["hint"])
    assert canvas.drags == [] and state["selection"] is None
    sources = dict(canvas.page.evaluate(SOURCES))
    assert sources == {"LoadImage": None, "DragCanvas": "LoadImage", "PreviewImage": "LoadImage"}
    assert "DragDemoPicture" not in [node["type"] for node in canvas.editor.ask("nodes")]
    canvas.page.wait_for_function(SEEN, arg="LoadImage")
    canvas.page.keyboard.press("Control+z")
    canvas.wait(lambda state: state["shown"] and state["picture"] == [256, 256])
    assert len(canvas.drags) == 1


def test_the_first_pull_bends_the_picture_and_is_carried_out(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.pull((200, 200), (260, 200))
    assert canvas.page.evaluate(BENT)
    canvas.page.evaluate(WARP)
    assert canvas.editor.ask("run") == "success"
    canvas.page.wait_for_function(SEEN, arg="PreviewImage")  # its node grows with it
    canvas.keys("ArrowRight")
    canvas.page.keyboard.press("Control+z")
    canvas.page.wait_for_function("() => canvasTest.value().drags[0].target[0] === 260")
    canvas.wait(lambda state: state["shown"] and state["selection"] is not None)
    canvas.action("empty")
    assert canvas.drags == []


def test_the_nodes_own_sentences_are_seen(canvas: Canvas):
    square = [[20, 20], [90, 20], [90, 90], [20, 90]]
    away = {"version": 1, "size": [512, 512], "mask": [{"polygon": square}]}
    inside, outside = ({"handle": [x, x], "target": [x + 40, x]} for x in (50, 300))
    canvas.fresh("photo.png", {**away, "drags": [inside, outside]})
    canvas.page.evaluate(WARP)
    assert canvas.editor.ask("run") == "success"
    said(canvas, "the handle of drag 2 lies outside the mask")
    canvas.fresh("photo.png", {**away, "drags": [outside]})
    canvas.page.evaluate(WARP)
    assert "none of the 1 drags" not in canvas.editor.ask("run")
    over = canvas.page.locator(".dragkit-said").locator("visible=true")
    over.get_by_text("the drag does not start in the mask").wait_for(timeout=8000)
    assert canvas.page.locator(NOTICES).get_by_text("the drag does not start in the mask").count() == 0
    canvas.editor.forget()


def test_a_run_with_nothing_drawn_says_what_to_do(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.page.evaluate(WARP)
    assert "nothing is drawn" in canvas.editor.ask("run")
    over = canvas.page.locator(".dragkit-said").locator("visible=true")
    over.get_by_text("Press on the picture and pull").wait_for(timeout=8000)
    canvas.pull((200, 200), (260, 200))
    assert canvas.editor.ask("run") == "success"
    over.wait_for(state="hidden")
    canvas.editor.forget()


STRAY = """(by) => canvasTest.editor().replace({ version: 1, size: [512, 512], regions: [{
  source: { polygon: [[100, 100], [200, 100], [200, 200], [100, 200]] }, affine: { move: [by, 0] }
}], drags: [{ handle: [250, 150], target: [300, 150] }] })"""


LATER = """() => {
  const { now } = performance
  performance.now = () => now.call(performance) + 12_000 // as long as it is seen
}"""


def test_a_remark_comes_again_once_it_is_no_longer_seen(canvas: Canvas):
    canvas.fresh("photo.png")
    canvas.page.evaluate(WARP)
    for by in (60, 70):
        canvas.page.evaluate(STRAY, by)
        assert canvas.editor.ask("run") == "success"
        said(canvas, "starting on the target of region 1")
        canvas.page.evaluate(LATER)


@pytest.mark.parametrize("apart", [60, 160])
def test_two_fingers_zoom_the_picture_alone(canvas: Canvas, apart: int):
    canvas.fresh("photo.png")
    before, (x, y) = grown(canvas), canvas.at((256, 256))
    session = canvas.page.context.new_cdp_session(canvas.page)

    def touch(kind: str, reach: float | None) -> None:
        ends = [] if reach is None else [{"x": x - reach, "y": y, "id": 0}, {"x": x + reach, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": ends})

    touch("touchStart", 30)
    for reach in np.linspace(30, apart, 6):
        touch("touchMove", float(reach))
    touch("touchEnd", None)
    session.detach()
    canvas.settled()
    after = grown(canvas)
    assert after[0] == before[0] and after[1] / before[1] == pytest.approx(apart / 30, rel=0.1)


RESULT = "() => canvasTest.editor().scene.results.last?.picture.url ?? null"
IN_VIEW = """() => {
  const { left, top, right, bottom } = canvasTest.editor().root.getBoundingClientRect()
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && app.canvas.ds.scale > 0.75
}"""


def test_from_the_first_example_to_a_second_edit_in_three_actions(canvas: Canvas, screenshots: Path):
    """Pull, go on, pull: from what `dragkit.py serve` opens, in view all the while; the second result comes, too."""
    usual = canvas.page.viewport_size
    canvas.page.set_viewport_size({"width": 1280, "height": 720})
    canvas.editor.load(path=f"/?template={FIRST}&source=dragkit")
    canvas = Canvas(canvas.editor, canvas.server, canvas.folder)
    canvas.wait(lambda state: state["shown"] and state["picture"] == [768, 768])
    assert canvas.page.evaluate(ROWS) == 1
    canvas.mouse.move(5, 5)
    assert canvas.settled() and canvas.page.evaluate(BENT) and canvas.page.evaluate("canvasTest.editor().bends")
    canvas.page.screenshot(path=screenshots / f"first_opened_{canvas.editor.name}.png")
    canvas.pull((400, 250), (400, 190))
    canvas.page.wait_for_function(RESULT)
    assert canvas.page.evaluate(IN_VIEW)
    canvas.page.screenshot(path=screenshots / f"first_result_{canvas.editor.name}.png")
    first = canvas.page.evaluate(RESULT)
    canvas.action("goOn")
    canvas.wait(lambda state: state["picture"] == [768, 768] and "LoadImage" in dict(canvas.page.evaluate(SOURCES)))
    assert canvas.drags == []
    canvas.pull((400, 500), (460, 540))
    canvas.page.wait_for_function(f"(first) => ![null, first].includes(({RESULT})())", arg=first)
    assert len(canvas.drags) == 1 and canvas.page.evaluate(IN_VIEW)
    canvas.page.screenshot(path=screenshots / f"first_second_{canvas.editor.name}.png")
    canvas.page.set_viewport_size(usual)
