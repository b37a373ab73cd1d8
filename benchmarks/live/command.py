"""Live: from the release of the pointer to the new picture in the page, and what takes the time.

The examples that need no download as they are, in the real page: FastDrag inverts to 0.7 of 10 steps and samples 7 of
them, the first pull is Drag Warp with its fill and no model, the moved reference samples one step, and Drag Warp with
inpainting 10 of 20; the models' pictures are 256x256.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from ...tests.page.canvas import Canvas
from ...tests.page.editor import FLAGS, Editor
from ...tools.browser import require_browser
from ...tools.environment import ROOT
from ...tools.server import ComfyServer
from ..report import Report

EXAMPLES = {"fastdrag": 0.8, "first_pull": 0.4, "dragreference": 0.3, "dragwarp": None}  # seconds wanted
WAY = 40  # times it goes into the picture's width, to and fro
PATIENCE = 120
SCREEN: ViewportSize = {"width": 1440, "height": 900}  # without a GPU a browser draws a large one slowly
CAPTION = (
    "From the release of the pointer on the canvas to the new picture in it, seconds, medians: the page (reading, "
    "sending, fetching, showing), the queue, and the nodes by what they do. CPU seconds are those of the server and of "
    "the browser."
)
STAGES = {
    "inversion": ("InvertLatent", "VAEEncode"),
    "sampling": ("KSampler", "SamplerCustom", "SamplerCustomAdvanced"),
    "decoding": ("VAEDecode",),
}


class Edit(NamedTuple):
    """The seconds of one edit by what took them, and the nodes that ran."""

    seconds: Mapping[str, float]
    ran: Mapping[str, float]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dragkit.py benchmark live", description=__doc__)
    parser.add_argument("--examples", nargs="+", choices=list(EXAMPLES), default=list(EXAMPLES))
    parser.add_argument("--edits", type=int, default=15, help="pulls of each example")
    parser.add_argument("--nodes", action="store_true", help="print what each node takes")
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as folder, ComfyServer(Path(os.environ["COMFYUI_PATH"]), Path(folder)) as server:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=require_browser(), args=FLAGS)
            for name in options.examples:
                edits = pulled(browser, server, name, options.edits)
                rows.append(row(name, edits))
                if options.nodes:
                    print(name, {kind: round(1e3 * value) for kind, value in by_node(edits).items()}, "ms")
            browser.close()
    Report("live", "Live").put("edits", CAPTION, rows, edits=options.edits)
    return 0


def pulled(browser: Browser, server: ComfyServer, name: str, count: int) -> list[Edit]:
    """Opens an example, runs it once, and pulls its last drag or region to and fro with Live on."""
    editor = Editor(browser, server, nodes2=False)
    editor.page.set_viewport_size(SCREEN)
    editor.open(ROOT / "example_workflows" / f"{name}.json")
    canvas = Canvas(editor, server, server.base)
    editor.page.evaluate(Path(__file__).with_name("watch.js").read_text(encoding="utf-8"))
    if (ended := editor.ask("run")) != "success":
        raise RuntimeError(f"{name}: {ended}")
    kinds = {number: node["class_type"] for number, node in editor.ask("prompt").items()}
    editor.page.evaluate("liveTest.look()")
    canvas.settled()
    canvas.use("region" if not canvas.value["drags"] else "drag")
    if not canvas.page.evaluate("liveTest.isOn()"):
        canvas.action("runs")
    rest(canvas, server)
    way = canvas.value["size"][0] / WAY
    edits = [edited(canvas, server, kinds, way * (-1) ** turn) for turn in range(count + 2)]
    editor.page.close()
    return edits[2:]


def edited(canvas: Canvas, server: ComfyServer, kinds: Mapping[str, str], way: float) -> Edit:
    """One pull, and the wait for its picture."""
    canvas.page.wait_for_timeout(300)
    canvas.page.evaluate("liveTest.look()")
    canvas.settled()
    canvas.page.evaluate("liveTest.take()")
    x, y = canvas.page.evaluate("liveTest.end()")
    before, drawn = processor_seconds(server), canvas.value
    for move in ((x, y), (x + way, y)):
        canvas.move(move)
        canvas.mouse.down() if move == (x, y) else canvas.mouse.up()
    if canvas.value == drawn:
        raise RuntimeError(f"The pull from {x}, {y} by {way} px changed nothing.")
    end = time.monotonic() + PATIENCE
    marks: list[dict[str, Any]] = []
    while not ended(marks):
        canvas.page.wait_for_timeout(20)
        marks = canvas.page.evaluate("liveTest.marks")
        if time.monotonic() > end:
            fault = canvas.page.evaluate("canvasTest.editor().scene.results.fault")
            raise RuntimeError(f"No new picture within {PATIENCE} s; the canvas says {fault!r}: {marks}")
    cost = [b - a for a, b in zip(before, processor_seconds(server), strict=True)]
    return divided(marks, canvas.page.evaluate("liveTest.sent()[0]"), kinds, cost)


def rest(canvas: Canvas, server: ComfyServer) -> None:
    """Waits until the run that Live begins with has ended and is shown."""
    end = time.monotonic() + PATIENCE
    while canvas.page.evaluate("liveTest.isBusy()") or any(server.get("/queue").values()):
        canvas.page.wait_for_timeout(100)
        if time.monotonic() > end:
            raise RuntimeError(f"Live does not come to rest within {PATIENCE} s.")
    canvas.editor.settle()


def ended(marks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run has ended and what it shows is to be seen."""
    kinds = [mark["what"] for mark in marks]
    return (
        "execution_success" in kinds and "shown" in kinds[kinds.index("executed") :] if "executed" in kinds else False
    )


def divided(
    marks: Sequence[Mapping[str, Any]], sent: Mapping[str, float], kinds: Mapping[str, str], cost: Sequence[float]
) -> Edit:
    """What took the time between the release and the picture."""
    at = {mark["what"]: mark["at"] for mark in reversed(marks)}
    at["shown"] = next(mark["at"] for mark in marks if mark["what"] == "shown" and mark["at"] > at["executed"])
    ends = [mark for mark in marks if mark["what"] in ("executing", "execution_success")]
    ran: dict[str, float] = {}
    for mark, following in zip(ends, ends[1:], strict=False):
        if mark["what"] == "executing":
            kind = kinds.get(mark["node"], "?")
            ran[kind] = ran.get(kind, 0.0) + (following["at"] - mark["at"]) / 1e3
    start = min(mark["at"] for mark in ends)
    stages = {stage: sum(ran.get(kind, 0.0) for kind in members) for stage, members in STAGES.items()}
    nodes = (max(mark["at"] for mark in marks if mark["what"] == "executed" and mark["at"] < at["shown"]) - start) / 1e3
    whole = (at["shown"] - at["release"]) / 1e3
    queue = (start - sent["startTime"]) / 1e3
    seconds = {"all": whole, "page": whole - queue - nodes, "queue": queue, **stages}
    seconds["other nodes"] = nodes - sum(stages.values())
    return Edit(seconds | {"server CPU": cost[0], "browser CPU": cost[1]}, ran)


def processor_seconds(server: ComfyServer) -> tuple[float, float]:
    """CPU seconds of the server, and of the browser with all of its processes."""
    browsers = [p for p in psutil.Process().children(recursive=True) if p.pid != server.pid]
    return spent(psutil.Process(server.pid)), sum(spent(process) for process in browsers)


def spent(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def row(name: str, edits: Sequence[Edit]) -> dict[str, Any]:
    columns = {key: median(edit.seconds[key] for edit in edits) for key in edits[0].seconds}
    return {"example": name, "wanted": EXAMPLES[name], **columns, "runs again": ", ".join(by_node(edits))}


def by_node(edits: Sequence[Edit]) -> dict[str, float]:
    """The median seconds of every node that ran in the last edit, by its kind."""
    return {kind: median(edit.ran.get(kind, 0.0) for edit in edits) for kind in edits[-1].ran}
