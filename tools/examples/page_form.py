"""A graph as the page saves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..workflow import Nodes, declared_inputs, has_widget
from .lanes import lanes
from .layout import NOTE, Entry, Group, Out, Piece, Placed, laid_out

UNFOLDED = 340  # height of a node of which the title alone is shown, once it is opened
NOTE_COLOURS = {"color": "#432", "bgcolor": "#653"}


def page_form(groups: Sequence[Group], known: Nodes, pack: str, version: str, **lane: int) -> dict[str, Any]:
    """The file of a graph; known: the definitions of its nodes, as a server's /object_info tells; lane: of `lanes`."""
    placed, frames = laid_out(groups)
    ids = {p.piece.name: number for number, p in enumerate(placed, 1)}
    links = numbered_links(placed, ids, known)
    nodes = [saved_node(p, ids, links, known, order, (pack, version)) for order, p in enumerate(placed)]
    reroutes, ends = lanes(placed, ids, links, **lane)
    return {
        "revision": 0,
        "last_node_id": len(nodes),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": [list(link) for link in links],
        "groups": frames,
        "config": {},
        "extra": {"workflowRendererVersion": "LG", "reroutes": reroutes, "linkExtensions": ends},
        "version": 0.4,
    }


def sockets(piece: Piece, known: Nodes) -> Iterator[tuple[str, str, bool, bool]]:
    """Name, type, whether optional and whether a widget, of the inputs of a node as the page lists them."""
    if piece.kind == NOTE:
        return
    definition = known[piece.kind]
    optional = definition["input"].get("optional") or {}
    declared = list(declared_inputs(definition))
    shown = [(name, *form) for name, form in declared if not form[1].get("socketless")]
    for with_widget in (False, True):
        for name, kind, options in shown:
            if has_widget(kind, options) is with_widget:
                yield name, "COMBO" if isinstance(kind, list) else kind, name in optional, with_widget
    if any(options.get("image_upload") for _, (_, options) in declared):
        yield "upload", "IMAGEUPLOAD", False, True


def outputs(piece: Piece, known: Nodes) -> list[tuple[str, str]]:
    """Names and types of the outputs of a node."""
    if piece.kind == NOTE:
        return []
    definition = known[piece.kind]
    return list(zip(definition["output_name"], definition["output"], strict=True))


def numbered_links(placed: Sequence[Placed], ids: Mapping[str, int], known: Nodes) -> list[tuple[int, ...]]:
    """All links as the file lists them: id, origin and its output, target and its input, type."""
    pieces = {p.piece.name: p.piece for p in placed}
    links: list[Any] = []
    for piece in pieces.values():
        for slot, (name, _, _, _) in enumerate(sockets(piece, known)):
            source = piece.inputs.get(name)
            if isinstance(source, Out):
                found = outputs(pieces[source.node], known)
                output = [label for label, _ in found].index(source.output)
                target = (ids[piece.name], slot, found[output][1])
                links.append((len(links) + 1, ids[source.node], output, *target))
    return links


def saved_node(
    p: Placed, ids: Mapping[str, int], links: Sequence[Any], known: Nodes, order: int, pack: tuple[str, str]
) -> dict[str, Any]:
    """One node of the file."""
    piece, number = p.piece, ids[p.piece.name]
    into = {link[4]: link[0] for link in links if link[3] == number}
    out_of: dict[int, list[int]] = defaultdict(list)
    for link in links:
        if link[1] == number:
            out_of[link[2]].append(link[0])
    saved: dict[str, Any] = {
        "id": number,
        "type": piece.kind,
        "pos": [p.x, p.y],
        "size": [p.width, piece.height or UNFOLDED],
        "flags": {"collapsed": True} if piece.collapsed else {},
        "order": order,
        "mode": 0,
        "inputs": [saved_input(socket, into.get(slot)) for slot, socket in enumerate(sockets(piece, known))],
        "outputs": [
            {"localized_name": name, "name": name, "type": kind, "links": out_of[slot]}
            for slot, (name, kind) in enumerate(outputs(piece, known))
        ],
        "properties": properties(piece, known, pack),
        "widgets_values": list(values(piece, known)),
    }
    if piece.title:
        saved["title"] = piece.title
    return saved | (NOTE_COLOURS if piece.kind == NOTE else {})


def saved_input(socket: tuple[str, str, bool, bool], link: int | None) -> dict[str, Any]:
    name, kind, optional, with_widget = socket
    shape = {"shape": 7} if optional else {}
    widget = {"widget": {"name": name}} if with_widget else {}
    return {"localized_name": name, "name": name, **shape, "type": kind, **widget, "link": link}


def properties(piece: Piece, known: Nodes, pack: tuple[str, str]) -> dict[str, Any]:
    """Whose node it is, and the files that the page offers for it."""
    if piece.kind == NOTE:
        return {}
    own = known[piece.kind].get("python_module", "").startswith("custom_nodes.")
    promoted = known[piece.kind].get("promoted")
    held: dict[str, Any] = {"Node name for S&R": piece.kind}
    if promoted is not None:
        held = {"proxyWidgets": [["-1", name] for name in promoted]}
    held["cnr_id"] = pack[0] if own else "comfy-core"
    held["ver"] = pack[1] if own else known[piece.kind].get("since", "0.16.0")
    models = {"models": [model._asdict() for model in piece.models]} if piece.models else {}
    return held | models | dict(piece.properties)


def values(piece: Piece, known: Nodes) -> Iterator[Any]:
    """The values of a node's widgets, in their order."""
    if piece.kind == NOTE:
        yield piece.inputs[""]
        return
    for name, (kind, options) in declared_inputs(known[piece.kind]):
        if not has_widget(kind, options):
            continue
        given = piece.inputs.get(name)
        default = kind[0] if isinstance(kind, list) and kind else options.get("default")
        if isinstance(given, Entry):
            given = given.value
        yield default if given is None or isinstance(given, Out) else given
        if options.get("control_after_generate"):
            yield "fixed"
        if options.get("image_upload"):
            yield "image"
