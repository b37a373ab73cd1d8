"""A graph in one node: a subgraph as the page saves it, and the node that stands for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..workflow import Nodes, declared_inputs
from .layout import Entry, Group, Out, Piece, Placed, laid_out
from .page_form import numbered_links, outputs, page_form, saved_node, sockets

INPUT_SIDE, OUTPUT_SIDE = -10, -20
SPACE = uuid.UUID("6f5d7c1e-4a53-4b8e-9c1e-64726167006b")
BESIDE, WIDE, LINE = 220, 160, 20
FIRST = 101  # number of a node within, so that none is that of one outside
OFFSET = 80, 122  # of a compact graph's corner from that of the page, past its bars

Pack = tuple[str, str]  # its name, and its version


@dataclass(frozen=True)
class Blueprint:
    """What is in it, from left to right, and what goes in and out."""

    name: str
    about: str
    groups: Sequence[Group]
    sockets: Mapping[str, str]  # inputs that are linked, and their types
    widgets: Sequence[str]  # inputs that are set on the node
    results: Mapping[str, Out]

    @property
    def kind(self) -> str:
        """The type of the node that stands for it."""
        return str(uuid.uuid5(SPACE, self.name))

    @property
    def pieces(self) -> list[Piece]:
        return [piece for group in self.groups for column in group.columns for piece in column.pieces]

    def uses(self, name: str) -> Iterator[tuple[Piece, str]]:
        """The pieces that an input of it goes to, and their inputs."""
        for piece in self.pieces:
            for key, value in piece.inputs.items():
                if isinstance(value, Entry) and value.name == name:
                    yield piece, key

    def definition(self, known: Nodes) -> dict[str, Any]:
        """The node that stands for it, as /object_info would tell of it."""
        required: dict[str, Any] = {name: [kind] for name, kind in self.sockets.items()}
        for name in self.widgets:
            piece, key = next(self.uses(name))
            kind, options = dict(declared_inputs(known[piece.kind]))[key]
            entry = piece.inputs[key]
            required[name] = [kind, {**options, "default": entry.value, "control_after_generate": False}]
        kinds = [result_kind(self, result, known) for result in self.results.values()]
        return {
            "display_name": self.name,
            "input": {"required": required},
            "output": kinds,
            "output_name": list(self.results),
            "python_module": "custom_nodes.dragkit",
            "promoted": list(self.widgets),
        }

    def saved(self, known: Nodes, pack: Pack) -> dict[str, Any]:
        """Its definition in the file of a graph."""
        placed, frames = laid_out(self.groups)
        ids = {p.piece.name: number for number, p in enumerate(placed, FIRST)}
        inner = numbered_links(placed, ids, known)
        entries = list(self.entering(placed, ids, known, len(inner)))
        leaving = list(self.leaving(ids, known, len(inner) + len(entries)))
        links = [*inner, *entries, *leaving]
        right = max(p.x + p.width for p in placed)
        names = [*self.sockets, *self.widgets]
        return {
            "id": self.kind,
            "version": 1,
            "state": {
                "lastGroupId": len(frames),
                "lastNodeId": FIRST + len(placed) - 1,
                "lastLinkId": len(links),
                "lastRerouteId": 0,
            },
            "revision": 0,
            "config": {},
            "name": self.name,
            "description": self.about,
            "category": "DragKit",
            "inputNode": {"id": INPUT_SIDE, "bounding": [-BESIDE - WIDE, 0, WIDE, LINE * (len(names) + 2)]},
            "outputNode": {"id": OUTPUT_SIDE, "bounding": [right + BESIDE, 0, WIDE, LINE * (len(self.results) + 2)]},
            "inputs": [
                self.port(name, kind, [link[0] for link in entries if link[2] == slot])
                for slot, (name, kind) in enumerate(self.kinds(known))
            ],
            "outputs": [
                self.port(f"out {name}", link[5], [link[0]]) | {"name": name, "localized_name": name}
                for name, link in zip(self.results, leaving, strict=True)
            ],
            "widgets": [],
            "nodes": [saved_node(p, ids, links, known, order, pack) for order, p in enumerate(placed)],
            "groups": frames,
            "links": [dict(zip(LINK, link, strict=True)) for link in links],
            "extra": {"workflowRendererVersion": "LG"},
        }

    def kinds(self, known: Nodes) -> list[tuple[str, str]]:
        """Its inputs and their types, as sockets."""
        required = self.definition(known)["input"]["required"]
        return [(name, "COMBO" if isinstance(form[0], list) else form[0]) for name, form in required.items()]

    def port(self, name: str, kind: str, links: list[int]) -> dict[str, Any]:
        own = str(uuid.uuid5(uuid.UUID(self.kind), name))
        return {"id": own, "name": name, "type": kind, "linkIds": links, "localized_name": name}

    def entering(self, placed: Sequence[Placed], ids: Mapping[str, int], known: Nodes, last: int) -> Iterator[tuple]:
        """The links from its inputs."""
        for slot, (name, kind) in enumerate(self.kinds(known)):
            for piece, key in self.uses(name):
                last += 1
                slots = [socket[0] for socket in sockets(piece, known)]
                yield last, INPUT_SIDE, slot, ids[piece.name], slots.index(key), kind

    def leaving(self, ids: Mapping[str, int], known: Nodes, last: int) -> Iterator[tuple]:
        """The links to its outputs."""
        for slot, result in enumerate(self.results.values()):
            found = outputs(piece_of(self, result), known)
            output = [label for label, _ in found].index(result.output)
            yield last + slot + 1, ids[result.node], output, OUTPUT_SIDE, slot, found[output][1]


LINK = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")


def piece_of(blueprint: Blueprint, result: Out) -> Piece:
    return next(piece for piece in blueprint.pieces if piece.name == result.node)


def result_kind(blueprint: Blueprint, result: Out, known: Nodes) -> str:
    return dict(outputs(piece_of(blueprint, result), known))[result.output]


def blueprint_form(blueprint: Blueprint, known: Nodes, pack: Pack) -> dict[str, Any]:
    """The file of a blueprint: the node that stands for it, alone."""
    alone = Placed(Piece(blueprint.kind, blueprint.kind, 300, title=blueprint.name), 0, 0, 320, 0)
    all_known = {**known, blueprint.kind: blueprint.definition(known)}
    return {
        "revision": 0,
        "last_node_id": 1,
        "last_link_id": 0,
        "nodes": [saved_node(alone, {blueprint.kind: 1}, [], all_known, 0, pack)],
        "links": [],
        "groups": [],
        "definitions": {"subgraphs": [blueprint.saved(known, pack)]},
        "config": {},
        "extra": {"workflowRendererVersion": "LG"},
        "version": 0.4,
    }


def compact_form(groups: Sequence[Group], blueprints: Sequence[Blueprint], known: Nodes, pack: Pack) -> dict[str, Any]:
    """The file of a graph that is seen whole on a small screen, without frames."""
    all_known = {**known, **{blueprint.kind: blueprint.definition(known) for blueprint in blueprints}}
    form = page_form(groups, all_known, *pack, above=38, step=7)
    extra = {**form["extra"], "ds": {"scale": 1, "offset": list(OFFSET)}}
    defined = [blueprint.saved(known, pack) for blueprint in blueprints]
    return {**form, "groups": [], "extra": extra} | ({"definitions": {"subgraphs": defined}} if defined else {})
