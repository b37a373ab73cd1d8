"""What a frame of the canvas takes while a drag is pulled, beside one in which the pointer only passes over it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from ...tests.page.canvas import Canvas, picture
from ...tests.page.editor import FLAGS, Editor
from ...tools.browser import require_browser
from ...tools.server import ComfyServer
from ..report import Report, Row
from .timing import Turns, take_turns

SIDES = ((512, 512), (6000, 4000))  # a usual picture, and a photo of 24 megapixels
FRAMES = 45
CAPTION = (
    "The canvas in the page of a server, in a browser that draws without a GPU: frames in which the target of a drag "
    "is pulled about, beside those in which the pointer only passes over it, by turns; medians of 45 frames."
)


def put_all(report: Report, rounds: int) -> None:
    """Writes the table."""
    with open_canvas() as canvas:
        report.put("frames", CAPTION, [row(canvas, sides, rounds) for sides in SIDES], rounds=rounds)


@contextmanager
def open_canvas() -> Generator[Canvas]:
    """A canvas in the page of a server of its own."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        with ComfyServer(Path(os.environ["COMFYUI_PATH"]), base=Path(folder)) as server:
            browser = playwright.chromium.launch(executable_path=require_browser(), args=FLAGS)
            yield Canvas(Editor(browser, server, nodes2=True), server, Path(folder))
            browser.close()


def row(canvas: Canvas, sides: tuple[int, int], rounds: int) -> Row:
    """Draws a drag of a part of a picture, and measures its frames."""
    x, y = sides[0] // 4, sides[1] // 4
    mask = {"brush": [{"radius": x // 2, "points": [[x, y], [2 * x, y]]}]}
    drag = {"handle": [x, y], "target": [2 * x, y]}
    name = f"{sides[0]}x{sides[1]}"
    canvas.upload(f"{name}.jpg", picture(sides))
    canvas.fresh(f"{name}.jpg", {"version": 1, "size": list(sides), "drags": [drag], "mask": [mask]})

    def frame_seconds(held: bool) -> float:
        return median(canvas.ask("frameTimes", x // 2, FRAMES, held)) / 1000

    frame_seconds(True)
    turns = take_turns(lambda: frame_seconds(False), lambda: frame_seconds(True), rounds)
    return {"picture": name, **columns(turns)}


def columns(turns: Turns) -> Row:
    """The columns of frames by turns."""
    return {
        "passing ms": 1000 * median(turns.bare),
        "pulling ms": 1000 * median(turns.whole),
        "ratio": median(turns.ratios),
        "frames a second": 1 / median(turns.whole),
    }
