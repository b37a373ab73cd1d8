"""FastDrag's pipeline on a real server, on small random networks of the users' architectures."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError, PromptResult
from dragkit.tools.graphs import Graph, inversion, node
from dragkit.tools.server import ComfyServer


def report(result: PromptResult, name: str = "compare") -> dict:
    return result.outputs[name]["report"][0]


MODELS = [("sd15", "fp32"), ("sd15", "bf16"), ("sd2 v-prediction", "fp32"), ("sdxl", "fp32"), ("sdxl", "bf16")]


@pytest.mark.parametrize(("kind", "dtype"), MODELS)
@pytest.mark.parametrize(("batch", "cfg"), [(1, 1.0), (2, 4.0)])
def test_edits_on_every_architecture(server: ComfyServer, kind: str, dtype: str, batch: int, cfg: float):
    found = report(server.prompt(graphs.fastdrag(cfg, kind=kind, dtype=dtype, batch=batch)))
    assert found["finite"] and found["shape"] == [batch, 4, 16, 16]
    assert found["relative"] > 0.1


@pytest.mark.parametrize("kind", ["sd15", "sd2 v-prediction", "sdxl"])
def test_refinement_brings_the_picture_back(server: ComfyServer, kind: str):
    errors = [report(server.prompt(graphs.round_trip(refine, kind=kind)))["relative"] for refine in (0, 3, 12)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < min(0.01, errors[0] / 10)


def test_injection_is_exact_where_nothing_was_dragged(server: ComfyServer):
    """At the fixed point the recorded states are the sampler's own, so lending them changes nothing."""
    graph = graphs.round_trip(refine=20) | graphs.compare("plain", "sample", "same")
    graph["plain"] = graph["sample"]
    graph["sample"] = graphs.sample(model="inject", latent="invert")["sample"]
    assert report(server.prompt(graph), "same")["relative"] < 1e-3


def test_injection_changes_an_edit(server: ComfyServer):
    graph = graphs.fastdrag() | graphs.compare("plain", "sample", "same")
    graph["plain"] = graphs.sample(model="model")["sample"]
    assert report(server.prompt(graph), "same")["relative"] > 0.02


@pytest.mark.parametrize(("start", "end"), [(0.95, 1.0), (0.0, 0.1)])
def test_injection_outside_of_the_sampled_levels_does_nothing(server: ComfyServer, start: float, end: float):
    graph = graphs.fastdrag() | graphs.inject(start=start, end=end) | graphs.compare("plain", "sample", "same")
    graph["plain"] = graphs.sample(model="model")["sample"]
    found = report(server.prompt(graph), "same")["relative"]
    assert found == 0 if end < 0.2 else found < 0.05


def test_batch_items_are_edited_alone(server: ComfyServer):
    """The first item of a batch of two comes out as it does by itself."""
    graph = graphs.fastdrag(batch=2)
    first = {"both": graph["encode"], "encode": node("LatentFromBatch", samples=["both", 0], batch_index=0, length=1)}
    alone = {name: rename(part) for name, part in (graph | first).items() if name not in ("model", "euler", "both")}
    graph |= {"both": first["both"]} | {f"{name}1": part for name, part in alone.items()}
    graph["item"] = node("LatentFromBatch", samples=["sample", 0], batch_index=0, length=1)
    graph |= graphs.compare("item", "sample1", "same")
    assert report(server.prompt(graph), "same")["relative"] < 1e-4


def rename(part: dict) -> dict:
    """The same node, linked to the nodes of the second pipeline."""
    shared = ("model", "euler", "both")
    inputs = {
        key: [f"{value[0]}1", value[1]] if isinstance(value, list) and value[0] not in shared else value
        for key, value in part["inputs"].items()
    }
    return part | {"inputs": inputs}


def test_states_are_recorded_for_every_level_of_the_decoder(server: ComfyServer):
    graph = graphs.source(batch=2) | {"invert": inversion()} | graphs.inspect()
    found = report(server.prompt(graph), "inspect")
    assert found["levels"] == pytest.approx(found["sigmas"][1:])
    assert len(found["levels"]) == 7 and len(found["path"]) == 8
    assert all([block for block, _, _ in layers] == ["output"] * 4 for layers in found["layers"])
    assert found["shapes"][:4] == [[2, 64, 64]] * 2 + [[2, 256, 32]] * 2


def test_all_blocks_add_the_encoder_and_the_middle(server: ComfyServer):
    graph = graphs.source() | {"invert": inversion(capture="all blocks")} | graphs.inspect()
    (layers, *_) = report(server.prompt(graph), "inspect")["layers"]
    assert [block for block, _, _ in layers] == ["input"] * 2 + ["middle"] + ["output"] * 4


def test_states_keep_the_precision_they_were_computed_in(server: ComfyServer):
    graph = graphs.source(dtype="bf16") | {"invert": inversion()} | graphs.inspect()
    assert report(server.prompt(graph), "inspect")["dtypes"] == ["torch.bfloat16"]


@pytest.mark.parametrize("size", [(12, 20), (11, 16), (24, 8)])
def test_sizes_that_are_not_square(server: ComfyServer, size: tuple[int, int]):
    found = report(server.prompt(graphs.fastdrag(width=size[0], height=size[1], drag={**graphs.DRAG, "size": None})))
    assert found["finite"] and found["shape"] == [1, 4, size[1], size[0]]


def test_an_instruction_reads_alike_as_object_text_and_point_list(server: ComfyServer):
    forms = [
        graphs.DRAG,
        '{"version": 1, "size": [128, 128], "drags": [{"handle": [40, 64], "target": [80, 64]}]}',
        '[{"x": 40, "y": 64}, {"x": 80, "y": 64}]',
    ]
    found = [report(server.prompt(graphs.fastdrag(drag=drag)))["relative"] for drag in forms]
    assert found[0] == found[1] == found[2]


def test_inversion_shows_its_progress(server: ComfyServer):
    """The host leaves out steps that follow one another within a tenth of a second."""
    events = server.prompt(graphs.round_trip(refine=19, width=40, height=40)).events
    steps = [e["data"]["value"] for e in events if e["type"] == "progress" and e["data"]["node"] == "invert"]
    assert steps == sorted(steps) and steps[-1] == 7 and len(steps) > 2


def test_a_second_run_comes_from_the_cache(server: ComfyServer):
    graph = graphs.fastdrag(width=20)
    first, second = server.prompt(graph), server.prompt(graph)
    cached = next(e["data"]["nodes"] for e in second.events if e["type"] == "execution_cached")
    assert {"invert", "warp", "fill", "inject", "sample"} <= set(cached)
    graph["warp"]["inputs"]["priority"] = "nearest handle"
    third = server.prompt(graph)
    cached = next(e["data"]["nodes"] for e in third.events if e["type"] == "execution_cached")
    assert "invert" in cached and "warp" not in cached
    assert report(first) == report(second)


def masked(batch: int, *widths: int) -> dict:
    """The pipeline with one mask for every width: the left part of the picture."""
    graph = graphs.fastdrag(batch=batch)
    for number, width in enumerate(widths):
        graph[f"wide{number}"] = node("SolidMask", value=1.0, width=width, height=128)
        graph[f"none{number}"] = node("SolidMask", value=0.0, width=128, height=128)
        paste = {"destination": [f"none{number}", 0], "source": [f"wide{number}", 0]}
        graph[f"mask{number}"] = node("MaskComposite", **paste, x=0, y=0, operation="add")
        graph[f"image{number}"] = node("MaskToImage", mask=[f"mask{number}", 0])
    graph["image"] = graph["image0"]
    for number in range(1, len(widths)):
        previous = "image" if number == 1 else f"images{number - 1}"
        graph[f"images{number}"] = node("ImageBatch", image1=[previous, 0], image2=[f"image{number}", 0])
    last = f"images{len(widths) - 1}" if len(widths) > 1 else "image"
    graph["masks"] = node("ImageToMask", image=[last, 0], channel="red")
    graph["warp"]["inputs"]["mask"] = ["masks", 0]
    return graph


def warped(server: ComfyServer, graph: dict) -> list[float]:
    """How much the warp changed every item of the batch."""
    return report(server.prompt(graph | graphs.compare("warp", "invert", "moved")), "moved")["per_item"]


def test_as_many_masks_as_latents_serve_one_each(server: ComfyServer):
    together = warped(server, masked(2, 72, 128))
    narrow, wide = warped(server, masked(2, 72)), warped(server, masked(2, 128))
    assert together == [narrow[0], wide[1]] and narrow != wide


def test_other_numbers_of_masks_are_joined(server: ComfyServer):
    assert warped(server, masked(2, 72, 56, 100)) == warped(server, masked(2, 100))


def by_depth(**changes: Any) -> Graph:
    """An edit by a depth that rises to the right."""
    graph = graphs.fastdrag() | {
        "solid": node("SolidMask", value=1.0, width=128, height=128),
        "ramp": node("FeatherMask", mask=["solid", 0], left=128, top=0, right=0, bottom=0),
        "depth": node("MaskToImage", mask=["ramp", 0]),
        "flat": node("MaskToImage", mask=["solid", 0]),
        "wide": node("EmptyImage", width=256, height=64, batch_size=1, color=0),
        "two": node("ImageBatch", image1=["depth", 0], image2=["depth", 0]),
    }
    graph["warp"]["inputs"] |= {"displacement": "depth (GeoDrag)", "depth": ["depth", 0]} | changes
    return graph


def test_depth_changes_an_edit(server: ComfyServer):
    plain = {name: part for name, part in graphs.fastdrag().items() if name in ("drag", "warp")}
    other = {f"{name}1": part for name, part in plain.items()}
    graph = by_depth() | other | graphs.compare("warp", "warp1", "same")
    result = server.prompt(graph)
    assert report(result)["finite"] and report(result)["relative"] > 0.1
    assert report(result, "same")["relative"] > 0.05


DEPTHS = {
    "none": ({"depth": None}, "displacement is depth (GeoDrag), and depth is not connected. Connect the depth map"),
    "two": ({"depth": ["two", 0]}, "and depth is a batch of 2. Connect"),
    "flat": ({"depth": ["flat", 0]}, "the depth is the same everywhere"),
    "of another picture": ({"depth": ["wide", 0]}, "the depth is 256x64 and the picture 128x128"),
}


@pytest.mark.parametrize(("changes", "message"), DEPTHS.values(), ids=DEPTHS)
def test_a_depth_that_cannot_be_used_is_refused(server: ComfyServer, changes: dict, message: str):
    graph = by_depth(**changes)
    graph["warp"]["inputs"] = {name: value for name, value in graph["warp"]["inputs"].items() if value is not None}
    with pytest.raises(PromptError) as refused:
        server.prompt(graph)
    assert "LatentWarpage: " in str(refused.value) and message in str(refused.value)


def test_a_depth_that_is_not_used_is_said(server: ComfyServer):
    server.prompt(by_depth(displacement="stretch (FastDrag)"))
    assert "LatentWarpage: displacement is stretch (FastDrag), so depth is not used" in server.log_text()
