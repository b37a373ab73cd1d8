"""A check's lines as a table that fits one screen, and as JSON."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

WIDTH = 100
INDENT = " " * 4


class Status(Enum):
    OK = "ok"
    DIFFERS = "differs"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one thing that was tried.

    figures: what was measured, in words; sentence: what it means where it is not ok; seconds: how long it took;
    details: further values for a bug report.
    """

    name: str
    status: Status
    figures: str = ""
    sentence: str = ""
    seconds: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a machine is, by name, and how everything went on it."""

    machine: dict[str, str]
    lines: Sequence[Outcome]

    def count(self, status: Status) -> int:
        return sum(line.status is status for line in self.lines)

    def table(self) -> str:
        return "\n".join([*self._head(), "", *self._body(), "", self._summary()])

    def as_json(self) -> dict[str, Any]:
        """The same for a program: strings, numbers, lists and objects alone."""
        lines = [asdict(line) | {"status": line.status.value} for line in self.lines]
        return {"machine": dict(self.machine), "lines": lines, "summary": self._summary()}

    def json_text(self) -> str:
        return json.dumps(self.as_json(), indent=1)

    def _head(self) -> Iterator[str]:
        width = max(map(len, self.machine))
        yield from (f"{name:<{width}}  {value}" for name, value in self.machine.items())

    def _body(self) -> Iterator[str]:
        names, statuses = max(len(line.name) for line in self.lines), max(len(status.value) for status in Status)
        for line in self.lines:
            yield f"{line.name:<{names}}  {line.status.value:<{statuses}}  {line.figures}".rstrip()
            if line.sentence:
                yield textwrap.fill(line.sentence, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)

    def _summary(self) -> str:
        return ", ".join(f"{self.count(status)} {status.value}" for status in Status)
