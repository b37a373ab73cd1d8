"""The drag canvas in the graph editor, drawn on as a user would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dragkit.tests.page.editor import Editor
from dragkit.tools.server import ComfyServer
from PIL import Image

SIZE = 512
WAIT_MILLISECONDS = 15000
Point = tuple[float, float]


def picture(size: tuple[int, int] = (SIZE, SIZE), seed: int = 0, transparent: bool = False) -> Image.Image:
    """A smooth coloured picture, light and dark in parts, or one whose left half is transparent."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    if transparent:
        alpha = np.full((size[1], size[0]), 255, dtype=np.uint8)
        alpha[:, : size[0] // 2] = 0
        image.putalpha(Image.fromarray(alpha))
    return image


class Canvas:
    """One canvas node of an open page."""

    def __init__(self, editor: Editor, server: ComfyServer, folder: Path) -> None:
        self.editor, self.server, self.folder = editor, server, folder
        self.page, self.mouse, self.keyboard = editor.page, editor.page.mouse, editor.page.keyboard
        for name in ("canvas.js", "pull.js"):
            self.page.evaluate(Path(__file__).with_name(name).read_text(encoding="utf-8"))

    def upload(self, name: str, image: Image.Image) -> str:
        """Puts a picture into the server's input folder, as the kind of file that its name says."""
        file = self.folder / name
        image.save(file)
        return self.server.upload(file)

    def ask(self, name: str, *arguments: Any) -> Any:
        """Calls one of the functions of canvas.js."""
        return self.page.evaluate("([name, given]) => canvasTest[name](...given)", [name, list(arguments)])

    def fresh(self, name: str | None = None, value: Any = None) -> None:
        """Starts a new graph with a canvas, and waits for its picture if it gets one."""
        self.node_id = self.ask("fresh", name, value)
        self.wait(lambda state: state["shown"] and bool(state["picture"]) == bool(name))
        self.ask("settle")

    def wait(self, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Returns the state of the canvas as soon as it meets a condition."""
        for _ in range(WAIT_MILLISECONDS // 50):
            state = self.ask("state")
            if met(state):
                return self.settled()
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the canvas stays {state}")

    def settled(self) -> dict[str, Any]:
        """Returns the state after everything is laid out and drawn."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.ask("state")

    @property
    def value(self) -> dict[str, Any]:
        return self.ask("value")

    @property
    def drags(self) -> list[list[list[float]]]:
        """Handle and target of each drag."""
        return [[d["handle"], d["target"]] for d in self.value["drags"]]

    def at(self, point: Point) -> Point:
        return self.ask("at", *point)

    def move(self, point: Point) -> None:
        self.mouse.move(*self.at(point))

    def pull(self, *points: Point, button: str = "left") -> None:
        """Presses at the first point, goes through the others and releases at the last."""
        self.move(points[0])
        self.mouse.down(button=button)
        for point in points[1:]:
            self.move(point)
        self.mouse.up(button=button)
        self.settled()

    def click(self, point: Point, button: str = "left") -> None:
        self.pull(point, button=button)

    def use(self, tool: str) -> None:
        self.action(tool)
        assert self.ask("state")["tool"] == tool

    def action(self, name: str) -> None:
        """Presses a button of the canvas."""
        self.page.locator(f'.dragkit [data-action="{name}"]').locator("visible=true").click()
        self.settled()

    def choose(self, option: str, value: str) -> None:
        self.page.locator(f'.dragkit [data-option="{option}"]').locator("visible=true").select_option(value)
        self.settled()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.keyboard.press(key)
        self.settled()

    def shows(self, mask: Sequence[Sequence[bool]] | np.ndarray) -> bool:
        """Tells whether the page shows exactly this mask."""
        shown = np.frombuffer(self.ask("mask").encode(), dtype=np.uint8) == ord("1")
        return bool(np.array_equal(shown.reshape(np.shape(mask)), np.asarray(mask, dtype=bool)))

    def screenshot(self, file: Path) -> None:
        box = self.page.locator(".dragkit").locator("visible=true").first.bounding_box()
        edge = 40
        clip = {"x": box["x"] - edge, "y": box["y"] - 3 * edge}
        self.page.screenshot(
            path=file, clip={**clip, "width": box["width"] + 2 * edge, "height": box["height"] + 4 * edge}
        )
