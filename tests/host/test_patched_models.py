"""Inversions and gradients where other nodes have patched the MODEL, and previews by a network, on a real server."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.graphs import Graph, inversion, node
from dragkit.tools.server import ComfyServer

CACHE = {"reuse_threshold": 0.5, "start_percent": 0.0, "end_percent": 1.0, "verbose": False}
PATCHES = {
    "EasyCache": CACHE,
    "LazyCache": CACHE,
    "SelfAttentionGuidance": {"scale": 0.5, "blur_sigma": 2.0},
    "PerturbedAttentionGuidance": {"scale": 3.0},
    "FreeU_V2": {"b1": 1.3, "b2": 1.4, "s1": 0.9, "s2": 0.2},
    "TestPatchedModel": {},
}
LEFT_OUT = ["EasyCache", "LazyCache", "SelfAttentionGuidance"]


def patched(name: str) -> Graph:
    return {"patch": node(name, model=["model", 0], **PATCHES[name])}


def with_model(part: dict[str, Any], model: str) -> dict[str, Any]:
    return part | {"inputs": part["inputs"] | {"model": [model, 0]}}


def gradient_nodes(model: str) -> Graph:
    """The three nodes that go by gradients, two steps each, on an inversion by the same model."""
    prompt, drag = {"model": [model, 0], "positive": ["model", 1]}, {"inversion": ["invert", 2], "drag": ["drag", 0]}
    radii = {"radius_motion": 1, "radius_track": 3, "mask_weight": 0.1}
    rates = {"steps": 2, "learning_rate": 0.01}
    lora = {"rank": 2, "seed": 0}
    return {
        "invert": with_model(inversion(steps=10, capture="none"), model),
        "drag": node("DragFromJSON", json=graphs.DRAG),
        "optimize": node("DragOptimizeLatent", **prompt, **drag, **rates, **radii, feature_block="auto"),
        "online": node("DragOnlineLoRA", **prompt, **drag, **rates, **radii, dds_weight=1.0, **lora),
        "train": node("DragLoRATrain", **prompt, latent=["encode", 0], **rates, batch_size=1, **lora),
    }


def beside(graph: Graph, suffix: str = "_plain") -> Graph:
    """The same nodes under other names."""
    names = {name: f"{name}{suffix}" for name in graph}

    def renamed(value: Any) -> Any:
        return [names.get(value[0], value[0]), value[1]] if isinstance(value, list) else value

    return {
        names[name]: part | {"inputs": {key: renamed(value) for key, value in part["inputs"].items()}}
        for name, part in graph.items()
    }


def said(server: ComfyServer, graph: Graph, name: str) -> tuple[dict[str, Any], str]:
    """What a node reports, and what the server logged meanwhile."""
    before = len(server.log_text())
    return server.prompt(graph).outputs[name]["report"][0], server.log_text()[before:]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_an_inversion_leaves_out_what_skips_or_guides(server: ComfyServer, name: str):
    """It is that of the bare model, of which every level is recorded; sampling has the patch again."""
    graph = graphs.fastdrag(batch=1) | patched(name)
    graph |= beside({"invert": graph["invert"]}) | graphs.compare("invert", "invert_plain", "same")
    graph["invert"] = with_model(graph["invert"], "patch")
    graph["inject"] = with_model(graph["inject"], "patch")
    graph["patch"]["inputs"] |= {"reuse_threshold": 0.01} if "Cache" in name else {}
    outputs, log = server.prompt(graph).outputs, server.log_text()
    assert outputs["same"]["report"][0]["relative"] == 0 and outputs["compare"]["report"][0]["finite"]
    assert f"InvertLatent: {name} on the MODEL" in log


def test_guidance_that_runs_the_network_itself_is_not_recorded(server: ComfyServer):
    """A scale of almost nothing changes no state, but the pass that it adds differs in all later layers."""
    graph = graphs.source() | patched("PerturbedAttentionGuidance")
    graph["patch"]["inputs"]["scale"] = 1e-6
    graph |= {"invert": with_model(inversion(), "patch"), "invert_plain": inversion()}
    for end, name in (("", "invert"), ("_plain", "invert_plain")):
        graph |= beside(graphs.inject() | graphs.sample(latent="invert"), end)
        graph[f"inject{end}"]["inputs"]["inversion"] = [name, 2]
    graph |= graphs.compare("sample", "sample_plain", "same")
    found, _ = said(server, graph, "same")
    assert found["relative"] < 1e-4


@pytest.mark.parametrize("name", PATCHES)
def test_gradients_of_a_patched_model(server: ComfyServer, name: str):
    """What is left out makes no difference; everything else counts, and every node comes to its end."""
    graph = graphs.source() | patched(name) | gradient_nodes("patch") | beside(gradient_nodes("model"))
    for made in ("optimize", "online"):
        output = 0 if made == "optimize" else 1
        graph[f"{made}_row"] = node("LatentFromBatch", samples=[made, output], batch_index=1, length=1)
        graph[f"{made}_row_plain"] = node("LatentFromBatch", samples=[f"{made}_plain", output], batch_index=1, length=1)
        graph |= graphs.compare(f"{made}_row", f"{made}_row_plain", f"{made}_same")
    graph["trained"] = node("PreviewImage", images=["train", 2])
    before = len(server.log_text())
    outputs = server.prompt(graph).outputs
    log = server.log_text()[before:]
    found = [outputs[f"{made}_same"]["report"][0] for made in ("optimize", "online")]
    assert all(one["finite"] and (one["relative"] == 0) is (name in LEFT_OUT) for one in found)
    told = [f"{made}: {name} on the MODEL" in log for made in ("DragOptimizeLatent", "DragOnlineLoRA", "DragLoRATrain")]
    assert told == [name in LEFT_OUT] * 3 and outputs["trained"]["images"]


@pytest.mark.parametrize("companion", ["two ControlNets", "GLIGEN"])
def test_gradients_beside_other_models(server: ComfyServer, companion: str):
    graph = graphs.source() | gradient_nodes("model")
    graph["prompt"] = node("TestAccompaniedPrompt", conditioning=["model", 1], companion=companion)
    for part in graph.values():
        part["inputs"] |= {"positive": ["prompt", 0]} if "positive" in part["inputs"] else {}
    graph |= graphs.compare("optimize", "optimize", "compare") | graphs.compare("online", "online", "also")
    graph["also"]["inputs"] = {"a": ["online", 1], "b": ["online", 1]}
    graph["trained"] = node("PreviewImage", images=["train", 2])
    outputs = server.prompt(graph).outputs
    assert outputs["compare"]["report"][0]["finite"] and outputs["also"]["report"][0]["finite"]


def test_previews_by_a_network(server: ComfyServer):
    """Each step of every node that goes by gradients shows a picture, by a network made in inference mode."""
    graph = graphs.source() | gradient_nodes("model") | graphs.compare("optimize", "optimize")
    graph["also"] = node("TestCompareLatents", a=["online", 1], b=["online", 1])
    graph["trained"] = node("PreviewImage", images=["train", 2])
    graph["encode"]["inputs"]["seed"] = 77
    result = server.prompt(graph, extra={"preview_method": "taesd"})
    pictures = [frame for frame in result.frames if b"\xff\xd8" in frame[:200]]
    assert len(pictures) >= 7 + 3 * 2 and "could not find models/vae_approx" not in server.log_text()
