"""Keep Outside on a real server: every method keeps the source's own path outside of the mask, to the bit."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tests.host.test_noise_masks import PATH_START, half_mask, halves, reports
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, inversion, node
from dragkit.tools.server import ComfyServer

FASTDRAG, REGIONDRAG = graphs.fastdrag, graphs.regiondrag
OTHER = {"version": 1, "size": [128, 128], "drags": [{"handle": [30, 90], "target": [60, 40]}]}


def kept(graph: Graph, border: float = 0.0, mask: Graph | None = None) -> Graph:
    """The graph with Keep Outside between its model and its sampler."""
    sample = graph["sample"]["inputs"]
    links = {"model": sample["model"], "inversion": ["invert", 2], "mask": ["mask", 0]}
    patched = graph["sample"] | {"inputs": sample | {"model": ["keep", 0]}}
    return graph | (mask or half_mask()) | {"keep": node("KeepOutside", **links, border=border), "sample": patched}


def also(graph: Graph, **changes: Any) -> Graph:
    """The graph with its warp, fill and sampling once more, under other names, from another instruction."""
    names = ("drag", "warp", "fill", "paste", "optimize", "sample", "edited", "source")
    copies = {f"{n}_2": node(graph[n]["class_type"], **graph[n]["inputs"]) for n in names if n in graph}
    for part in copies.values():
        renamed = {k: [f"{v[0]}_2", *v[1:]] if links_to(v, copies) else v for k, v in part["inputs"].items()}
        part["inputs"] = renamed
    copies["drag_2"]["inputs"] |= changes
    return graph | copies


def bare() -> Graph:
    """FastDrag without the source's attention."""
    graph = FASTDRAG()
    graph["sample"]["inputs"]["model"] = ["model", 0]
    return graph


def links_to(value: Any, copies: Graph) -> bool:
    return isinstance(value, list) and bool(value) and f"{value[0]}_2" in copies


@pytest.mark.parametrize("kind", ["sd15", "sd2 v-prediction", "sdxl"])
def test_fastdrag_follows_the_sources_path(server: ComfyServer, kind: str):
    graph = also(kept(FASTDRAG(kind=kind)), json=OTHER)
    found = reports(server, graph | halves("sample", "sample_2", "two") | halves("sample", "encode", "a"))
    assert found["two_outside"]["relative"] == 0 and found["two_inside"]["relative"] > 0.02
    assert found["a_outside"]["relative"] == pytest.approx(PATH_START, rel=0.05)


@pytest.mark.parametrize("kind", ["sd15", "sdxl"])
def test_regiondrag_follows_the_sources_path(server: ComfyServer, kind: str):
    other = {"version": 1, "size": [128, 128], "regions": [{"source": graphs.SQUARE, "affine": {"move": [10, 40]}}]}
    graph = also(kept(REGIONDRAG(kind=kind, paste={"end_percent": 1.0})), json=other)
    found = reports(server, graph | halves("sample", "sample_2", "two") | halves("sample", "encode", "a"))
    assert found["two_outside"]["relative"] == 0 and found["two_inside"]["relative"] > 0.02
    assert found["a_outside"]["relative"] < 1e-6


@pytest.mark.parametrize("kind", ["sd15", "sdxl"])
def test_dragdiffusion_follows_the_sources_path(server: ComfyServer, kind: str):
    graph = also(kept(graphs.dragdiffusion(kind=kind, optimise={"learning_rate": 0.2})), json=OTHER)
    graph |= halves("edited", "edited_2", "two") | halves("edited", "encode", "a")
    found = reports(server, graph)
    assert found["two_outside"]["relative"] == 0 and found["two_inside"]["relative"] > 0.02
    assert found["a_outside"]["relative"] == pytest.approx(PATH_START, rel=0.05)


def test_the_same_as_a_noise_mask_behind_the_sources_attention(server: ComfyServer):
    graph = kept(FASTDRAG())
    masked = {"held": node("SetLatentNoiseMask", samples=["fill", 0], mask=["mask", 0])}
    inputs = graph["sample"]["inputs"] | {"model": ["inject", 0], "latent_image": ["held", 0]}
    masked["masked"] = graph["sample"] | {"inputs": inputs}
    assert reports(server, graph | masked | graphs.compare("sample", "masked", "same"))["same"]["relative"] == 0


def test_it_needs_no_other_patch(server: ComfyServer):
    found = reports(server, kept(bare()) | halves("sample", "encode", "a"))
    assert found["a_outside"]["relative"] == pytest.approx(PATH_START, rel=0.05)
    assert found["a_inside"]["relative"] > 0.1


def test_a_noise_mask_counts_beside_it(server: ComfyServer):
    graph = kept(FASTDRAG())
    held = node("SetLatentNoiseMask", samples=["fill", 0], mask=["none", 0])
    graph |= {"none": node("SolidMask", value=0.0, width=128, height=128), "held": held}
    graph["sample"]["inputs"]["latent_image"] = ["held", 0]
    assert reports(server, graph)["compare"]["relative"] == pytest.approx(PATH_START, rel=0.05)


def test_a_soft_border_changes_less_and_nothing_outside(server: ComfyServer):
    hard, soft = (reports(server, kept(FASTDRAG(), border) | halves("sample", "encode", "a")) for border in (0.0, 4.0))
    assert soft["a_outside"]["relative"] == hard["a_outside"]["relative"]
    assert 0.02 < soft["a_inside"]["relative"] < hard["a_inside"]["relative"]


def test_painting_with_fresh_noise_puts_the_source_back(server: ComfyServer):
    """The clean latent that noise is added to has changed outside of the mask, too; that is not kept."""
    graph = kept(FASTDRAG())
    graph["warp"]["inputs"]["latent"] = ["encode", 0]
    graph["sample"]["inputs"]["add_noise"] = True
    found = reports(server, graph | halves("sample", "encode", "a"))
    assert found["a_outside"]["relative"] < 0.05 and found["a_inside"]["relative"] > 0.1


def test_a_full_mask_is_said(server: ComfyServer):
    server.prompt(kept(FASTDRAG(), mask={"mask": node("SolidMask", value=1.0, width=128, height=128)}))
    assert "KeepOutside: the mask covers the whole picture, so nothing is kept." in server.log_text()


REFUSED = {
    "an empty mask": (
        kept(FASTDRAG(), mask={"mask": node("SolidMask", value=0.0, width=128, height=128)}),
        "KeepOutside: the 128x128 mask is empty",
    ),
    "another latent": (
        kept(bare()) | {"fill": node("TestRandomLatent", width=8, height=16, batch=1, seed=1)},
        "KeepOutside: the sampler got a latent of (1, 4, 16, 8), the inversion is of (1, 4, 16, 16).",
    ),
    "another model": (
        kept(FASTDRAG()) | {"inject": node("TestRandomModel", kind="sdxl", dtype="fp32", seed=0)},
        "KeepOutside: the inversion was made with another MODEL",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_refused(server: ComfyServer, name: str):
    graph, sentence = REFUSED[name]
    with pytest.raises(PromptError) as error:
        server.prompt(graph)
    assert sentence in str(error.value)


def test_a_picture_being_generated_has_no_path(server: ComfyServer):
    given = {"model": ["model", 0], "positive": ["model", 1], "latent": ["encode", 0], "sigmas": ["levels", 1]}
    graph = kept(FASTDRAG()) | {"levels": inversion(capture="none"), "stated": node("InversionFromLatent", **given)}
    graph["keep"]["inputs"]["inversion"] = ["stated", 0]
    with pytest.raises(PromptError, match="KeepOutside: the inversion is that of a picture being generated"):
        server.prompt(graph)
