"""A hand with the object tool: the page's own modules in a browser, without a page around them."""

from __future__ import annotations

import base64
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Page, sync_playwright

from ...core.grid.raster import rasterise
from ...core.instruction.form import read_drag
from ...core.instruction.geometry import Extent
from ...tools.browser import ORIGIN, require_browser, serve_modules

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
READ = """
const answer = await fetch(`data:;base64,${given.picture}`)
const picture = { data: new Uint8ClampedArray(await answer.arrayBuffer()), size: given.size }
"""
INSTRUCTION = "const { instructionOf } = await import('/segment/pull.js'); return instructionOf(picture, given.things)"
TAKE = """
const { studied } = await import('/segment/study.js'), { taken } = await import('/segment/take.js')
const { withLine, NO_MARKS } = await import('/segment/marks.js')
const began = performance.now(), study = studied(picture), looked = performance.now()
const shape = taken(study, withLine(NO_MARKS, given.stroke), picture.size)
return { shape, looking: looked - began, finding: performance.now() - looked }
"""


class Taken(NamedTuple):
    """What one stroke found: its pixels (H, W), the length of its text, and the milliseconds on picture and stroke."""

    area: np.ndarray
    bytes: int
    looking: float
    finding: float


class Hand:
    """Strokes and pulls on pictures (H, W, 3) uint8, in their pixels."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def take(self, picture: np.ndarray, points: list, radius: float) -> Taken:
        found = self.run(picture, TAKE, stroke={"radius": radius, "points": points})
        size = Extent(picture.shape[1], picture.shape[0])
        area = np.zeros(picture.shape[:2], dtype=bool)
        if found["shape"]:
            spec = read_drag({"version": 1, "size": list(size), "mask": [found["shape"]]})
            area = rasterise(spec.mask[0], size).numpy().astype(bool)
        text = str(found["shape"]).replace(" ", "")
        return Taken(area, len(text), found["looking"], found["finding"])

    def instruction(self, picture: np.ndarray, things: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The instruction of things that are each stroked over and pulled: {"stroke": ..., "pulls": [...]}."""
        return self.run(picture, INSTRUCTION, things=list(things))

    def run(self, picture: np.ndarray, script: str, **given: Any) -> Any:
        opaque = np.full((*picture.shape[:2], 1), 255, dtype=np.uint8)
        data = base64.b64encode(np.concatenate([picture, opaque], axis=2).tobytes()).decode()
        whole = {"picture": data, "size": [picture.shape[1], picture.shape[0]], **given}
        return self.page.evaluate(f"async (given) => {{ {READ}{script} }}", whole)


@contextmanager
def open_hand() -> Generator[Hand]:
    """A hand, until the end of the block; raises SetupError where there is no browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_browser(), args=FLAGS)
        page = browser.new_page()
        page.route(f"{ORIGIN}/**", serve_modules)
        page.goto(ORIGIN)
        yield Hand(page)
        browser.close()
