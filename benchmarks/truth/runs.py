"""Runs the arms over the cases on servers and keeps every result and its score, so that a run can go on later."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from ...bulk.cluster import Share
from ...bulk.editor import Setting
from ...bulk.places import Place
from ...bulk.results import Results
from ...bulk.run import Run, duration
from ...bulk.tasks import Outcome, Prompted, Task, Upload
from ...tools.pictures import png, to_image, to_tensor
from ...tools.workflow import Nodes
from ..pixel_warp import pixel_warp
from .arms import HERE, NO_EDIT, TRUTH_ENCODED, Arm
from .cases import Case, all_cases
from .scores import Score, score

TIMEOUT = 1800
PICTURE = "the case's picture"


class Job(NamedTuple):
    """One case by one way."""

    arm: Arm
    case: Case

    @property
    def id(self) -> str:
        """Its name among the results."""
        return f"{self.arm.name.replace(':', '')}/{self.case.name}"

    @property
    def task(self) -> Task:
        """The job as workers are given it."""
        prompt, true = self.arm.prompt(self.case, PICTURE), self.arm.name == TRUTH_ENCODED
        return Task(self.id, {"prompt": prompt, "shown": self.arm.shown, "case": self.case.name, "true": true})

    def made_here(self) -> Image.Image:
        """The result of a baseline that needs no model."""
        case = self.case
        return to_image(case.picture if self.arm.name == NO_EDIT else pixel_warp(case.picture, case.points()))


class Archive:
    """The results in a folder: a picture each, and one line of scores each."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "scores.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        self.results = Results(Place.of(folder))
        lines = self.file.read_text().splitlines() if self.file.is_file() else []
        self.records = {(r["arm"], r["case"]): r for r in map(json.loads, lines)}

    def picture_file(self, arm: str, case: Case) -> Path:
        return self.folder / "pictures" / arm.replace(":", "") / f"{case.name}.png"

    def keep(self, job: Job, found: Score, seconds: float) -> None:
        rounded = {name: round(value, 4) for name, value in found._asdict().items()}
        record = {"arm": job.arm.name, "case": job.case.name, **rounded, "seconds": round(seconds, 2)}
        with self.file.open("a") as lines:
            lines.write(json.dumps(record) + "\n")
        self.records[job.arm.name, job.case.name] = record


class CaseRecipe:
    """Puts the picture of a case into the prompt that a job holds."""

    def bind(self, nodes: Nodes) -> None:
        """Arms are graphs of nodes that are known to be there."""

    @cached_property
    def cases(self) -> dict[str, Case]:
        return {case.name: case for case in all_cases()}

    def prompt(self, task: Task, upload: Upload) -> Prompted:
        case, graph = self.cases[task.values["case"]], task.values["prompt"]
        picture = upload("picture", png(to_image(case.truth if task.values["true"] else case.picture)))
        for node in graph.values():
            if node["inputs"].get("image") == PICTURE:
                node["inputs"]["image"] = picture
        return Prompted(graph, task.values["shown"])

    def is_job_s_own(self, node: str) -> bool:
        """One arm that is refused does not end the others."""
        return True


class Scoring:
    """Scores every result as it comes in, and says how far the run is."""

    def __init__(self, archive: Archive, jobs: Sequence[Job], say: Callable[[str], None]) -> None:
        self.archive, self.jobs, self.say = archive, {job.id: job for job in jobs}, say
        self.total, self.done, self._start = len(jobs), 0, time.monotonic()

    def step(self, outcome: Outcome) -> None:
        job = self.jobs[outcome.id]
        self.done += 1
        if outcome.error:
            self.say(f"FAILED {job.arm.name} | {job.case.name}: {outcome.error}")
            return
        with Image.open(self.archive.picture_file(job.arm.name, job.case)) as picture:
            found = score(job.case, to_tensor(picture.convert("RGB")))
        self.archive.keep(job, found, outcome.seconds or 0.0)
        left = duration((time.monotonic() - self._start) / self.done * (self.total - self.done))
        here = f"{job.arm.name} | {job.case.name} | {found.distance:.1f} px"
        self.say(f"[{self.done}/{self.total}, {left} left] {here}")


def run_arms(
    share: Share,
    arms: Sequence[Arm],
    cases: Sequence[Case],
    archive: Archive,
    say: Callable[[str], None],
    flags: Sequence[str] = (),
    addresses: Sequence[str] = (),
) -> None:
    """Runs what is not in the archive yet, picture by picture, those with most to do first; says what fails."""
    jobs = [Job(arm, case) for arm in arms for case in arm.takes(cases)]
    left = [job for job in jobs if (job.arm.name, job.case.name) not in archive.records]
    scoring = Scoring(archive, left, say)
    for job in (job for job in left if job.arm.name in HERE):
        (archive.results.place / f"pictures/{job.id}.png").write(png(job.made_here()))
        scoring.step(Outcome(job.id))
    groups: dict[str, list[Job]] = {}
    for job in (job for job in left if job.arm.name not in HERE):
        groups.setdefault(job.case.picture_name, []).append(job)
    if groups:
        setting = Setting(CaseRecipe(), archive.results.place, flags=tuple(flags), timeout=TIMEOUT)
        Run(setting, archive.results, share, scoring, addresses).do(blocks(groups), grouped=True)


def blocks(groups: dict[str, list[Job]]):
    """A dataset whose blocks are the jobs of a picture, so that they share one server's cache."""
    import pyarrow
    import ray

    packed = [[job.task.packed() for job in group] for group in sorted(groups.values(), key=len, reverse=True)]
    return ray.data.from_arrow([pyarrow.Table.from_pylist(rows) for rows in packed])
