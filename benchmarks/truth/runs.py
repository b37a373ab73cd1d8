"""Runs the arms over the cases on servers and keeps every result and its score, so that a run can go on later."""

from __future__ import annotations

import io
import json
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from ...tools.client import ComfyClient
from ...tools.pictures import to_image, to_tensor
from ..fleet import Fleet
from ..pixel_warp import pixel_warp
from .arms import HERE, NO_EDIT, TRUTH_ENCODED, Arm
from .cases import Case
from .scores import Score, score

TIMEOUT = 1800


class Job(NamedTuple):
    """One case by one way."""

    arm: Arm
    case: Case


class Archive:
    """The results in a folder: a picture each, and one line each in scores.jsonl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scores.jsonl"
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        lines = self.file.read_text().splitlines() if self.file.is_file() else []
        self.records = {(r["arm"], r["case"]): r for r in map(json.loads, lines)}

    def picture_file(self, arm: str, case: Case) -> Path:
        return self.folder / arm.replace(":", "") / f"{case.name}.png"

    def keep(self, job: Job, picture: Image.Image, found: Score, seconds: float) -> None:
        file = self.picture_file(job.arm.name, job.case)
        file.parent.mkdir(exist_ok=True)
        picture.save(file)
        rounded = {name: round(value, 4) for name, value in found._asdict().items()}
        record = {"arm": job.arm.name, "case": job.case.name, **rounded, "seconds": round(seconds, 2)}
        with self._lock, self.file.open("a") as lines:
            lines.write(json.dumps(record) + "\n")
            self.records[job.arm.name, job.case.name] = record


def made_here(job: Job) -> Image.Image:
    """The result of a baseline that needs no model."""
    case = job.case
    return to_image(case.picture if job.arm.name == NO_EDIT else pixel_warp(case.picture, case.points()))


def edited(client: ComfyClient, job: Job) -> tuple[Image.Image, float]:
    """The result of a graph on a server, and the seconds it took."""
    is_truth = job.arm.name == TRUTH_ENCODED
    name = f"{job.case.name} truth" if is_truth else job.case.picture_name
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{name}.png")
        to_image(job.case.truth if is_truth else job.case.picture).save(file)
        uploaded = client.upload(file)
    start = time.perf_counter()
    outputs = client.prompt(job.arm.prompt(job.case, uploaded), timeout=TIMEOUT).outputs
    seconds = time.perf_counter() - start
    shown = outputs[job.arm.shown]["images"][0]
    return Image.open(io.BytesIO(client.view(shown))).convert("RGB"), seconds


def run_arms(
    clients: Sequence[ComfyClient],
    arms: Sequence[Arm],
    cases: Sequence[Case],
    archive: Archive,
    say: Callable[[str], None],
) -> None:
    """Runs what is not in the archive yet, picture by picture, those with most to do first; says what fails."""
    jobs = [Job(arm, case) for arm in arms for case in arm.takes(cases)]
    left = [job for job in jobs if (job.arm.name, job.case.name) not in archive.records]
    groups: dict[str, list[Job]] = {}
    for job in left:
        groups.setdefault(job.case.picture_name, []).append(job)
    start, done, lock = time.monotonic(), [0], threading.Lock()

    def work(client: ComfyClient, job: Job) -> None:
        picture, seconds = (made_here(job), 0.0) if job.arm.name in HERE else edited(client, job)
        found = score(job.case, to_tensor(picture))
        archive.keep(job, picture, found, seconds)
        with lock:
            done[0] += 1
            minutes = (time.monotonic() - start) / done[0] * (len(left) - done[0]) / 60
            here = f"{job.arm.name} | {job.case.name} | {found.distance:.1f} px"
            say(f"[{done[0]}/{len(left)}, {minutes:.0f} min left] {here}")

    def failed(job: Job, why: str) -> None:
        say(f"FAILED {job.arm.name} | {job.case.name}: {why}")

    Fleet(clients, work, failed).run(sorted(groups.values(), key=len, reverse=True))
