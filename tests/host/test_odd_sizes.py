"""Pictures whose sides are no multiples of 8: what the VAE cuts off, and where drags, masks and results then lie."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tools.graphs import Graph, dragwarp, fastdrag, node, save
from dragkit.tools.server import ComfyServer
from PIL import Image

CUT = (2, 3)  # of a picture of 133x135 for a latent of 16x16
ODD, WHOLE = [133, 135], [128, 128]


def shifted(place: list[float]) -> list[float]:
    return [place[0] - CUT[0], place[1] - CUT[1]]


def instruction(size: list[int], odd: bool) -> dict[str, Any]:
    """A drag in a mask, in pixels of the picture or of what the VAE leaves of it."""
    at = list if odd else shifted
    corners = [[20, 40], [100, 40], [100, 100], [20, 100]]
    drag = {"handle": at([43, 67]), "target": at([83, 67])}
    return {"version": 1, "size": size, "drags": [drag], "mask": [{"polygon": [at(corner) for corner in corners]}]}


def regions(size: list[int], odd: bool) -> dict[str, Any]:
    at = list if odd else shifted
    source = {"polygon": [at(corner) for corner in [[16, 35], [56, 35], [56, 83], [16, 83]]]}
    return {"version": 1, "size": size, "regions": [{"source": source, "affine": {"move": [40, 8]}}]}


METHODS = {
    "fastdrag": (lambda drag: graphs.fastdrag(drag=drag), instruction),
    "regiondrag": (graphs.regiondrag, regions),
    "dragdiffusion": (graphs.dragdiffusion, instruction),
}


@pytest.mark.parametrize("method", METHODS)
def test_an_instruction_follows_the_cut_of_the_vae(server: ComfyServer, method: str):
    graph, drag = METHODS[method]
    odd, whole = (server.prompt(graph(drag(s, s is ODD))).outputs["compare"]["report"] for s in (ODD, WHOLE))
    assert odd == whole and odd[0]["relative"] > 0
    assert "the latent shows 128x128 of the 133x135 picture; the VAE cut the rest off" in server.log_text()


def test_handles_end_in_pixels_of_the_picture(host: Path):
    from dragkit.tools.in_process import use_host

    use_host()
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.gradients.plan import make_plan

    plan = make_plan(read_drag(instruction(ODD, True)), torch.zeros(1, 4, 16, 16), None, "Test")
    assert plan.in_picture(plan.targets).tolist() == [[82, 67]]  # of 83: whole places of the half-size grid
    assert plan.placed.whole.size == tuple(ODD)


SIDES = [(263, 263), (199, 241), (256, 256)]


def picture(size: tuple[int, int], folder: Path) -> Path:
    """A smooth picture that the demonstration network can encode."""
    from dragkit.tools.edits import DRAGWARP

    pixels = (DRAGWARP["ball"].picture * 255).round().byte().permute(1, 2, 0).numpy()
    file = folder / f"ball_{size[0]}x{size[1]}.png"
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(file)
    return file


def shown(server: ComfyServer, files: list[dict]) -> np.ndarray:
    """The first picture of an output, (H, W, 3) in 0..1."""
    return np.asarray(Image.open(io.BytesIO(server.view(files[0]))).convert("RGB"), dtype=np.float64) / 255


def decibels(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(((a - b) ** 2).mean()))


def moved_ball(size: tuple[int, int]) -> dict[str, Any]:
    """The ball moved to the right and out of the picture below, so that its last rows are to be painted."""
    at = [[x / 256 * size[0], y / 256 * size[1]] for x, y in [(76, 143), (171, 143), (171, 256), (76, 256)]]
    handle, way = [size[0] / 2, size[1] * 0.7], size[0] / 4
    drag = {"handle": handle, "target": [handle[0] + way, handle[1]]}
    return {"version": 1, "size": list(size), "drags": [drag], "mask": [{"polygon": at}]}


@pytest.mark.parametrize("size", SIDES, ids=str)
def test_what_is_painted_lies_in_its_place(server: ComfyServer, tmp_path: Path, size: tuple[int, int]):
    graph: Graph = dragwarp(server.upload(picture(size, tmp_path)), moved_ball(size), "ball", denoise=0.05)
    graph["shown"] = node("MaskToImage", mask=["warp", 1])
    graph |= {"decoded": save("decode"), "hole": save("shown")}
    graph["sample"]["inputs"]["steps"] = 2
    outputs = server.prompt(graph).outputs
    warped, after, decoded, hole = (
        shown(server, outputs[name]["images"]) for name in ("warped", "after", "decoded", "hole")
    )
    width, height = size
    assert after.shape == warped.shape == (height, width, 3)
    assert decoded.shape == (height + -height % 8, width + -width % 8, 3)
    assert decibels(decoded[:height, :width], warped) > 33
    inside = hole[..., 0] > 0.5
    assert np.array_equal(after[~inside], warped[~inside])
    assert inside[-1].any() and np.abs(after - decoded[:height, :width])[inside].max() < 2 / 255


@pytest.mark.parametrize("size", SIDES[:2], ids=str)
def test_results_come_back_at_the_picture_s_own_size(server: ComfyServer, tmp_path: Path, size: tuple[int, int]):
    graph = fastdrag(server.upload(picture(size, tmp_path)), moved_ball(size), "ball")
    graph["invert"]["inputs"]["steps"] = 2
    graph["invert"]["inputs"]["strength"] = 1.0
    outputs = server.prompt(graph).outputs
    assert shown(server, outputs["after"]["images"]).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("padded", [False, True], ids=["bare", "padded"])
def test_a_warp_of_an_odd_size_says_what_a_vae_makes_of_it(server: ComfyServer, padded: bool):
    graph = {
        "picture": node("EmptyImage", width=263, height=130, batch_size=1, color=98 + padded),
        "drag": node("DragFromJSON", json=regions([263, 130], True)),
        "warp": node("DragWarp", image=["picture", 0], drag=["drag", 0], mask_expand=5, fill="none"),
        "saved": save("warp"),
    }
    if padded:
        graph |= {"pad": node("DragPad", image=["warp", 0]), "saved": save("pad")}
    before = len(server.log_text())
    server.prompt(graph)
    said = "A VAE gives back its middle, 256x128, which belongs 3 px to the right and 1 px down"
    note = f"DragWarp: the sides of the picture, 263x130, are no multiples of 8. {said}"
    assert (note in server.log_text()[before:]) is not padded


def test_a_mask_of_another_size_is_padded_with_its_picture(server: ComfyServer):
    graph = {
        "picture": node("EmptyImage", width=37, height=50, batch_size=2, color=99),
        "mask": node("SolidMask", value=1.0, width=74, height=100),
        "pad": node("DragPad", image=["picture", 0], mask=["mask", 0]),
        "shown": node("MaskToImage", mask=["pad", 1]),
        "saved": save("pad"),
        "hole": save("shown"),
    }
    outputs = server.prompt(graph).outputs
    assert shown(server, outputs["saved"]["images"]).shape == (56, 40, 3) and len(outputs["saved"]["images"]) == 2
    assert (shown(server, outputs["hole"]["images"]) == 1).all()
