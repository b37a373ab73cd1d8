"""What runs again where nothing but the drawing has changed, in the examples that need no download."""

import json
from typing import Any

import pytest
from dragkit.tools.environment import ROOT
from dragkit.tools.server import ComfyServer
from dragkit.tools.workflow import Graph, api_prompt

EXAMPLES = ("fastdrag", "dragdiffusion", "dragreference", "dragwarp_fastdrag")
SMALL = {
    "DragLoRATrain": {"steps": 1, "batch_size": 1},
    "DragOptimizeLatent": {"steps": 1},
    "InvertLatent": {"steps": 3},
    "KSampler": {"steps": 2},
}
RUN_ON = 4  # pixels that every pull goes further
PICTURES = {"DragCanvas": 2, "DragCrop": 0}  # outputs that stay, as long as the crop cuts out the same


def saved(name: str) -> dict[str, Any]:
    file = ROOT / "example_workflows" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def small(name: str, server: ComfyServer) -> Graph:
    """The prompt of an example in few steps."""
    graph = api_prompt(saved(name), server.get("/object_info"))
    for node in graph.values():
        node["inputs"] |= SMALL.get(node["class_type"], {})
    return graph


def drawn_on(graph: Graph) -> Graph:
    """The same with every pull of the drawing a little longer."""
    graph = json.loads(json.dumps(graph))
    drag = next(node["inputs"]["drag"] for node in graph.values() if node["class_type"] == "DragCanvas")
    for pull in drag["drags"]:
        pull["target"][0] += RUN_ON
    for region in drag["regions"]:
        region["affine"]["move"][0] += RUN_ON
    return graph


def nodes_run(server: ComfyServer, graph: Graph) -> set[str]:
    """The nodes that the server runs for a prompt."""
    events = server.prompt(graph).events
    return {event["data"]["node"] for event in events if event["type"] == "executing"} - {None}


def hang_on_the_drawing(graph: Graph) -> set[str]:
    """The canvas, and all that takes anything but its picture, or that of a crop."""
    found = {name for name, node in graph.items() if node["class_type"] == "DragCanvas"}
    while True:
        links = [(name, value) for name, node in graph.items() for value in node["inputs"].values()]
        links = [(name, *link) for name, link in links if isinstance(link, list)]
        changed = {n for n, a, out in links if a in found and PICTURES.get(graph[a]["class_type"]) != out} - found
        if not changed:
            return found
        found |= changed


@pytest.mark.parametrize("name", EXAMPLES)
def test_only_what_depends_on_the_drawing_runs_again(server: ComfyServer, name: str):
    """Not what encodes, inverts or learns the picture: it hangs on the canvas, too, but is the same."""
    graph = small(name, server)
    server.prompt(graph)
    again, drawn = nodes_run(server, drawn_on(graph)), hang_on_the_drawing(graph)
    assert drawn <= again
    assert {graph[n]["class_type"] for n in again - drawn} <= {"PreviewImage"}  # what shows is shown again


def test_a_crop_elsewhere_is_encoded_anew(server: ComfyServer):
    graph = small("fastdrag", server)
    server.prompt(graph)
    crop = next(node for node in graph.values() if node["class_type"] == "DragCrop")
    crop["inputs"]["context"] = 0.1
    assert {graph[name]["class_type"] for name in nodes_run(server, graph)} >= {"VAEEncode", "InvertLatent"}
