"""Turns a graph as the editor saves it into the prompt that a server runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .subgraphs import BYPASSED, MUTED, flattened

Graph = dict[str, dict[str, Any]]
Nodes = Mapping[str, Mapping[str, Any]]

WIDGETS = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO")
AFTER_GENERATE = ("fixed", "increment", "decrement", "randomize")
REROUTE, PRIMITIVE = "Reroute", "PrimitiveNode"


def api_prompt(saved: Mapping[str, Any], known: Nodes) -> Graph:
    """The prompt of a saved graph; known: the server's nodes, as its /object_info tells.

    ValueError where that cannot be done here: a graph of nodes that the server lacks.
    """
    saved = flattened(saved)
    nodes = {str(node["id"]): node for node in saved["nodes"]}
    links = {link[0]: (str(link[1]), link[2]) for link in saved.get("links", [])}
    linked = {source for source, _ in links.values()}
    graph: Graph = {}
    for name, node in nodes.items():
        if node.get("mode") in (MUTED, BYPASSED) or node["type"] in (REROUTE, PRIMITIVE):
            continue
        if node["type"] in known:
            graph[name] = prompt_node(node, nodes, links, known[node["type"]])
        elif name in linked or node.get("inputs"):
            raise ValueError(f"the server has no node {node['type']}.")
    return graph


def prompt_node(node: Mapping[str, Any], nodes: Mapping, links: Mapping, definition: Mapping) -> dict[str, Any]:
    """A node of the prompt: its widgets' values, and on top of them its links."""
    inputs = dict(widget_values(node.get("widgets_values") or [], definition)) | node.get("given", {})
    for entry in node.get("inputs", []):
        origin = source_of(entry.get("link"), nodes, links)
        if origin is not None:
            inputs[entry["name"]] = origin
    title = node.get("title") or definition.get("display_name") or node["type"]
    return {"class_type": node["type"], "inputs": inputs, "_meta": {"title": title}}


def widget_values(values: Sequence[Any] | Mapping[str, Any], definition: Mapping) -> Iterator[tuple[str, Any]]:
    """Inputs and values of a node's widgets, in the order that both are kept in."""
    if isinstance(values, Mapping):
        yield from values.items()
        return
    left = list(values)
    for name, (kind, options) in declared_inputs(definition):
        if not left or not has_widget(kind, options):
            continue
        yield name, left.pop(0)
        seed = kind == "INT" and (options.get("control_after_generate") or name in ("seed", "noise_seed"))
        if seed and left and left[0] in AFTER_GENERATE:
            left.pop(0)


def declared_inputs(definition: Mapping) -> Iterator[tuple[str, tuple[Any, Mapping]]]:
    for group in ("required", "optional"):
        for name, declared in (definition["input"].get(group) or {}).items():
            yield name, (declared[0], declared[1] if len(declared) > 1 else {})


def has_widget(kind: Any, options: Mapping) -> bool:
    """Tells whether an input is set in the node itself: numbers, texts, choices, and whatever has no socket."""
    return not options.get("forceInput") and (
        isinstance(kind, list) or kind in WIDGETS or bool(options.get("socketless"))
    )


def source_of(link: int | None, nodes: Mapping, links: Mapping) -> list[Any] | None:
    """Where a link comes from, past reroutes and bypassed nodes; none where nothing real is at its start."""
    while link is not None and link in links:
        name, output = links[link]
        node = nodes[name]
        if node.get("mode") == MUTED or node["type"] == PRIMITIVE:
            return None
        if node["type"] != REROUTE and node.get("mode") != BYPASSED:
            return [name, output]
        link = passed_on(node, output)
    return None


def passed_on(node: Mapping[str, Any], output: int) -> int | None:
    """The link that a reroute or bypassed node hands on to one of its outputs: the first of the output's type."""
    kind = node["outputs"][output]["type"]
    fitting = (entry for entry in node.get("inputs", []) if node["type"] == REROUTE or entry["type"] == kind)
    return next((entry.get("link") for entry in fitting if entry.get("link") is not None), None)
