"""Wires of the examples that are laid out by hand: none lies behind a node."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from dragkit.tools.environment import ROOT
from dragkit.tools.examples.catalogue import EXAMPLES
from dragkit.tools.examples.compact import COMPACT

BY_HAND = [f for f in sorted((ROOT / "example_workflows").glob("*.json")) if f.stem not in {*EXAMPLES, *COMPACT}]
TITLE, SLOT, STEP, RIM = 30, 20, 5, 2
Point = tuple[float, float]


def socket(node: dict[str, Any], slot: int, side: float) -> Point:
    """Where a wire begins or ends at a node: its left side is 0, its right side 1."""
    return node["pos"][0] + side * node["size"][0], node["pos"][1] + (slot + 0.7) * SLOT


def path(content: dict[str, Any], nodes: dict[Any, Any], link: list[Any]) -> list[Point]:
    """The points that a wire leads through."""
    number, origin, output, target, into = link[:5]
    between = {point["id"]: point for point in content["extra"].get("reroutes", [])}
    ends = {end["id"]: end["parentId"] for end in content["extra"].get("linkExtensions", [])}
    points, last = [socket(nodes[target], into, 0)], ends.get(number)
    while last is not None:
        points.append(tuple(between[last]["pos"]))
        last = between[last].get("parentId")
    return [*points, socket(nodes[origin], output, 1)]


def along(start: Point, end: Point) -> Iterator[Point]:
    """Points on the way from one to another, some pixels apart."""
    count = max(int(max(abs(start[0] - end[0]), abs(start[1] - end[1])) / STEP), 2)
    for i in range(1, count):
        yield tuple(a + (b - a) * i / count for a, b in zip(start, end, strict=True))


def covers(node: dict[str, Any], point: Point) -> bool:
    (left, top), (width, height) = node["pos"], node["size"]
    return left + RIM < point[0] < left + width - RIM and top - TITLE + RIM < point[1] < top + height - RIM


@pytest.mark.parametrize("file", BY_HAND, ids=lambda file: file.stem)
def test_no_wire_lies_behind_a_node(file: Path):
    content = json.loads(file.read_text(encoding="utf-8"))
    nodes = {node["id"]: node for node in content["nodes"]}
    shown = [node for node in nodes.values() if not node["flags"].get("collapsed")]
    for link in content["links"]:
        points = path(content, nodes, link)
        behind = {n["id"] for start, end in pairwise(points) for n in shown for p in along(start, end) if covers(n, p)}
        assert behind <= {link[1], link[3]}, f"{link} lies behind {behind}"
