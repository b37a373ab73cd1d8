"""What is said of a queued graph, and that nothing is said of what is meant so."""

import json
import random
from copy import deepcopy
from typing import Any

import pytest
from dragkit.benchmarks.truth.arms import STAGES
from dragkit.benchmarks.truth.cases import all_cases
from dragkit.core.prompt.rules import remarks
from dragkit.tools import graphs
from dragkit.tools.graphs import Graph, node

OUTPUTS = ("SaveImage", "PreviewAny", "PreviewImage")
ARMS = [arm for stage in STAGES.values() for arm in stage]
CASE = next(case for case in all_cases() if case.mask == "wide")
CORE_SAMPLER = {"seed": 0, "steps": 20, "cfg": 1.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 0.7}
PROMPTS = {"positive": ["model", 1], "negative": ["model", 2]}


def said(graph: Any) -> list[str]:
    outputs = [name for name, part in graph.items() if part["class_type"] in OUTPUTS]
    return list(remarks(json.loads(json.dumps(graph)), outputs))


def bare(graph: Graph, **inputs: Any) -> Graph:
    """A method's graph with the MODEL unpatched and other inputs of its sampler."""
    graph = deepcopy(graph)
    graph["sample"]["inputs"] |= {"model": ["model", 0]} | inputs
    return graph


def fastdrag() -> Graph:
    return graphs.fastdrag("x.png", {}, "ball")


def regiondrag() -> Graph:
    return graphs.regiondrag("x.png", {}, "ball")


def dragdiffusion() -> Graph:
    return graphs.dragdiffusion("x.png", {}, "ball")


def whole(kind: str = "KSampler", **inputs: Any) -> Graph:
    settings = {"model": ["model", 0], "latent_image": ["fill", 0]} | PROMPTS | CORE_SAMPLER | inputs
    return fastdrag() | {"sample": node(kind, **settings)}


def advanced(noise: str = "DisableNoise", guider: str = "CFGGuider", model: str = "model", **settings: Any) -> Graph:
    links = {"sampler": ["euler", 0], "sigmas": ["invert", 1], "latent_image": ["fill", 0]}
    sample = node("SamplerCustomAdvanced", noise=["noise", 0], guider=["guider", 0], **links)
    parts = {"noise": node(noise), "guider": node(guider, model=[model, 0], **settings)}
    return fastdrag() | parts | {"sample": sample}


def masked(graph: Graph) -> Graph:
    held = node("SetLatentNoiseMask", samples=graph["sample"]["inputs"]["latent_image"], mask=["picture", 1])
    graph = graph | {"held": held}
    graph["sample"]["inputs"]["latent_image"] = ["held", 0]
    return graph


def with_sampler(name: str, graph: Graph) -> Graph:
    return graph | {"euler": node("KSamplerSelect", sampler_name=name)}


def with_model(graph: Graph, model: str) -> Graph:
    graph["sample"]["inputs"]["model"] = [model, 0]
    return graph


def changed(graph: Graph, name: str, **inputs: Any) -> Graph:
    graph[name]["inputs"] |= inputs
    return graph


def scheduled(graph: Graph, kind: str = "BasicScheduler", **settings: Any) -> Graph:
    graph["sample"]["inputs"]["sigmas"] = ["low", 1]
    return graph | {"levels": node(kind, **settings), "low": node("SplitSigmas", sigmas=["levels", 0], step=3)}


def titled(graph: Graph) -> Graph:
    graph["sample"]["_meta"] = {"title": "My sampler"}
    return graph


STRAY = {
    "KSampler": (whole(), "noise levels of its own"),
    "KSamplerAdvanced": (whole("KSamplerAdvanced", add_noise="disable"), "noise levels of its own"),
    "KSamplerAdvanced, noise": (
        whole("KSamplerAdvanced", add_noise="enable", scheduler="ddim_uniform"),
        "noise levels of its own",
    ),
    "noise": (bare(fastdrag(), add_noise=True), "adds noise to a latent that is noisy"),
    "noise, advanced": (advanced("RandomNoise"), "adds noise to a latent that is noisy"),
    "noise on a pair": (with_model(bare(dragdiffusion(), add_noise=True), "reference"), "adds noise to a latent"),
    "ancestral": (with_sampler("euler_ancestral", bare(fastdrag())), "euler_ancestral adds fresh noise"),
    "sde node": (
        bare(fastdrag()) | {"euler": node("SamplerDPMPP_SDE", eta=1.0)},
        "SamplerDPMPP_SDE adds fresh noise",
    ),
    "ancestral pair": (with_sampler("dpmpp_sde", dragdiffusion()), "dpmpp_sde adds fresh noise"),
    "regions without their sampler": (changed(regiondrag(), "sample", sampler=["euler", 0]), "nothing is pasted"),
    "ddpm without regions": (changed(fastdrag(), "invert", method="ddpm"), "inverted by ddpm"),
    "scheduler": (scheduled(bare(fastdrag()), scheduler="karras"), "those of BasicScheduler"),
    "karras": (scheduled(bare(fastdrag()), "KarrasScheduler"), "those of KarrasScheduler"),
    "turns": (
        changed(changed(dragdiffusion(), "optimize", schedule="alternating"), "sample", sigmas=["invert", 1]),
        "Connect its own sigmas",
    ),
    "cfg": (bare(fastdrag(), cfg=7.0), "cfg is 7"),
    "cfg, advanced": (advanced(cfg=7.5), "cfg is 7.5"),
    "cfg of regions": (bare(regiondrag(), cfg=4), "cfg is 4"),
    "cfg of a photo's pair": (changed(dragdiffusion(), "sample", cfg=7.0), "cfg is 7"),
    "cfg by a primitive": (
        bare(fastdrag(), cfg=["seven", 0]) | {"seven": node("PrimitiveFloat", value=7.0)},
        "cfg is 7",
    ),
    "not filled": (bare(fastdrag(), latent_image=["warp", 0]), "Put BNNI Fill between"),
    "clean": (changed(bare(fastdrag()), "warp", latent=["encode", 0]), "that of the clean picture"),
    "clean, not warped": (bare(fastdrag(), latent_image=["encode", 0]), "that of the clean picture"),
    "mask": (masked(bare(fastdrag())), "Put KV Inject Attention on the MODEL"),
    "mask on a pair": (masked(with_model(dragdiffusion(), "lora")), "Put Reference Attention on the MODEL"),
    "no reference": (with_model(dragdiffusion(), "lora"), "does not look at the source"),
    "title": (titled(bare(fastdrag(), cfg=7.0)), "My sampler (node sample): cfg is 7"),
}


@pytest.mark.parametrize(("graph", "sentence"), STRAY.values(), ids=list(STRAY))
def test_what_goes_wrong_without_a_word(graph: Graph, sentence: str):
    found = said(graph)
    assert any(sentence in remark for remark in found)
    assert len(found) == (2 if graph is STRAY["mask on a pair"][0] else 1)  # it lacks the reference, too
    assert all("(node sample): " in remark for remark in found)


MEANT = {
    "fastdrag": fastdrag(),
    "no injection": bare(fastdrag()),
    "injected: the run says it itself": changed(fastdrag(), "sample", cfg=7.0, add_noise=True),
    "mask and injection": masked(fastdrag()),
    "mask and regions": masked(bare(regiondrag())),
    "mask and reference": masked(dragdiffusion()),
    "noise and regions": changed(regiondrag(), "sample", add_noise=True),
    "advanced": advanced(),
    "advanced, basic guider": advanced(guider="BasicGuider"),
    "dragwarp": graphs.dragwarp("x.png", {}, "ball"),
    "dragwarp, inverted": graphs.dragwarp_fastdrag("x.png", {}, "ball"),
    "the inversion's own levels": whole("KSamplerAdvanced", add_noise="disable", scheduler="ddim_uniform"),
    "a uniform scheduler": scheduled(bare(fastdrag()), scheduler="ddim_uniform"),
    "ancestral without noise": bare(fastdrag()) | {"euler": node("SamplerEulerAncestral", eta=0.0)},
    "noise on the clean latent": bare(fastdrag(), latent_image=["encode", 0], add_noise=True),
    "cfg with its own guidance": changed(changed(dragdiffusion(), "optimize", cfg=7.0), "sample", cfg=7.0),
    "the edit alone": with_model(
        changed(dragdiffusion(), "sample", latent_image=["alone", 0])
        | {"alone": node("LatentFromBatch", samples=["optimize", 0], batch_index=1, length=1)},
        "lora",
    ),
    "by an unknown node": bare(fastdrag(), latent_image=["odd", 0], cfg=7.0)
    | {"odd": node("SomebodysNode", latent=["fill", 0])},
    "not asked for": {name: part for name, part in bare(fastdrag(), cfg=7.0).items() if name != "after"},
}


@pytest.mark.parametrize("graph", MEANT.values(), ids=list(MEANT))
def test_what_is_meant_so(graph: Graph):
    assert said(graph) == []


def test_a_picture_being_generated_keeps_its_guidance_and_levels():
    graph = scheduled(changed(dragdiffusion(), "sample", cfg=7.0), scheduler="normal")
    graph["invert"] = node("InversionFromLatent", model=["model", 0], latent=["first", 0], sigmas=["low", 1])
    assert said(graph) == []


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: arm.name)
def test_the_benchmarks_choices_are_meant_so(arm):
    assert said(arm.prompt(CASE, "example.png")) == []


def broken(value: Any, chance: random.Random) -> Any:
    """A copy of a prompt with some of its parts replaced."""
    junk = [None, True, -1, 1e400, "", "sample", [], ["sample", 0], ["gone", 0], [{}, 0], ["warp", "x"], {}, [[1], 2]]
    if chance.random() < 0.06:
        return chance.choice(junk)
    if isinstance(value, dict):
        return {key: broken(part, chance) for key, part in value.items()}
    return [broken(part, chance) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(300))
def test_no_graph_is_too_odd_to_be_read(seed: int):
    chance = random.Random(seed)
    graph = broken(chance.choice([*(graph for graph, _ in STRAY.values()), None, [], "x", 3]), chance)
    names = list(graph) if isinstance(graph, dict) else ["sample"]
    assert all(isinstance(remark, str) for remark in remarks(graph, names))


def test_a_ring_of_links_ends():
    ring = {"a": node("LatentFlip", samples=["b", 0]), "b": node("LatentCrop", samples=["a", 0], model=["b", 0])}
    ring["sample"] = node("SamplerCustom", latent_image=["a", 0], model=["b", 0], cfg=["c", 0])
    ring["c"] = node("PrimitiveFloat", value=["c", 0])
    assert list(remarks(ring, ["sample"])) == []
