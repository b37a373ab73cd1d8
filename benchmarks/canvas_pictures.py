"""The pictures of the drag canvas for the README: a screenshot, and an animation of a face being drawn on.

`COMFYUI_PATH=... python benchmarks/canvas_pictures.py` drives the page of a server as its tests do, and writes
docs/images/canvas.png and docs/images/canvas.gif.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import _pack
import numpy as np
from PIL import Image, ImageDraw

_pack.register()

from dragkit.demo.scenes import SCENES  # noqa: E402
from dragkit.tests.page.canvas import Canvas, Point  # noqa: E402
from dragkit.tests.page.editor import FLAGS, Editor  # noqa: E402
from dragkit.tools.browser import require_browser  # noqa: E402
from dragkit.tools.edits import FASTDRAG  # noqa: E402
from dragkit.tools.pictures import to_image  # noqa: E402
from dragkit.tools.server import ComfyServer  # noqa: E402
from playwright.sync_api import FloatRect, sync_playwright  # noqa: E402

SIZE = 512
STEPS = 7
FRAME_MILLISECONDS = 70
HOLD_MILLISECONDS = 1400
COLOURS = 255
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
OUTPUT = _pack.ROOT / "docs" / "images"


class Film:
    """Screenshots of a canvas with the pointer drawn in, as a user would see them go by."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.frames: list[Image.Image] = []
        box = canvas.page.locator(".dragkit").locator("visible=true").bounding_box()
        if box is None:
            raise RuntimeError("The canvas is not to be seen.")
        self.clip: FloatRect = {
            "x": box["x"] - 8,
            "y": box["y"] - 8,
            "width": box["width"] + 16,
            "height": box["height"] + 16,
        }

    def shoot(self, pointer: Point | None = None) -> None:
        self.canvas.settled()
        frame = Image.open(io.BytesIO(self.canvas.page.screenshot(clip=self.clip))).convert("RGB")
        if pointer:
            x, y = self.canvas.at(pointer)
            shape = [(x - self.clip["x"] + dx, y - self.clip["y"] + dy) for dx, dy in POINTER]
            ImageDraw.Draw(frame).polygon(shape, fill="white", outline="black")
        self.frames.append(frame)

    def pull(self, *points: Point) -> None:
        """Presses at the first point and goes through the others, a few frames each."""
        self.canvas.move(points[0])
        self.canvas.mouse.down()
        for point in between(points):
            self.canvas.move(point)
            self.shoot(point)
        self.canvas.mouse.up()
        self.shoot(points[-1])

    def write(self, file: Path) -> None:
        palette = self.frames[-1].quantize(COLOURS, kmeans=3)
        small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        durations = [FRAME_MILLISECONDS] * (len(small) - 1) + [HOLD_MILLISECONDS]
        small[0].save(file, save_all=True, append_images=small[1:], duration=durations, loop=0, optimize=True)


def between(points: tuple[Point, ...]) -> Iterator[Point]:
    """Points on the way along a line, slower at its ends."""
    shares = (1 - np.cos(np.pi * np.arange(1, STEPS + 1) / STEPS)) / 2
    for start, end in zip(points, points[1:], strict=False):
        yield from (tuple(np.add(start, share * np.subtract(end, start))) for share in shares)


def draw(canvas: Canvas, film: Film, mouth: Point) -> None:
    """Paints the mask around a mouth, holds its other corner, and lifts this one."""
    x, y = mouth
    canvas.use("brush")
    canvas.page.locator('.dragkit [data-option="radius"]').locator("visible=true").fill("46")
    film.shoot()
    film.pull((x + 16, y + 8), (x - 70, y + 20), (x - 160, y + 4))
    canvas.use("anchor")
    canvas.click((x - 134, y - 4))
    film.shoot((x - 134, y - 4))
    canvas.use("drag")
    film.pull((x, y), (x + 14, y - 30), (x + 22, y - 46))
    film.pull((x + 22, y - 46), (x - 6, y + 26), (x + 18, y - 40))
    film.pull((x - 68, y + 4), (x - 68, y + 26))
    canvas.mouse.move(5, 5)
    film.shoot()


def main() -> None:
    edit = FASTDRAG["face"]
    scene, parameters = SCENES[edit.scene], edit.parameters
    mouth = tuple((scene.place(parameters, edit.keypoint)[0] * SIZE).round().tolist())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        with ComfyServer(Path(os.environ["COMFYUI_PATH"]), base=Path(folder)) as server:
            browser = playwright.chromium.launch(executable_path=require_browser(), args=FLAGS)
            canvas = Canvas(Editor(browser, server, nodes2=True), server, Path(folder))
            canvas.upload("face.png", to_image(scene.render(parameters, SIZE)[0]))
            canvas.fresh("face.png")
            film = Film(canvas)
            draw(canvas, film, mouth)
            canvas.screenshot(OUTPUT / "canvas.png")
            film.write(OUTPUT / "canvas.gif")
            browser.close()


if __name__ == "__main__":
    main()
