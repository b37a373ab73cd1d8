"""A noise mask on an inverted latent: inside it the picture changes, outside the source's own path is kept."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer

PATH_START = 4.3e-4  # a sampler ends on the recorded path's first state, the latent times sqrt(1 + 0.0292^2)


def half_mask(value: float = 1.0, width: int = 128) -> Graph:
    """A mask that is `value` in the left half of the picture."""
    size = {"height": width, "width": width}
    return {
        "nothing": node("SolidMask", value=0.0, **size),
        "left": node("SolidMask", value=value, width=width // 2, height=width),
        "mask": node("MaskComposite", destination=["nothing", 0], source=["left", 0], x=0, y=0, operation="add"),
    }


def masked(graph: Graph, mask: Graph | None = None) -> Graph:
    """The graph with a noise mask on what its sampler gets."""
    latent = graph["sample"]["inputs"]["latent_image"]
    held = node("SetLatentNoiseMask", samples=latent, mask=["mask", 0])
    sample = graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"latent_image": ["held", 0]}}
    return graph | (mask or half_mask()) | {"held": held, "sample": sample}


def halves(a: str, b: str, name: str, width: int = 128) -> Graph:
    """Compares the left halves, where the mask is, and the right ones."""
    parts: Graph = {}
    for side, x in (("inside", 0), ("outside", width // 2)):
        crop = {"width": width // 2, "height": width, "x": x, "y": 0}
        parts |= {f"{name}_{side}_{end}": node("LatentCrop", samples=[end, 0], **crop) for end in (a, b)}
        parts |= graphs.compare(f"{name}_{side}_{a}", f"{name}_{side}_{b}", f"{name}_{side}")
    return parts


def reports(server: ComfyServer, graph: Graph) -> dict[str, dict[str, Any]]:
    outputs = server.prompt(graph).outputs
    return {name: found["report"][0] for name, found in outputs.items() if "report" in found}


@pytest.mark.parametrize("kind", ["sd15", "sd2 v-prediction", "sdxl"])
@pytest.mark.parametrize(("batch", "cfg", "size"), [(1, 1.0, 128), (2, 4.0, 32)])
def test_fastdrag_keeps_outside(server: ComfyServer, kind: str, batch: int, cfg: float, size: int):
    graph = graphs.fastdrag(cfg=cfg, kind=kind, batch=batch)
    whole = {"whole": graph["sample"]}
    found = reports(
        server,
        masked(graph, half_mask(width=size)) | whole | halves("sample", "encode", "a") | halves("whole", "encode", "b"),
    )
    assert found["a_outside"]["relative"] == pytest.approx(PATH_START, rel=0.05)
    assert found["b_outside"]["relative"] > 0.02 and found["a_inside"]["relative"] > 0.1


def test_outside_is_the_same_to_the_bit_whatever_is_dragged(server: ComfyServer):
    graph = masked(graphs.fastdrag())
    still = {"still": graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"latent_image": ["held_still", 0]}}}
    still["held_still"] = node("SetLatentNoiseMask", samples=["invert", 0], mask=["mask", 0])
    found = reports(server, graph | still | halves("sample", "still", "a"))
    assert found["a_outside"]["relative"] == 0 and found["a_inside"]["relative"] > 0.1


@pytest.mark.parametrize("sampler", ["euler", "heun", "dpmpp_2m", "euler_ancestral"])
def test_every_sampler_keeps_outside(server: ComfyServer, sampler: str):
    graph = masked(graphs.fastdrag()) | {"euler": node("KSamplerSelect", sampler_name=sampler)}
    found = reports(server, graph | halves("sample", "encode", "a"))
    assert found["a_outside"]["relative"] == pytest.approx(PATH_START, rel=0.05)
    assert found["a_inside"]["relative"] > 0.1


def test_a_mask_set_before_the_warp_is_kept(server: ComfyServer):
    late, early = masked(graphs.fastdrag()), masked(graphs.fastdrag())
    early["held"]["inputs"]["samples"] = ["invert", 0]
    early["warp"]["inputs"]["latent"] = ["held", 0]
    early["sample"]["inputs"]["latent_image"] = ["fill", 0]
    found = [reports(server, graph | halves("sample", "encode", "a")) for graph in (late, early)]
    assert found[0] == found[1]


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_soft_mask_changes_less(server: ComfyServer, part: float):
    whole = reports(server, graphs.fastdrag())["compare"]["relative"]
    soft = {"mask": node("SolidMask", value=part, width=128, height=128)}
    found = reports(server, masked(graphs.fastdrag(), soft))["compare"]["relative"]
    assert found == pytest.approx(PATH_START, rel=0.05) if part == 0 else PATH_START < found < whole


def test_differential_diffusion_releases_cells_along_the_way(server: ComfyServer):
    graph = masked(graphs.fastdrag(), half_mask(0.7))
    graph["released"] = node("DifferentialDiffusion", model=["inject", 0])
    graph["sample"]["inputs"]["model"] = ["released", 0]
    found = reports(server, graph | halves("sample", "encode", "a"))
    assert found["a_outside"]["relative"] == pytest.approx(PATH_START, rel=0.05)
    assert found["a_inside"]["relative"] > 0.02


@pytest.mark.parametrize("soft", [False, True])
def test_painting_in_a_mask_with_the_sources_attention_stays_the_hosts(server: ComfyServer, soft: bool):
    """Noise is added to a clean latent: outside the host itself puts that latent back."""
    graph = masked(graphs.fastdrag())
    graph["held"]["inputs"]["samples"] = ["encode", 0]
    graph["sample"]["inputs"]["add_noise"] = True
    if soft:
        graph["released"] = node("DifferentialDiffusion", model=["inject", 0])
        graph["sample"]["inputs"]["model"] = ["released", 0]
    found = reports(server, graph | halves("sample", "encode", "a"))
    assert found["a_outside"]["relative"] < 0.05 and found["a_inside"]["relative"] > 0.1


@pytest.mark.parametrize("model", ["model", "inject"])
@pytest.mark.parametrize("kind", ["sd15", "sd2 v-prediction", "sdxl"])
def test_regiondrag_keeps_outside(server: ComfyServer, kind: str, model: str):
    graph = masked(graphs.regiondrag(kind=kind, batch=2, paste={"end_percent": 1.0}))
    graph["sample"]["inputs"]["model"] = [model, 0]
    found = reports(server, graph | halves("sample", "encode", "a"))
    assert found["a_outside"]["relative"] < 1e-6 and found["a_inside"]["relative"] > 0.1


def test_an_empty_mask_lets_regiondrag_change_nothing(server: ComfyServer):
    nothing = {"mask": node("SolidMask", value=0.0, width=32, height=32)}
    assert reports(server, masked(graphs.regiondrag(), nothing))["compare"]["relative"] < 1e-6


@pytest.mark.parametrize("cfg", [1.0, 4.0])
def test_dragdiffusion_keeps_outside_what_its_source_is(server: ComfyServer, cfg: float):
    graph = masked(graphs.dragdiffusion(cfg=cfg, optimise={"learning_rate": 0.2}))
    plain = {"plain": graph["sample"] | {"inputs": graph["sample"]["inputs"] | {"latent_image": ["optimize", 0]}}}
    plain["undragged"] = node("LatentFromBatch", samples=["plain", 0], batch_index=0, length=1)
    graph |= halves("edited", "source", "a") | plain | graphs.compare("source", "undragged", "row_0")
    found = reports(server, graph)
    assert found["a_outside"]["relative"] == 0 and found["a_inside"]["relative"] > 0.02
    assert found["row_0"]["relative"] == 0
