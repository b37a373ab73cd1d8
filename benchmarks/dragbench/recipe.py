"""How a sample of DragBench becomes a prompt of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from ...bulk.graph import BoundGraph, bound_graph
from ...bulk.tasks import Prompted, Task, Upload
from ...tools.pictures import png
from ...tools.workflow import Nodes
from .drag_form import drag_json
from .samples import Instruction, Sample, read_sample


@dataclass
class SampleRecipe:
    """A saved graph with its changes; samples are read where they are run."""

    saved: Mapping[str, Any] = field(repr=False)
    settings: Sequence[str]
    output: str | None
    instruction: str
    longer_side: int | None
    graph: BoundGraph = field(init=False, repr=False)

    def bind(self, nodes: Nodes) -> None:
        self.graph = bound_graph(dict(self.saved), nodes, self.settings, self.output)

    def prompt(self, task: Task, upload: Upload) -> Prompted:
        sample = self.sample(task)
        area = sample.editable
        mask = None if area is None else upload("mask", png(Image.fromarray(area).convert("RGB")))
        graph = self.graph.edited(upload("picture", png(sample.image())), mask, drag_json(sample), sample.prompt)
        return Prompted(graph, self.graph.output)

    def sample(self, task: Task) -> Sample:
        sample = read_sample(task.id, Path(task.values["place"]), Instruction(self.instruction))
        return sample.with_longer_side(self.longer_side) if self.longer_side else sample

    def is_job_s_own(self, node: str) -> bool:
        return node in self.graph.filled
