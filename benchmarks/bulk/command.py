"""Bulk runs on this machine: what they cost beside the bare edit, two workers beside one, memory, and what is lost.

The edits are those of the bundled transformer, small and quick, so that what the run itself costs shows.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from ...bulk.cluster import joined
from ...bulk.command import main as bulk
from ...bulk.editor import prepared, uploaded
from ...bulk.graph import read_graph
from ...bulk.jobs import read_jobs
from ...bulk.places import Place
from ...bulk.recipe import GraphRecipe
from ...bulk.tasks import Task
from ...tools.comfyui import configured_host, fetched_host
from ...tools.server import ComfyServer, device_flags
from ..report import Report
from .cluster import Losses, three_nodes
from .jobs import write_jobs

RATE_CAPTION = (
    "The same edits, one after the other on a server by a plain loop, and by a bulk run of one and of two workers on "
    "one machine; starting is not counted. Two workers on two cores can only fill what one leaves idle."
)
LOSS_CAPTION = (
    "A cluster of three nodes on one machine, each in processes of its own: all processes of one are killed after a "
    "third of the edits, another's ComfyUI after two thirds."
)
PARTS = ("losses", "rates", "memory")
MEMORY_CAPTION = "Memory of a bulk run of one worker and its ComfyUI, in MiB, by how many edits are done."


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dragkit.py benchmark bulk", description=__doc__)
    parser.add_argument("--edits", type=int, default=300, help="in all; a third of them for the rates (%(default)s)")
    parser.add_argument("--part", choices=PARTS, action="append", help="repeatable; default: all")
    options = parser.parse_args(arguments)
    os.environ.setdefault("RAY_worker_niceness", "0")  # as the plain loop's server
    parts, report = options.part or PARTS, Report("bulk", "Bulk runs")
    settings = {"network": "the bundled transformer", "picture": "256x256"}
    with tempfile.TemporaryDirectory() as place:
        folder, edits = Path(place), options.edits
        if "losses" in parts:
            table, graph = table_of(folder / "losses", edits)
            report.put("losses", LOSS_CAPTION, [with_losses(table, graph, edits)], **settings)
        if "rates" in parts:
            report.put("rates", RATE_CAPTION, rates(folder, edits // 3), **settings)
        if "memory" in parts:
            table, graph = table_of(folder / "memory", edits)
            report.put("memory", MEMORY_CAPTION, memory(table, graph, edits), **settings)
    return 0


def with_losses(table: Path, graph: Path, edits: int) -> dict[str, Any]:
    """What came of a run on a cluster that loses parts."""
    output = table.parent / "lost"
    with three_nodes() as cluster:
        losses = Losses(cluster, output, edits)
        losses.start()
        ended = bulk([str(table), *options_of(graph, output), "--address", cluster.address, "--workers", "3"])
    lines = [json.loads(line) for part in (output / "results").glob("*.jsonl") for line in part.open()]
    good = [line["id"] for line in lines if not line["error"]]
    lost = {f"{loss.what} is lost after": loss.after for loss in losses.seen}
    counts = {"done": len(set(good)), "told twice": len(good) - len(set(good)), "failed": len(lines) - len(good)}
    return {"edits": edits, **lost, **counts, "ended with": ended}


def rates(folder: Path, edits: int) -> list[dict[str, Any]]:
    """Seconds an edit by a plain loop and by bulk runs."""
    table, graph = table_of(folder / "rates", edits)
    bare = plain_loop(table, graph)
    rows = [{"way": "a plain loop", "edits": edits, "seconds an edit": bare, "beside the loop": 1.0}]
    for workers in (1, 2):
        way = f"{workers} workers" if workers > 1 else "1 worker"
        bulk([str(table), *options_of(graph, folder / way), "--workers", str(workers)])
        seconds = pace(folder / way)
        rows.append({"way": way, "edits": edits, "seconds an edit": seconds, "beside the loop": seconds / bare})
    return rows


def memory(table: Path, graph: Path, edits: int) -> list[dict[str, Any]]:
    """The memory of a run of one worker."""
    output = table.parent / "watched"
    watched = Memory(output, edits)
    watched.start()
    bulk([str(table), *options_of(graph, output), "--workers", "1"])
    return watched.rows


def table_of(folder: Path, edits: int) -> tuple[Path, Path]:
    """A table of so many jobs, and its graph, in a folder of their own."""
    folder.mkdir()
    return write_jobs(folder, edits)


def options_of(graph: Path, output: Path) -> list[str]:
    return ["--workflow", str(graph), "--output", str(output)]


def plain_loop(table: Path, graph: Path) -> float:
    """Seconds an edit takes a server that is sent one prompt after the other, after the first."""
    with joined(None, 1):
        jobs = read_jobs(Place.of(str(table)))
        tasks = [Task.unpacked(row) for row in jobs.dataset.take_all()]
    recipe = GraphRecipe(read_graph(str(graph)), (), None, jobs.columns, frozenset(), jobs.beside)
    with ComfyServer(configured_host() or fetched_host(), flags=device_flags()) as server:
        recipe.bind(server.get("/object_info"))
        times = [timed(server, recipe, task) for task in tasks]
    return sum(times[1:]) / (len(times) - 1)


def timed(server: ComfyServer, recipe: GraphRecipe, task: Task) -> float:
    """Seconds from the sending of a prompt to its picture."""
    start = time.monotonic()
    prompted, files = prepared(recipe, task)
    with uploaded(server, files):
        result = server.prompt(prompted.graph, targets=[prompted.output])
        server.view(result.outputs[prompted.output]["images"][0])
    return time.monotonic() - start


def pace(output: Path) -> float:
    """Seconds from one edit to the next, by when the pictures of a run were written."""
    times = sorted(file.stat().st_mtime for file in (output / "pictures").rglob("*.png"))
    return (times[-1] - times[0]) / (len(times) - 1)


class Memory(threading.Thread):
    """Watches what this process and its children hold while pictures come in."""

    def __init__(self, output: Path, edits: int) -> None:
        super().__init__(daemon=True)
        self.pictures, self.edits, self.rows = output / "pictures", edits, list[dict[str, Any]]()

    def run(self) -> None:
        while True:
            done = sum(1 for _ in self.pictures.rglob("*.png"))
            if 10 * done >= self.edits * (len(self.rows) + 1) and done < self.edits:  # at the end the server is stopped
                self.rows.append({"edits": done} | held())
            time.sleep(0.2)


def held() -> dict[str, float]:
    """MiB of the servers below this process, and of all else."""
    sizes = {"ComfyUI": 0.0, "all else": 0.0}
    own = psutil.Process(os.getpid())
    for process in [own, *own.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            kind = "ComfyUI" if "main.py" in " ".join(process.cmdline()) else "all else"
            sizes[kind] += process.memory_info().rss / 2**20
    return {kind: round(size) for kind, size in sizes.items()}
