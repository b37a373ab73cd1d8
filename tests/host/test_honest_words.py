"""What would go wrong without a word: one sentence in the log, or a refusal, and none where all is as it should be."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer

SHORT = graphs.DRAG | {"drags": [{"handle": [63, 64], "target": [66, 64]}]}
TWO = graphs.DRAG | {"drags": [*graphs.DRAG["drags"], {"handle": [63, 32], "target": [65, 32]}]}
INSIDE = graphs.DRAG | {"mask": [{"polygon": [[16, 32], [112, 32], [112, 96], [16, 96]]}]}
REGIONS_TOO = graphs.DRAG | {"regions": graphs.REGION["regions"]}


def words(server: ComfyServer, graph: Graph) -> list[str]:
    """Runs a graph; the warnings that the log has got by it."""
    before = len(server.log_text())
    server.prompt(graph)
    lines = server.log_text()[before:].splitlines()
    return [line for line in lines if "WARNING" in line and "did not arrive" not in line]


def refusal(server: ComfyServer, graph: Graph) -> str:
    with pytest.raises(PromptError) as error:
        server.prompt(graph)
    assert error.value.details["exception_type"] == "ValueError"
    return str(error.value)


def changed(graph: Graph, **inputs: Any) -> Graph:
    """The graph with other inputs, `node__input`."""
    graph = {name: part | {"inputs": dict(part["inputs"])} for name, part in graph.items()}
    for place, value in inputs.items():
        name, key = place.split("__")
        graph[name]["inputs"][key] = value
    return graph


def sampler(name: str) -> Graph:
    return {"euler": node("KSamplerSelect", sampler_name=name)}


STRAY = {
    "noise": (lambda: changed(graphs.fastdrag(), sample__add_noise=True), "adds noise to a latent that is noisy"),
    "clean": (lambda: changed(graphs.fastdrag(), warp__latent=["encode", 0]), "with a latent that is not noisy"),
    "empty": (lambda: graphs.fastdrag() | graphs.sample(latent="warp"), "cells of the latent are empty. Put BNNI Fill"),
    "ancestral": (lambda: graphs.fastdrag() | sampler("euler_ancestral"), "fresh noise at every step"),
    "sde": (lambda: graphs.fastdrag() | sampler("dpmpp_2m_sde"), "fresh noise at every step"),
    "lcm": (lambda: graphs.fastdrag() | sampler("lcm"), "fresh noise at every step"),
    "cfg": (lambda: graphs.fastdrag(cfg=7.0), "cfg is 7"),
    "noise, low strength": (
        lambda: changed(graphs.fastdrag(drag=INSIDE), sample__add_noise=True, invert__strength=0.2),
        "adds noise to a latent that is noisy",
    ),
    "clean, low strength": (
        lambda: changed(graphs.fastdrag(drag=INSIDE), warp__latent=["encode", 0], invert__strength=0.2),
        "with a latent that is not noisy",
    ),
    "cfg, regions": (lambda: graphs.regiondrag(cfg=7.0), "cfg is 7"),
}


@pytest.mark.parametrize(("graph", "sentence"), STRAY.values(), ids=list(STRAY))
def test_what_leaves_the_sources_path_is_said(server: ComfyServer, graph, sentence: str):
    found = words(server, graph())
    assert len(found) == 1 and "KVInjectAttention: " in found[0] and sentence in found[0]


QUEUED = {
    "KSampler": (
        lambda: (
            graphs.fastdrag()
            | {
                "sample": node(
                    "KSampler",
                    model=["model", 0],
                    positive=["model", 1],
                    negative=["model", 2],
                    latent_image=["fill", 0],
                    seed=0,
                    steps=4,
                    cfg=1.0,
                    sampler_name="euler",
                    scheduler="normal",
                    denoise=0.7,
                )
            }
        ),
        "KSampler (node sample): it adds noise or has noise levels of its own",
    ),
    "cfg": (lambda: changed(graphs.fastdrag(cfg=7.0), sample__model=["model", 0]), "cfg is 7"),
    "empty": (lambda: graphs.fastdrag() | graphs.sample("model", latent="warp"), "has empty cells. Put BNNI Fill"),
    "reference": (
        lambda: changed(graphs.dragdiffusion(), sample__model=["model", 0]),
        "SamplerCustom (node sample): source and edit are sampled side by side",
    ),
}


@pytest.mark.parametrize(("graph", "sentence"), QUEUED.values(), ids=list(QUEUED))
def test_what_no_node_sees_is_said_as_the_prompt_is_queued(server: ComfyServer, graph, sentence: str):
    found = words(server, graph())
    assert len(found) == 1 and sentence in found[0]


ODD = [{}, {"a": {"class_type": "Gone"}}, {"a": {"class_type": "KSampler", "inputs": {"model": ["a", {}]}}}]


@pytest.mark.parametrize("prompt", ODD, ids=str)
def test_an_odd_prompt_gets_the_hosts_own_words(server: ComfyServer, prompt: dict):
    before = len(server.log_text())
    with pytest.raises(PromptError):
        server.prompt(prompt)
    assert "on_prompt_handler" not in server.log_text()[before:]


QUIET = {
    "fastdrag": graphs.fastdrag,
    "fastdrag, batch": lambda: graphs.fastdrag(batch=2),
    "sdxl": lambda: graphs.fastdrag(kind="sdxl"),
    "no injection": lambda: graphs.fastdrag() | graphs.sample(model="model"),
    "round trip": lambda: graphs.round_trip(refine=2, injected=True),
    "regiondrag": graphs.regiondrag,
    "dragdiffusion": graphs.dragdiffusion,
    "painting with the source's attention": lambda: changed(
        graphs.fastdrag(), sample__add_noise=True, sample__latent_image=["encode", 0]
    ),
    "low strength": lambda: changed(graphs.fastdrag(), invert__strength=0.2),
    **{name: lambda name=name: graphs.fastdrag() | sampler(name) for name in ("heun", "dpmpp_2m", "ddim", "dpm_2")},
}


@pytest.mark.parametrize("graph", QUIET.values(), ids=list(QUIET))
def test_what_is_meant_so_is_not_spoken_of(server: ComfyServer, graph):
    assert words(server, graph()) == []


def test_levels_outside_of_the_injection_need_not_be_recorded(server: ComfyServer):
    graph = graphs.fastdrag() | graphs.inject(start=0.65) | {"high": node("ManualSigmas", sigmas="3.1, 2.2, 1.6")}
    graph["sample"]["inputs"]["sigmas"] = ["high", 0]
    assert server.prompt(graph).outputs["compare"]["report"][0]["finite"]
    graph |= graphs.inject()
    assert "noise levels the inversion did not record" in refusal(server, graph)


def test_a_drag_too_short_for_the_latents_cells(server: ComfyServer):
    (sentence,) = words(server, graphs.fastdrag(drag=SHORT))
    assert "LatentWarpage: nothing moves: the latent moves in cells of 8 px, and the longest drag goes 3 px" in sentence
    least = int(sentence.split("at least ")[1].split()[0])
    longer = SHORT | {"drags": [{"handle": [63, 64], "target": [63 + least, 64]}]}
    moved = graphs.fastdrag(drag=longer) | graphs.compare("warp", "invert", "moved")
    assert words(server, moved) == [] and server.prompt(moved).outputs["moved"]["report"][0]["relative"] > 0


def test_a_short_drag_among_others_is_named(server: ComfyServer):
    (sentence,) = words(server, graphs.fastdrag(drag=TWO))
    assert "LatentWarpage: drag 2 goes less than half a latent cell" in sentence


def test_handles_that_are_there_already(server: ComfyServer):
    near = SHORT | {"drags": [{"handle": [64, 64], "target": [66, 64]}]}
    (sentence,) = words(server, graphs.dragdiffusion(drag=near))
    assert "DragOptimizeLatent: drag 1 goes less than the 3 px" in sentence and "nothing will change" in sentence
    (sentence,) = words(server, graphs.dragdiffusion(drag=TWO, optimise={"learning_rate": 0.3}))[:1]
    assert "DragOptimizeLatent: drag 2 goes less than" in sentence and "only held" in sentence


POLYGON = graphs.SQUARE["polygon"]
SMALL_MOVES = [
    {"source": graphs.SQUARE, "affine": {"move": [2, 1]}},
    {"source": graphs.SQUARE, "affine": {"scale": [1.02, 1.02]}},
    {"source": graphs.SQUARE, "target": {"polygon": [[x + 1, y] for x, y in POLYGON]}},
]
HELD = [{"source": graphs.SQUARE, "affine": {}}, {"source": graphs.SQUARE, "target": graphs.SQUARE}]


@pytest.mark.parametrize("region", SMALL_MOVES, ids=str)
def test_a_region_that_moves_less_than_a_cell(server: ComfyServer, region: dict):
    (sentence,) = words(server, graphs.regiondrag(graphs.REGION | {"regions": [region]}))
    assert "RegionCopyPaste: nothing moves: the latent moves in cells of 8 px" in sentence


@pytest.mark.parametrize("region", HELD, ids=str)
def test_a_region_may_be_held_in_place(server: ComfyServer, region: dict):
    assert words(server, graphs.regiondrag(graphs.REGION | {"regions": [region]})) == []


def test_regions_are_not_for_nodes_that_take_drags(server: ComfyServer):
    assert "1 region and no drag, and this node does not use regions" in refusal(
        server, graphs.fastdrag(drag=graphs.REGION)
    )
    assert "this node does not use regions" in refusal(server, graphs.dragdiffusion(graphs.REGION))
    (sentence,) = words(server, graphs.fastdrag(drag=REGIONS_TOO))
    assert "LatentWarpage: this node does not use regions, so 1 region will be left out" in sentence
    assert any(
        "DragOptimizeLatent: this node does not use reg" in s for s in words(server, graphs.dragdiffusion(REGIONS_TOO))
    )


LATENT_NODES = {
    "InvertLatent": lambda: graphs.fastdrag(),
    "InversionFromLatent": lambda: (
        graphs.source()
        | {
            "sigmas": node("BasicScheduler", model=["model", 0], scheduler="normal", steps=4, denoise=1.0),
            "take": node(
                "InversionFromLatent",
                model=["model", 0],
                positive=["model", 1],
                latent=["encode", 0],
                sigmas=["sigmas", 0],
            ),
            "shown": node("TestPassThrough", value=["take", 0]),
        }
    ),
}


@pytest.mark.parametrize(("name", "graph"), LATENT_NODES.items())
@pytest.mark.parametrize("source", ["EmptySD3LatentImage"])
def test_a_latent_of_another_vae(server: ComfyServer, name: str, graph, source: str):
    graph = graph() | {"encode": node(source, width=128, height=128, batch_size=1)}
    sentence = refusal(server, graph)
    assert f"{name}: this latent has 16 channels, the MODEL takes 4. Encode" in sentence


def inverted_again(latent: str, **between: Any) -> Graph:
    again = {"again": node("InvertLatent", **(graphs.fastdrag()["invert"]["inputs"] | {"latent": [latent, 0]}))}
    return graphs.fastdrag() | between | again | {"shown": node("TestPassThrough", value=["again", 0])}


@pytest.mark.parametrize("latent", ["invert", "fill", "copied"])
def test_a_noisy_latent_is_no_picture_to_invert(server: ComfyServer, latent: str):
    (sentence,) = words(server, inverted_again(latent, copied=node("RepeatLatentBatch", samples=["fill", 0], amount=2)))
    assert "InvertLatent: the latent comes from an inversion and is noisy already. Connect" in sentence


def test_what_has_been_sampled_to_a_picture_is_one(server: ComfyServer):
    back = inverted_again("sample", **graphs.round_trip(refine=3))
    assert words(server, back) == []


def test_a_noise_mask_is_not_for_an_inversion(server: ComfyServer):
    mask = {"mask": node("SolidMask", value=1.0, width=64, height=64)}
    held = {"held": node("SetLatentNoiseMask", samples=["encode", 0], mask=["mask", 0])}
    (sentence,) = words(server, changed(graphs.fastdrag() | mask | held, invert__latent=["held", 0]))
    assert "InvertLatent: the latent's noise mask is not used by an inversion" in sentence


def test_training_on_a_noisy_latent(server: ComfyServer):
    settings = {"steps": 1, "rank": 1, "learning_rate": 1e-4, "batch_size": 1, "seed": 0}
    train = node("DragLoRATrain", model=["model", 0], positive=["model", 1], latent=["invert", 0], **settings)
    (sentence,) = words(
        server, graphs.fastdrag() | {"train": train, "shown": node("TestPassThrough", value=["train", 1])}
    )
    assert "DragLoRATrain: the latent comes from an inversion and is noisy already" in sentence


def test_guidance_needs_a_negative_prompt(server: ComfyServer):
    assert "cfg is 4, but no negative prompt is connected" in refusal(
        server, graphs.dragdiffusion(optimise={"cfg": 4.0})
    )


@pytest.mark.parametrize("schedule", ["alternating", "alternating, GoodDrag's settings"])
def test_turns_need_a_level_to_go_down_to(server: ComfyServer, schedule: str):
    one = changed(graphs.dragdiffusion(optimise={"schedule": schedule}), invert__strength=0.05)
    assert f"schedule {schedule} goes down the noise levels, but the inversion has one alone" in refusal(server, one)


@pytest.mark.parametrize("spacing", ["leading", "linspace"])
def test_a_model_with_fewer_noise_levels_than_steps(server: ComfyServer, spacing: str):
    graph = graphs.round_trip()
    graph["distilled"] = node("ModelSamplingDiscrete", model=["model", 0], sampling="lcm", zsnr=False)
    graph = changed(graph, invert__model=["distilled", 0], sample__model=["distilled", 0], invert__spacing=spacing)
    assert server.prompt(graph).outputs["compare"]["report"][0]["finite"]
    few = changed(graph, invert__steps=60)
    assert "InvertLatent: this model has 50 noise levels, too few for 60 steps" in refusal(server, few)


def test_any_number_of_channels_can_be_warped(server: ComfyServer):
    graph = graphs.source() | graphs.warp() | {"shown": node("TestPassThrough", value=["fill", 0])}
    graph["warp"]["inputs"]["latent"] = ["encode", 0]
    graph["encode"] = node("EmptySD3LatentImage", width=128, height=128, batch_size=1)
    assert words(server, graph) == []
