"""The graph editor of a running server in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from dragkit.tools.server import ComfyServer
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SETTINGS = {
    "Comfy.TutorialCompleted": True,
    "Comfy.OnboardingCoachmarks.Seen": ["appMode", "firstRun"],
    "Comfy.Workflow.Persist": False,
    "Comfy.Workflow.ShowMissingModelsWarning": False,
    "Comfy.Notification.ShowVersionUpdates": False,
    "Comfy.Minimap.Visible": False,
    "Comfy.Graph.CanvasInfo": False,
    "Comfy.RightSidePanel.IsOpen": False,
    "Comfy.ColorPalette": "dark",
}
HARMLESS = (
    r"user\.css",
    r"/userdata\?dir=",
    r"comfy\.templates\.json",
    r"ComfyApp graph accessed before initialization",
    r"legacy queue/history menu",
    r"open_maskeditor",
    r"input\.link",
    r"(Failed to load resource|Access to fetch).*https?://(?!127\.0\.0\.1)",
)
START_SECONDS = 120
STILL_FRAMES = 15
MOST_FRAMES = 2000


class Box(NamedTuple):
    """A named rectangle in graph units."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        apart = (
            self.x >= other.x + other.width
            or other.x >= self.x + self.width
            or self.y >= other.y + other.height
            or other.y >= self.y + self.height
        )
        return not apart

    def contains(self, other: Box) -> bool:
        right, bottom = other.x + other.width, other.y + other.height
        across = self.x <= other.x and right <= self.x + self.width
        return across and self.y <= other.y and bottom <= self.y + self.height


class Editor:
    """One page with the graph editor, in the classic renderer or in Nodes 2.0; it remembers errors of the page."""

    def __init__(self, browser: Browser, server: ComfyServer, nodes2: bool) -> None:
        self.name = "nodes2" if nodes2 else "classic"
        self._errors: list[str] = []
        self._server = server
        self.page: Page = browser.new_page(viewport={"width": 2400, "height": 1200})
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))
        self.page.on("console", self._listen)
        self._awaited: set[Request] = set()
        self.page.on("request", self._await)
        for ending in ("requestfinished", "requestfailed"):
            self.page.on(ending, self._arrive)
        self.page.add_init_script(path=Path(__file__).with_name("editor.js"))
        self.load()

    def load(self, language: str = "en", path: str = "") -> None:
        """Loads the page in a language, as an address names it."""
        own = {"Comfy.VueNodes.Enabled": self.name == "nodes2", "Comfy.Locale": language}
        self._server.post("/api/settings", SETTINGS | own)
        self.page.goto(self._server.address + path, wait_until="domcontentloaded")
        self.page.wait_for_function("window.app?.vueAppReady", timeout=1000 * START_SECONDS)
        self.settle()

    def rest(self) -> None:
        """Has the page draw nothing until it is begun with again."""
        self.page.evaluate("() => dragkitTest.rest()")

    def begin(self) -> None:
        """Turns to the page, without the graph and the errors of before."""
        self.page.evaluate("() => dragkitTest.wake()")
        self.page.bring_to_front()
        self.page.evaluate("() => app.loadGraphData({ nodes: [], links: [], version: 0.4 })")
        self.forget()

    def open(self, workflow: Path) -> dict[str, Any]:
        """Opens a workflow file, all of it in view, and returns what the file holds."""
        content = json.loads(workflow.read_text(encoding="utf-8"))
        self.page.evaluate("workflow => dragkitTest.open(workflow)", content)
        self.settle()
        return content

    def ask(self, name: str) -> Any:
        """Calls one of the functions of editor.js."""
        return self.page.evaluate(f"() => dragkitTest.{name}()")

    def boxes(self, kind: str) -> list[Box]:
        """Returns the boxes of all nodes (`nodeBoxes`) or groups (`groupBoxes`)."""
        return [Box(item["name"], *item["box"]) for item in self.ask(kind)]

    def errors(self, *expected: str) -> list[str]:
        """Returns the errors of the page and its console, without the editor's own and those that are expected."""
        return [e for e in self._errors if not any(re.search(pattern, e) for pattern in (*HARMLESS, *expected))]

    def forget(self) -> None:
        """Forgets the errors so far."""
        self._errors.clear()

    def settle(self) -> None:
        """Waits until nothing is on its way to the page and what it shows has stood still for some frames."""
        still, seen = 0, None
        for _ in range(MOST_FRAMES):
            now = self.page.evaluate("() => dragkitTest.look()")
            still, seen = (still + 1 if now == seen and not self._awaited else 0), now
            if still == STILL_FRAMES:
                return
        raise AssertionError(f"the page does not come to rest: {seen}; on their way are {self._awaited}")

    def _await(self, request: Request) -> None:
        if request.url.startswith(self._server.address):
            self._awaited.add(request)

    def _arrive(self, request: Request) -> None:
        self._awaited.discard(request)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append(f"{message.text} {message.location.get('url', '')}")


class Editors:
    """The graph editor in each renderer, opened when it is first asked for; the other one rests meanwhile."""

    def __init__(self, browser: Browser, server: ComfyServer) -> None:
        self._browser, self._server = browser, server
        self._opened: dict[bool, Editor] = {}

    def turn_to(self, nodes2: bool) -> Editor:
        """Returns the one in the classic renderer or in Nodes 2.0, with an empty graph."""
        for other in self._opened.values():
            other.rest()
        editor = self._opened.get(nodes2) or Editor(self._browser, self._server, nodes2)
        self._opened[nodes2] = editor
        editor.begin()
        return editor
