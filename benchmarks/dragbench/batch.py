"""Runs a graph over samples, on one server or several, and keeps what was done in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...tools.client import ComfyClient, PromptError
from ...tools.environment import SetupError
from ...tools.workflow import Graph
from ..fleet import Fleet
from .drag_form import drag_json
from .graph import BenchmarkGraph
from .samples import Sample


@dataclass(frozen=True)
class Entry:
    """What came of a sample: the seconds it took, or why it failed."""

    sample: str
    seconds: float | None = None
    server: str | None = None
    error: str | None = None


class RunFolder:
    """The results of one graph with one set of settings: a picture per sample, and a log of what came of each."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self._lock = folder, folder / "samples.jsonl", threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def claim(self, settings: Mapping[str, Any]) -> None:
        """Notes what the pictures are made with; refuses a folder whose pictures were made otherwise."""
        file = self.folder / "settings.json"
        kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        other = [name for name in settings if kept.get(name, settings[name]) != settings[name]]
        if other:
            raise SetupError(
                f"{self.folder} holds results of another run (its {' and '.join(other)} differ); "
                "give a new folder by --run, or delete this one."
            )
        file.write_text(json.dumps({**kept, **settings}, indent=1), encoding="utf-8")

    def picture(self, sample: str) -> Path:
        """Where a sample's result lies."""
        return self.folder / "pictures" / f"{sample}.png"

    def entries(self) -> dict[str, Entry]:
        """The last entry of every sample; a line that was cut off is passed over."""
        found = {}
        for line in self.log.read_text(encoding="utf-8").splitlines() if self.log.is_file() else ():
            try:
                entry = Entry(**json.loads(line))
            except (json.JSONDecodeError, TypeError):
                continue
            found[entry.sample] = entry
        return found

    def done(self) -> dict[str, Entry]:
        """The samples that have a result."""
        return {name: e for name, e in self.entries().items() if not e.error and self.picture(name).is_file()}

    def failed(self) -> dict[str, Entry]:
        return {name: entry for name, entry in self.entries().items() if entry.error}

    def keep(self, entry: Entry) -> None:
        with self._lock, self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(entry)) + "\n")

    def keep_picture(self, sample: str, picture: bytes) -> None:
        """Writes a result as a whole or not at all."""
        file = self.picture(sample)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(picture)
        os.replace(part, file)


class Progress:
    """Tells after every sample how many are done and how long the rest will take."""

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self.total, self.done, self.say = total, 0, say
        self._start, self._lock = time.monotonic(), threading.Lock()

    def step(self, sample: str, outcome: str) -> None:
        with self._lock:
            self.done += 1
            left = (time.monotonic() - self._start) / self.done * (self.total - self.done)
            self.say(f"[{self.done}/{self.total}] {sample} {outcome}, {duration(left)} left")


def duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


class Batch:
    """The samples that a run has still to do, shared by servers."""

    def __init__(self, graph: BenchmarkGraph, run: RunFolder, timeout: float, say: Callable[[str], None]) -> None:
        self.graph, self.run, self.timeout, self.say = graph, run, timeout, say

    def do(self, samples: Sequence[Sample], clients: Sequence[ComfyClient]) -> None:
        """Runs samples; one that fails is noted and gone on from."""
        self.progress = Progress(len(samples), self.say)
        with tempfile.TemporaryDirectory() as folder:
            self._uploads = Path(folder)
            Fleet(clients, self._edit, self._note).run([[sample] for sample in samples])

    def _edit(self, client: ComfyClient, sample: Sample) -> None:
        start = time.monotonic()
        picture = self._upload(client, "picture", sample.image())
        area = sample.editable
        mask = None if area is None else self._upload(client, "mask", Image.fromarray(area))
        prompt = self.graph.for_sample(picture, mask, drag_json(sample), sample.prompt)
        outputs = self._prompted(client, prompt).get(self.graph.output, {})
        if not outputs.get("images"):
            raise PromptError("The graph gave no picture.", "failed", {})
        self.run.keep_picture(sample.name, client.view(outputs["images"][-1]))
        seconds = time.monotonic() - start
        self.run.keep(Entry(sample.name, round(seconds, 2), client.address))
        self.progress.step(sample.name, f"{seconds:.1f} s")

    def _prompted(self, client: ComfyClient, prompt: Graph) -> dict[str, Any]:
        """The outputs of a prompt; a refusal that is not about the sample's own parts ends the whole run."""
        try:
            return client.prompt(prompt, timeout=self.timeout, targets=[self.graph.output]).outputs
        except PromptError as error:
            if error.kind == "refused" and set(error.details.get("node_errors") or {}) - self.graph.filled:
                raise SetupError(f"The server at {client.address} refuses the graph: {error}") from None
            raise

    def _note(self, sample: Sample, reason: str) -> None:
        self.run.keep(Entry(sample.name, error=reason))
        self.progress.step(sample.name, f"FAILED: {reason}")

    def _upload(self, client: ComfyClient, part: str, image: Image.Image) -> str:
        """Uploads an image under a name that says what is in it, so that no other sample's takes its place."""
        pixels = BytesIO()
        image.convert("RGB").save(pixels, "PNG")
        digest = hashlib.sha256(pixels.getvalue()).hexdigest()[:12]
        file = self._uploads / f"dragbench_{part}_{digest}.png"
        file.write_bytes(pixels.getvalue())
        return client.upload(file)


def result_image(file: Path, size: tuple[int, int]) -> Image.Image:
    """A result as the protocols measure it: resized to its source's size where the model needs another."""
    with Image.open(file) as result:
        result = result.convert("RGB")
    return result if result.size == size else result.resize(size, Image.Resampling.BILINEAR)


def mean_seconds(entries: Mapping[str, Entry]) -> float | None:
    """Seconds per sample; the first of every server is left out where there are others, as it loads the model."""
    seen: set[str | None] = set()
    warm, cold = [], []
    for entry in entries.values():
        (warm if entry.server in seen else cold).append(entry.seconds)
        seen.add(entry.server)
    return float(np.mean(warm or cold)) if entries else None
