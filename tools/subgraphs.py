"""A saved graph with its subgraphs opened up, as the page sends it: their nodes are numbered 5:1 and so on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MUTED, BYPASSED = 2, 4
INPUT_SIDE, OUTPUT_SIDE = -10, -20
KEYS = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")

Saved = Mapping[str, Any]
Link = list[Any]  # id, origin and its output, target and its input, type


def flattened(saved: Saved) -> dict[str, Any]:
    """The same graph without subgraphs.

    A node that had an input set on the subgraph's node holds that in `given`, by its name.
    """
    definitions = {each["id"]: each for each in (saved.get("definitions") or {}).get("subgraphs") or []}
    nodes, links = opened(saved, definitions)
    return {**saved, "nodes": nodes, "links": links, "definitions": {}}


def opened(graph: Saved, definitions: Mapping[str, Saved]) -> tuple[list[dict[str, Any]], list[Link]]:
    """The nodes and links of a graph with all that lies in its subgraphs."""
    nodes: list[dict[str, Any]] = []
    links = [listed(link) for link in graph.get("links") or []]
    for node in graph["nodes"]:
        inside = definitions.get(node["type"])
        if inside is None or node.get("mode") in (MUTED, BYPASSED):
            nodes.append(dict(node))
            continue
        inner, within = opened(inside, definitions)
        prefix = f"{node['id']}:"
        held = {f"{prefix}{each['id']}": {**each, "id": f"{prefix}{each['id']}"} for each in inner}
        within = [renamed(link, prefix) for link in within]
        links = joined(node, links, within, held)
        nodes += held.values()
    return with_links(nodes, links), links


def listed(link: Any) -> Link:
    return [link[key] for key in KEYS] if isinstance(link, Mapping) else list(link)


def renamed(link: Link, prefix: str) -> Link:
    """A link within a subgraph as the graph around it knows it."""
    number, origin, output, target, slot, kind = link
    ends = (end if end in (INPUT_SIDE, OUTPUT_SIDE) else f"{prefix}{end}" for end in (origin, target))
    origin, target = ends
    return [f"{prefix}{number}", origin, output, target, slot, kind]


def joined(node: Saved, outer: list[Link], within: list[Link], held: dict[str, dict[str, Any]]) -> list[Link]:
    """The links around and within a subgraph's node as one list; what is set on that node is handed to those within."""
    sources = {link[4]: link for link in outer if link[3] == node["id"]}
    values, inputs = dict(values_of(node)), node.get("inputs") or []
    results = {link[4]: link for link in within if link[3] == OUTPUT_SIDE}
    links = [link for link in outer if node["id"] not in (link[1], link[3])]
    for link in within:
        if link[3] == OUTPUT_SIDE:
            continue
        if link[1] != INPUT_SIDE:
            links.append(link)
        elif link[2] in sources:
            links.append([link[0], *sources[link[2]][1:3], *link[3:]])
        elif link[2] < len(inputs) and inputs[link[2]]["name"] in values:
            taker = held[link[3]]
            name = taker["inputs"][link[4]]["name"]
            taker["given"] = {**taker.get("given", {}), name: values[inputs[link[2]]["name"]]}
    for link in outer:
        result = results.get(link[2])
        if link[1] == node["id"] and result:
            source = sources.get(result[2], result) if result[1] == INPUT_SIDE else result
            links.append([link[0], *source[1:3], *link[3:]])
    return links


def values_of(node: Saved) -> Iterator[tuple[str, Any]]:
    """What is set on a subgraph's node, by the names of its inputs."""
    names = [entry["name"] for entry in node.get("inputs") or [] if entry.get("widget")]
    return zip(names, node.get("widgets_values") or [], strict=False)


def with_links(nodes: list[dict[str, Any]], links: list[Link]) -> list[dict[str, Any]]:
    """The nodes with their inputs' links as they are now."""
    into = {(link[3], link[4]): link[0] for link in links}
    return [
        {**node, "inputs": [{**entry, "link": into.get((node["id"], i))} for i, entry in enumerate(node["inputs"])]}
        if node.get("inputs")
        else node
        for node in nodes
    ]
