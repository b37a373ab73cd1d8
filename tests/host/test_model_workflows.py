"""The example workflows for large models, run on small random networks of the same classes and files.

What stands in for the large ones: networks of one head under the same file names, read by the host's own loaders; its
tiny autoencoders; and in place of the text model a node that gives every text numbers of its own. The pictures mean
nothing; that every node takes what the one before gives, and that outside of the seam nothing changes, they show.
"""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dragkit.core.crop.stitch import OTHER_CROP
from dragkit.tests.host import small_files
from dragkit.tools.client import PromptResult
from dragkit.tools.environment import ROOT
from dragkit.tools.examples.catalogue import BESIDE, EXAMPLES, FAMILIES, FOUND, groups_of
from dragkit.tools.examples.known import known_nodes, newer_nodes, pack_version
from dragkit.tools.examples.page_form import page_form
from dragkit.tools.examples.words import MEND
from dragkit.tools.graphs import node
from dragkit.tools.server import ComfyServer
from dragkit.tools.workflow import Graph, api_prompt, declared_inputs
from PIL import Image

FOLDER = ROOT / "example_workflows"
NEWER = {name: newer_nodes().keys() for name in FAMILIES if "qwen21" in name}
RUN = [name for name in FAMILIES if name not in NEWER and name not in FOUND]  # SAM 3 has no small stand-in
EDITS = [name for name in FAMILIES if "fill" not in name and name not in BESIDE]


@pytest.fixture(scope="module")
def known(server: ComfyServer) -> dict[str, Any]:
    small_files.write(server.base / "models")
    return server.get("/object_info")


def saved(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def small(graph: Graph, side: int = 256) -> Graph:
    """A prompt with the text model and what finds things stood in for, on small crops and in two steps."""
    width, pooled = small_files.CONTEXT, small_files.POOLED
    for piece in graph.values():
        if piece["class_type"] == "UNETLoader" and piece["inputs"]["unet_name"] not in small_files.FILES:
            piece.update(class_type="TestRandomModel", inputs={"kind": "qwen", "dtype": "fp32", "seed": 0})
            width, pooled = 32, 16
        if piece["class_type"] == "SAM3_Detect":
            piece.update(class_type="SolidMask", inputs={"value": 1.0, "width": 768, "height": 768})
        if piece["class_type"] == "DragCrop":
            piece["inputs"] |= {"size": "given", "width": side, "height": side}
        if "steps" in piece["inputs"]:
            piece["inputs"]["steps"] = 2
    for piece in graph.values():
        if "CLIPLoader" in piece["class_type"]:
            piece.update(class_type="TestRandomWords", inputs={"width": width, "pooled": pooled})
    return graph


def shown(server: ComfyServer, graph: Graph, result: PromptResult, title: str) -> np.ndarray:
    """The picture (H, W, 3) that the node of a title shows or saves."""
    name = next(key for key, node in graph.items() if node["_meta"]["title"] == title)
    file = server.view(result.outputs[name]["images"][0])
    return np.array(Image.open(io.BytesIO(file)).convert("RGB"))


@pytest.mark.parametrize("name", RUN)
def test_it_runs_and_changes_nothing_but_what_may_change(server: ComfyServer, known: dict[str, Any], name: str):
    graph, log = small(api_prompt(saved(name), known)), len(server.log_text())
    warps, titles = name.startswith("dragwarp"), ["After", "What may change"]
    free = next(key for key, n in graph.items() if n["class_type"] == ("DragWarp" if warps else "DragCanvas"))
    graph["free"] = node("MaskPreview", mask=[free, 1]) | {"_meta": {"title": "What may change"}}
    result = server.prompt(graph)
    warnings = [line for line in server.log_text()[log:].splitlines() if "WARNING" in line]
    assert [line for line in warnings if OTHER_CROP not in line] == []  # numbers drawn at random redraw all
    before = shown(server, graph, result, "Warped, no model yet" if warps else "Before")
    after, mask = (shown(server, graph, result, title) for title in titles)
    inside = mask[..., 0] > 127
    assert 0.002 < inside.mean() < 0.3
    assert np.array_equal(after[~inside], before[~inside])
    assert (after[inside] != before[inside]).any(-1).mean() > 0.5


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_node_has_the_inputs_and_outputs_it_is_used_with(known: dict[str, Any], name: str):
    """On this host, or as the templates of newer hosts use it."""
    nodes = known_nodes(known)
    file = saved(name)
    kinds = {node["id"]: node["type"] for node in file["nodes"] if node["type"] != "MarkdownNote"}
    assert {kind for kind in kinds.values() if kind not in known} == set(NEWER.get(name, ()))
    for number, origin, output, target, slot, kind in file["links"]:
        inputs = next(node for node in file["nodes"] if node["id"] == target)["inputs"]
        assert inputs[slot]["link"] == number and kind in inputs[slot]["type"].split(",")
        assert kind in dict(declared_inputs(nodes[kinds[target]]))[inputs[slot]["name"]][0].split(",")
        assert nodes[kinds[origin]]["output"][output] == kind
    for piece in file["nodes"]:
        if piece["type"] in nodes:
            required = nodes[piece["type"]]["input"]["required"]
            present = {entry["name"] for entry in piece["inputs"] if entry["link"] or entry.get("widget")}
            assert {key for key, form in required.items() if not (form[1:] and form[1].get("socketless"))} <= present


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_file_is_what_its_description_says(known: dict[str, Any], name: str):
    """But for inputs and outputs that nodes have got since it was written."""
    file, made = saved(name), page_form(groups_of(name), known_nodes(known), "dragkit", pack_version())
    assert linked(file) == linked(made) and file["groups"] == made["groups"]
    for ours, described in zip(file["nodes"], made["nodes"], strict=True):
        same = ("id", "type", "pos", "size", "title", "properties")
        assert [ours.get(key) for key in same] == [described.get(key) for key in same]
        assert ours["widgets_values"] == described["widgets_values"][: len(ours["widgets_values"])]


def linked(form: dict[str, Any]) -> list[tuple[int, str, int, str]]:
    """The links of a file: nodes, and the names of output and input."""
    nodes = {saved["id"]: saved for saved in form["nodes"]}
    return sorted(
        (origin, nodes[origin]["outputs"][output]["name"], target, nodes[target]["inputs"][slot]["name"])
        for _, origin, output, target, slot, _ in form["links"]
    )


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_model_is_told_the_same(known: dict[str, Any], name: str):
    graph = api_prompt(saved(name), known_nodes(known))
    told = [node["inputs"] for node in graph.values() if node["_meta"]["title"] == "What the model is told"]
    assert [inputs.get("text", inputs.get("prompt")) for inputs in told] == [MEND]


@pytest.mark.parametrize("page", ["js/docs/DragWarp.md", "docs/dragwarp.md"])
def test_pages_quote_what_edit_models_are_told(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert MEND in re.sub(r"\s+(> )?", " ", text)


def templates() -> Path:
    import comfyui_workflow_templates_json

    return Path(comfyui_workflow_templates_json.__file__).parent / "templates"


def offers(value: Any) -> set[tuple[str, str, str]]:
    """All files that a template's JSON offers: name, address and folder."""
    if isinstance(value, list):
        return set().union(*map(offers, value))
    if not isinstance(value, dict):
        return set()
    own = [model for model in value.get("models") or () if isinstance(model, dict) and "url" in model]
    found = {(model["name"], model["url"].partition("?")[0], model["directory"]) for model in own}
    return found.union(*map(offers, value.values()))


def test_files_are_offered_as_the_host_s_own_templates_do(known: dict[str, Any]):
    theirs = offers([json.loads(file.read_text(encoding="utf-8")) for file in templates().glob("*.json")])
    for name in FAMILIES:
        ours = offers(saved(name))
        assert ours and (ours <= theirs or (name in NEWER and all("Qwen-Image-2.1" in url for _, url, _ in ours)))
        loaded = {
            value for node in saved(name)["nodes"] if "Loader" in node["type"] for value in node["widgets_values"]
        }
        assert {model for model, _, _ in ours} <= loaded
