"""One job: what is to be edited, how its prompt is made, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Protocol

from ..tools.workflow import Graph, Nodes

LONGEST = 200  # bytes of an id
BAD_NAME = re.compile(r"(^|/)(\.{0,2})(/|$)|[\x00-\x1f\\:*?\"<>|\ud800-\udfff]")


class TaskError(Exception):
    """What is wrong with one job, as a sentence for the table of results."""


@dataclass(frozen=True)
class Task:
    """A job by its id, and all that its prompt is made of, as JSON values."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""  # why it cannot be done, known before it is tried

    def packed(self) -> dict[str, str]:
        """The job as a row of a dataset."""
        return {"id": self.id, "task": json.dumps({"values": self.values, "fault": self.fault})}

    @classmethod
    def unpacked(cls, row: Mapping[str, Any]) -> Task:
        return cls(str(row["id"]), **json.loads(row["task"]))


class Prompted(NamedTuple):
    """A prompt, the node whose picture is the result, and those that tell where handles ended."""

    graph: Graph
    output: str
    reports: tuple[str, ...] = ()


Upload = Callable[[str, bytes], str]  # part of the name and PNG bytes: the name for Load Image


class Recipe(Protocol):
    """How jobs become prompts; it travels to the processes that do them."""

    def bind(self, nodes: Nodes) -> None:
        """Looks at the nodes that a server has; raises SetupError where no job can be done with them."""
        ...

    def prompt(self, task: Task, upload: Upload) -> Prompted:
        """The prompt of one job; raises TaskError for a fault of the job itself."""
        ...

    def is_job_s_own(self, node: str) -> bool:
        """Whether a node takes what a job gives, so that a refusal of it is the job's own fault."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a row of the table of results."""

    id: str
    picture: str = ""  # its path in the output folder
    seconds: float | None = None
    report: str = ""  # where handles ended, for methods that tell
    worker: str = ""
    error: str = ""
    stopped: bool = False  # not tried, the run being at its end

    def row(self) -> dict[str, Any]:
        """The outcome as a row, without what only the run itself needs."""
        row = asdict(self)
        del row["stopped"]
        return row


def check_id(name: str) -> str:
    """An id that can name a file in the output folder, or TaskError."""
    if not name or BAD_NAME.search(name) or len(name.encode()) > LONGEST:
        raise TaskError(
            f"the id {name[:60]!r} cannot name a file; use letters, digits, '-', '_' and '.', with '/' for folders, "
            f"{LONGEST} bytes at most."
        )
    return name
