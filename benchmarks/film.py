"""A film of one session in the page for the README: pull, the result in place, before and after, go on, pull again.

`COMFYUI_PATH=... python benchmarks/film.py` opens the first example as a newcomer would and writes
docs/images/film.webp. Waits are left out, and the pointer, which the browser does not show, is drawn in.
"""

import io
import os
import tempfile
from pathlib import Path

import _pack
from canvas_pictures import POINTER, between
from PIL import Image, ImageDraw

_pack.register()

from dragkit.tests.page.canvas import Canvas, Point  # noqa: E402
from dragkit.tests.page.editor import FLAGS, Editor  # noqa: E402
from dragkit.tools.browser import require_browser  # noqa: E402
from dragkit.tools.server import ComfyServer  # noqa: E402
from playwright.sync_api import FloatRect, Locator, ViewportSize, sync_playwright  # noqa: E402

EXAMPLE = "/?template=first_pull&source=dragkit"
SCREEN: ViewportSize = {"width": 1280, "height": 1010}
FRAME_MILLISECONDS = 60
MARGIN = 10
QUALITY = 80
PATIENCE = 60_000
OUTPUT = _pack.ROOT / "docs" / "images" / "film.webp"
ZOOM = 1.5
LOOK = """(zoom) => {
  const { pos } = canvasTest.node()
  canvasTest.look(zoom, [130 - pos[0], -5 - pos[1]])
}"""
RESULT = "() => canvasTest.editor().scene.results.last?.picture.url ?? null"


class Film:
    """Screenshots of a part of the page, each with how long it is shown, and the pointer drawn in."""

    def __init__(self, canvas: Canvas, clip: FloatRect, pointer: Point) -> None:
        self.canvas, self.clip, self.pointer = canvas, clip, pointer
        self.frames: list[Image.Image] = []
        self.durations: list[int] = []

    def shoot(self, milliseconds: int = FRAME_MILLISECONDS) -> None:
        self.canvas.settled()
        frame = Image.open(io.BytesIO(self.canvas.page.screenshot(clip=self.clip))).convert("RGB")
        x, y = (now - self.clip[side] for now, side in zip(self.pointer, ("x", "y"), strict=True))
        ImageDraw.Draw(frame).polygon([(x + dx, y + dy) for dx, dy in POINTER], fill="white", outline="black")
        self.frames.append(frame)
        self.durations.append(milliseconds)

    def glide(self, end: Point) -> None:
        """Moves the pointer to a place on the screen, a few frames long."""
        for place in between((self.pointer, end)):
            self.pointer = place
            self.canvas.mouse.move(*place)
            self.shoot()

    def pull(self, start: Point, *ends: Point) -> None:
        """Pulls from one point of the picture through others, and waits for what becomes of it."""
        before = self.canvas.page.evaluate(RESULT)
        self.glide(self.canvas.at(start))
        self.canvas.mouse.down()
        for end in ends:
            self.glide(self.canvas.at(end))
        self.canvas.mouse.up()
        self.shoot(400)
        self.canvas.page.wait_for_function(
            f"(before) => ![null, before].includes(({RESULT})())", arg=before, timeout=PATIENCE
        )
        self.canvas.editor.settle()
        self.shoot(1100)

    def press(self, button: Locator, held: int = FRAME_MILLISECONDS) -> None:
        """Presses a button for as long as is said."""
        box = button.bounding_box()
        if box is None:
            raise RuntimeError("A button is not to be seen.")
        self.glide((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
        self.canvas.mouse.down()
        self.shoot(held)
        self.canvas.mouse.up()

    def write(self, file: Path) -> None:
        first, *others = self.frames
        first.save(
            file,
            save_all=True,
            append_images=others,
            duration=self.durations,
            loop=0,
            quality=QUALITY,
            method=4,
            minimize_size=True,
        )


def session(film: Film) -> None:
    """Pulls, compares, goes on, and pulls again."""
    canvas = film.canvas
    button = lambda name: canvas.page.locator(f'.dragkit [data-action="{name}"]').locator("visible=true")  # noqa: E731
    film.shoot(700)
    film.pull((506, 165), (566, 100))
    film.press(button("before"), 900)
    film.shoot(700)
    film.press(button("goOn"))
    canvas.wait(lambda state: state["picture"] is not None and not canvas.drags)
    canvas.editor.settle()
    film.shoot(900)
    film.pull((272, 372), (196, 318))
    film.press(button("before"), 900)
    film.shoot(1500)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        with ComfyServer(Path(os.environ["COMFYUI_PATH"]), base=Path(folder)) as server:
            browser = playwright.chromium.launch(executable_path=require_browser(), args=FLAGS)
            editor = Editor(browser, server, nodes2=True)
            editor.page.set_viewport_size(SCREEN)
            editor.load(path=EXAMPLE)
            canvas = Canvas(editor, server, Path(folder))
            canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
            editor.settle()
            editor.page.evaluate(LOOK, ZOOM)
            editor.settle()
            box = editor.page.locator(".dragkit").locator("visible=true").bounding_box()
            if box is None:
                raise RuntimeError("The canvas is not to be seen.")
            clip: FloatRect = {
                "x": box["x"] - MARGIN,
                "y": box["y"] - MARGIN,
                "width": box["width"] + 2 * MARGIN,
                "height": box["height"] + 2 * MARGIN,
            }
            film = Film(canvas, clip, canvas.at((700, 700)))
            session(film)
            film.write(OUTPUT)
            browser.close()


if __name__ == "__main__":
    main()
