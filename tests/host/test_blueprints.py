"""The blueprints: offered by the host, written as they are described, and run without a page."""

import json
from typing import Any

import pytest
from dragkit.core.prompt.graph import as_link
from dragkit.tools.environment import ROOT
from dragkit.tools.examples.blueprint import blueprint_form, compact_form
from dragkit.tools.examples.compact import COMPACT
from dragkit.tools.examples.known import known_nodes, pack_version
from dragkit.tools.examples.methods import BLUEPRINTS
from dragkit.tools.server import ComfyServer
from dragkit.tools.subgraphs import flattened
from dragkit.tools.workflow import api_prompt

PACK = "dragkit", pack_version()


@pytest.fixture(scope="module")
def known(server: ComfyServer) -> dict[str, Any]:
    return known_nodes(server.get("/object_info"))


def saved(folder: str, name: str) -> dict[str, Any]:
    return json.loads((ROOT / folder / f"{name}.json").read_text(encoding="utf-8"))


def wiring(form: dict[str, Any]) -> list[tuple]:
    """The nodes of a graph, opened up, with what they are linked to and set to, as far as it is the pack's to say."""
    flat = flattened(form)
    nodes = {node["id"]: node for node in flat["nodes"]}
    links = [
        (str(origin), nodes[origin]["outputs"][output]["name"], str(target), nodes[target]["inputs"][slot]["name"])
        for _, origin, output, target, slot, _ in flat["links"]
    ]
    given = [(str(key), node["type"], sorted(node.get("given", {}).items())) for key, node in nodes.items()]
    return sorted(links) + sorted(given)


def test_the_host_offers_them(server: ComfyServer):
    offered = server.get("/global_subgraphs").values()
    ours = {entry["name"] for entry in offered if entry["info"]["node_pack"] == "custom_nodes.dragkit"}
    assert ours == set(BLUEPRINTS)


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_the_file_is_what_its_description_says(known: dict[str, Any], name: str):
    file, made = saved("subgraphs", name), blueprint_form(BLUEPRINTS[name], known, PACK)
    assert wiring(file) == wiring(made)
    (held,), (described,) = (form["definitions"]["subgraphs"] for form in (file, made))
    assert [entry["name"] for entry in held["inputs"]] == [entry["name"] for entry in described["inputs"]]


@pytest.mark.parametrize("name", COMPACT)
def test_the_example_is_what_its_description_says(known: dict[str, Any], name: str):
    example = COMPACT[name]
    blueprints = [example.blueprint] if example.blueprint else []
    made = compact_form(example.groups(name), blueprints, known, PACK)
    assert wiring(saved("example_workflows", name)) == wiring(made)


@pytest.mark.parametrize("name", ["fastdrag", "regiondrag", "dragdiffusion"])
def test_the_opened_up_example_makes_the_same_picture(known: dict[str, Any], name: str):
    """By the same nodes with the same inputs, so that the host runs none of them again after the other."""
    results = []
    for file in (name, f"{name}_explained"):
        graph = api_prompt(saved("example_workflows", file), known)
        results.append(
            [made_of(graph, n["inputs"]["images"]) for n in graph.values() if n["class_type"] == "SaveImage"]
        )
    assert results[0] == results[1] and len(results[0]) == 1


def made_of(graph: dict[str, Any], value: Any) -> Any:
    """A value as it is, or all that a linked output is made of."""
    link = as_link(value)
    if link is None:
        return value
    node = graph[link.node]
    return node["class_type"], link.output, {key: made_of(graph, own) for key, own in node["inputs"].items()}


def test_one_runs_without_a_page(server: ComfyServer, known: dict[str, Any]):
    graph = api_prompt(saved("example_workflows", "fastdrag"), known)
    result = server.prompt(graph)
    (picture,) = (output["images"] for output in result.outputs.values() if "images" in output)
    assert server.view(picture[0]).startswith(b"\x89PNG")
