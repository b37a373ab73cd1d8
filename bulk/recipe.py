"""One graph for all rows of a table: each row's picture, drag, words and numbers take their places in it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from ..tools.environment import SetupError
from ..tools.workflow import Nodes
from .graph import BoundGraph, bound_graph, is_whole, targets
from .places import Place
from .tasks import Prompted, Task, TaskError, Upload

PICTURE, MASK, DRAG, PROMPT = "picture", "mask", "drag", "prompt"
OWN_COLUMNS = {"id", PICTURE, MASK, DRAG, PROMPT}
EMPTY = ("", None)


@dataclass
class GraphRecipe:
    """A saved graph and what is changed in it for all jobs; columns: those of the table."""

    saved: Mapping[str, Any] = field(repr=False)
    settings: tuple[str, ...] = ()
    output: str | None = None
    columns: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    beside: Place | None = None  # where relative paths start
    graph: BoundGraph = field(init=False, repr=False)
    places: dict[str, list[tuple[str, str]]] = field(init=False, repr=False)  # nodes and inputs by column
    whole: frozenset[tuple[str, str]] = field(init=False, repr=False)  # of these, those that take whole numbers

    def bind(self, nodes: Nodes) -> None:
        """Finds the places of a job's parts; raises SetupError for a column that has none."""
        self.graph = bound_graph(dict(self.saved), nodes, self.settings, self.output)
        further = [name for name in self.columns if name not in OWN_COLUMNS | self.ignored]
        self.places = {name: targets(self.graph.prompt, name, nodes) for name in further}
        self.whole = frozenset(
            place for found in self.places.values() for place in found if is_whole(self.graph.prompt, *place, nodes)
        )
        wordless = [PROMPT] if PROMPT in {*self.columns} - self.ignored and not self.graph.texts else []
        lost = wordless + [name for name, found in self.places.items() if not found]
        if lost:
            raise SetupError(
                f"The graph has no input for the column {lost[0]}; name it NODE.INPUT by the node's title, type or id, "
                f"or leave it out by --ignore {lost[0]}."
            )

    def prompt(self, task: Task, upload: Upload) -> Prompted:
        values = {name: value for name, value in task.values.items() if value not in EMPTY and name not in self.ignored}
        if PICTURE not in values or DRAG not in values:
            raise TaskError(f"it has no {PICTURE if PICTURE not in values else DRAG}.")
        for name in (PICTURE, MASK, PROMPT):
            if not isinstance(values.get(name, ""), str):
                raise TaskError(f"its {name} is {json.dumps(values[name])[:60]}; give it as text.")
        picture = upload(PICTURE, self.pixels(values[PICTURE]))
        mask = upload(MASK, self.pixels(values[MASK])) if MASK in values else None
        prompt = self.graph.edited(picture, mask, self.drag(values[DRAG]), values.get(PROMPT))
        for column in values.keys() - OWN_COLUMNS:
            for node, name in self.places.get(column, ()):
                prompt[node]["inputs"][name] = self.value(column, values[column], (node, name))
        return Prompted(prompt, self.graph.output, self.graph.reports)

    def value(self, column: str, given: Any, place: tuple[str, str]) -> Any:
        """What a column gives, whole where its input wants a whole number; TaskError for a part of one."""
        if place not in self.whole or not isinstance(given, float):
            return given
        if not given.is_integer():
            raise TaskError(f"{column} is {given:g}; it needs a whole number.")
        return int(given)

    def is_job_s_own(self, node: str) -> bool:
        """The nodes that take files, instructions and values of a job."""
        return node in self.graph.filled or any(node == name for found in self.places.values() for name, _ in found)

    def pixels(self, uri: str) -> bytes:
        """A picture, upright, as PNG."""
        content = self.content(uri)
        try:
            with Image.open(io.BytesIO(content)) as picture:
                upright = ImageOps.exif_transpose(picture)
                upright.load()
        except UnidentifiedImageError:
            raise TaskError(f"{uri} is no picture that can be read; give a PNG, JPEG or WebP, or the like.") from None
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise TaskError(f"{uri} cannot be read as a picture: {error}") from None
        if upright.mode not in ("L", "RGB", "RGBA", "I;16"):
            upright = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
        pixels = io.BytesIO()
        upright.save(pixels, "PNG", compress_level=1)
        return pixels.getvalue()

    def drag(self, given: Any) -> Any:
        """An instruction: the JSON value itself, its text, or a file of it."""
        if not isinstance(given, str):
            return given if isinstance(given, dict) else {"__value__": given}
        text = given.strip()
        if text[:1] not in ("{", "["):
            text = self.content(text).decode("utf-8", errors="replace")
        try:
            read = json.loads(text)
        except json.JSONDecodeError:
            raise TaskError(f"its drag is no JSON: {text[:60]!r}; give an object, its text, or a file of it.") from None
        return read if isinstance(read, dict) else {"__value__": read}

    def content(self, uri: str) -> bytes:
        try:
            return Place.of(uri, self.beside).read()
        except (OSError, ValueError, SetupError) as error:
            why = "there is no such file" if isinstance(error, FileNotFoundError) else str(error).splitlines()[0][:200]
            raise TaskError(f"{uri} cannot be read: {why.rstrip('.')}.") from None
