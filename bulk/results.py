"""The table of results: parts of JSON lines in a folder, each written as a whole, so that a run can go on later."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from ..tools.environment import SetupError
from .places import Place, reached
from .tasks import Outcome

RESULT_PICTURES = "pictures"  # the folder that they are written to
PART_ROWS, PART_SECONDS = 50, 10.0
PART = re.compile(r"(\d+)(-\w+)?\.jsonl")  # its number and the run that wrote it


class Results:
    """What came of every job so far, in the folder `results` of a place."""

    def __init__(self, place: Place) -> None:
        self.place, self.folder = place, place / "results"
        self._run = uuid.uuid4().hex[:8]  # two runs into one place write beside each other
        self._waiting: list[dict[str, Any]] = []
        self._next, self._written = 1, time.monotonic()
        self.rows: dict[str, dict[str, Any]] = {row["id"]: row for row in reached(place, lambda: list(self._read()))}
        self._done_now = set[str]()
        self._done = {name for name, row in self.rows.items() if not row["error"]}

    def _read(self) -> Iterator[dict[str, Any]]:
        for name in self.folder.files():
            part = PART.fullmatch(name)
            if not part:
                continue
            self._next = max(self._next, int(part[1]) + 1)
            for line in (self.folder / name).read().decode().splitlines():
                yield json.loads(line)

    def claim(self, settings: Mapping[str, Any]) -> None:
        """Notes what the results are made with; refuses a place whose results were made otherwise."""
        file = self.place / "settings.json"
        kept = json.loads(reached(self.place, lambda: file.read() if file.exists() else b"{}"))
        other = [name for name in settings if kept.get(name, settings[name]) != settings[name]]
        if other:
            raise SetupError(
                f"{self.place.uri} holds results of another run (its {' and '.join(other)} differ); give a new folder, "
                "or delete this one."
            )
        reached(self.place, lambda: file.write(json.dumps({**kept, **settings}, indent=1).encode()))

    def done(self) -> set[str]:
        """The ids that have a picture."""
        return set(self._done)

    def failed(self) -> dict[str, str]:
        """Why the others have none."""
        return {name: row["error"] for name, row in self.rows.items() if row["error"]}

    def keep(self, outcome: Outcome) -> None:
        """Adds a row; a job that was done twice in this run, as where a node was lost, counts once."""
        if outcome.id in self._done_now:
            return
        self.rows[outcome.id] = outcome.row()
        if not outcome.error:
            self._done.add(outcome.id)
            self._done_now.add(outcome.id)
        self._waiting.append(outcome.row())
        if len(self._waiting) >= PART_ROWS or time.monotonic() - self._written > PART_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes the rows that wait as one more part."""
        self._written = time.monotonic()
        if self._waiting:
            lines = "".join(json.dumps(row) + "\n" for row in self._waiting)
            part = self.folder / f"{self._next:06}-{self._run}.jsonl"
            reached(self.place, lambda: part.write(lines.encode()))
            self._waiting, self._next = [], self._next + 1
