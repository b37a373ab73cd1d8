"""Graphs with subgraphs become flat ones, within each other too, with what is set on their nodes."""

from typing import Any

from dragkit.tools.subgraphs import flattened


def node(number: int, kind: str, *inputs: tuple[str, int | None], **further: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "inputs": [{"name": name, "link": link} for name, link in inputs]} | further


def link(*ends: Any) -> dict[str, Any]:
    return dict(zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), ends, strict=True))


SET = {"name": "strength", "widget": {"name": "strength"}, "link": None}
INNER = {
    "id": "inner",
    "nodes": [node(1, "Blur", ("image", 1), ("strength", 3))],
    "links": [link(1, -10, 0, 1, 0, "IMAGE"), link(2, 1, 0, -20, 0, "IMAGE"), link(3, -10, 1, 1, 1, "FLOAT")],
}
OUTER = {
    "id": "outer",
    "nodes": [node(7, "inner", ("image", 1), ("strength", 3)), node(8, "Sharpen", ("image", 2))],
    "links": [
        link(1, -10, 0, 7, 0, "IMAGE"),
        link(2, 7, 0, 8, 0, "IMAGE"),
        link(3, -10, 1, 7, 1, "FLOAT"),
        link(4, 8, 0, -20, 0, "IMAGE"),
    ],
}


LINKS = [[1, 1, 0, 2, 0, ""], [2, 2, 0, 3, 0, ""]]


def opened(*nodes: dict[str, Any], links: list) -> dict[str, Any]:
    return flattened({"nodes": nodes, "links": links, "definitions": {"subgraphs": [INNER, OUTER]}})


def ends(graph: dict[str, Any]) -> set[tuple]:
    return {tuple(each[1:5]) for each in graph["links"]}


def test_what_is_set_on_a_subgraph_s_node_reaches_the_node_within():
    holder = node(2, "inner", ("image", 1), widgets_values=[0.5])
    holder["inputs"].append(SET)
    graph = opened(
        node(1, "Load"), holder, node(3, "Save", ("image", 2)), links=[[1, 1, 0, 2, 0, ""], [2, 2, 0, 3, 0, ""]]
    )
    assert [each["id"] for each in graph["nodes"]] == [1, "2:1", 3]
    assert ends(graph) == {(1, 0, "2:1", 0), ("2:1", 0, 3, 0)}
    assert graph["nodes"][1]["given"] == {"strength": 0.5}
    assert graph["nodes"][2]["inputs"][0]["link"] == 2


def test_subgraphs_within_subgraphs():
    holder = node(2, "outer", ("image", 1), ("strength", None))
    graph = opened(
        node(1, "Load"), holder, node(3, "Save", ("image", 2)), links=[[1, 1, 0, 2, 0, ""], [2, 2, 0, 3, 0, ""]]
    )
    assert ends(graph) == {(1, 0, "2:7:1", 0), ("2:7:1", 0, "2:8", 0), ("2:8", 0, 3, 0)}


def test_two_in_a_row():
    first, second = node(2, "inner", ("image", 1)), node(3, "inner", ("image", 2))
    graph = opened(
        node(1, "Load"), first, second, node(4, "Save", ("image", 3)),
        links=[[1, 1, 0, 2, 0, ""], [2, 2, 0, 3, 0, ""], [3, 3, 0, 4, 0, ""]],
    )  # fmt: skip
    assert ends(graph) == {(1, 0, "2:1", 0), ("2:1", 0, "3:1", 0), ("3:1", 0, 4, 0)}


def test_a_bypassed_one_is_left_to_be_passed_by():
    graph = opened(node(2, "inner", ("image", None), mode=4), links=[])
    assert [each["type"] for each in graph["nodes"]] == ["inner"]
