"""Nodes in columns and groups, and where they come to lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

GAP, GUTTER, MARGIN = 60, 50, 20
GROUP_TOP, GROUP_GAP = 75, 60
NOTE = "MarkdownNote"


class Out(NamedTuple):
    """An output of a node, by its name."""

    node: str
    output: str


class Entry(NamedTuple):
    """An input of the blueprint that a node lies in; for one that is set rather than linked, its value there."""

    name: str
    value: Any = None


class Model(NamedTuple):
    """A file that a node loads, and where the page offers to fetch it from."""

    name: str
    url: str
    directory: str


@dataclass(frozen=True)
class Piece:
    """A node: its name in the description, its type, height, inputs (values, or outputs of others) and files."""

    name: str
    kind: str
    height: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    models: tuple[Model, ...] = ()
    collapsed: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)

    def folded(self) -> Piece:
        """The same, of which the page shows its title alone."""
        return replace(self, collapsed=True, height=0)

    def titled(self, title: str) -> Piece:
        """The same under a title of its own."""
        return replace(self, title=title)

    def fetching(self, *models: Model) -> Piece:
        """The same with files that it loads."""
        return replace(self, models=models)

    def keeping(self, **properties: Any) -> Piece:
        """The same with what the page keeps of it beside its inputs."""
        return replace(self, properties=properties)


@dataclass(frozen=True)
class Column:
    """Nodes of one width under each other."""

    width: int
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Group:
    """Columns side by side in a frame with a title."""

    title: str
    colour: str
    columns: Sequence[Column]


class Placed(NamedTuple):
    """A piece with its place, and the right edges of the columns that links run along."""

    piece: Piece
    x: int
    y: int
    width: int
    column: int


def node(name: str, kind: str, height: int, /, **inputs: Any) -> Piece:
    """A piece whose inputs are given by name."""
    return Piece(name, kind, height, inputs)


def note(name: str, height: int, title: str, text: str) -> Piece:
    """A note in the graph, in Markdown."""
    return Piece(name, NOTE, height, {"": text}, title)


def laid_out(groups: Sequence[Group]) -> tuple[list[Placed], list[dict[str, Any]]]:
    """Every piece in its column, and the frames of the groups, all of one height."""
    placed: list[Placed] = []
    frames: list[dict[str, Any]] = []
    x, column = 0, 0
    for number, group in enumerate(groups, 1):
        left = x
        for part in group.columns:
            y = 0
            for piece in part.pieces:
                placed.append(Placed(piece, x, y, part.width, column))
                y += piece.height + GAP
            x, column = x + part.width + GUTTER, column + 1
        right = x - GUTTER + MARGIN
        bounds = [left - MARGIN, -GROUP_TOP, right - left + MARGIN, 0]
        title = f"{number} · {group.title}"
        frames.append({"id": number, "title": title, "bounding": bounds, "color": group.colour, "flags": {}})
        x = right + GROUP_GAP + MARGIN
    bottom = max(p.y + p.piece.height for p in placed) + MARGIN
    for frame in frames:
        frame["bounding"][3] = bottom + GROUP_TOP
    return placed, frames
