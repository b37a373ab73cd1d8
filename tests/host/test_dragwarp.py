"""DragWarp on a real server: alone, with masks and batches, and in front of sampling."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from dragkit.core.instruction.form import read_drag
from dragkit.core.redraw.pixels import Fill, Sampling
from dragkit.tests.core.placing import warp
from dragkit.tools.client import PromptError
from dragkit.tools.edits import DRAGWARP
from dragkit.tools.graphs import Graph, node, save
from dragkit.tools.graphs import warp as warp_node
from dragkit.tools.server import ComfyServer
from PIL import Image

EDIT = DRAGWARP["ball"]


def source(scene: str = "ball", drag: Any = None) -> Graph:
    return {
        "picture": node("DragDemoPicture", scene=scene, seed=0),
        "drag": node("DragFromJSON", json=EDIT.drag_json() if drag is None else drag),
    }


def shown(**settings: Any) -> Graph:
    """The warp and its masks, saved."""
    masks = {name: node("MaskToImage", mask=["warp", slot]) for name, slot in (("inpaint", 1), ("target", 2))}
    saved = {f"{name}_file": save(name) for name in masks}
    return {"warp": warp_node(**settings), **masks, "image_file": save("warp"), **saved}


def pictures(server: ComfyServer, graph: Graph, name: str) -> torch.Tensor:
    """What a node saved, (B, H, W, 3) in 0..1."""
    files = server.prompt(graph).outputs[name]["images"]
    opened = (Image.open(io.BytesIO(server.view(file))).convert("RGB") for file in files)
    return torch.stack([torch.from_numpy(np.asarray(image, dtype=np.float32) / 255) for image in opened])


@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("sampling", Sampling)
def test_the_node_is_the_warp(server: ComfyServer, fill: Fill, sampling: Sampling):
    graph = source() | shown(fill=fill.value, sampling=sampling.value)
    picture = EDIT.picture.permute(1, 2, 0)[None]
    expected = warp(picture, read_drag(EDIT.drag_json()), 5, fill, sampling)
    torch.testing.assert_close(pictures(server, graph, "image_file"), expected.image, atol=1 / 255, rtol=0)
    for name, mask in (("inpaint_file", expected.inpaint_mask), ("target_file", expected.target_mask)):
        assert torch.equal(pictures(server, graph, name)[0, ..., 0] > 0.5, mask)


def with_masks(*boxes: tuple[int, int, int, int]) -> Graph:
    """One mask for each box (x, y, width, height), as a batch that the warp takes."""
    graph: Graph = {"none": node("SolidMask", value=0.0, width=256, height=256)}
    for number, (x, y, width, height) in enumerate(boxes):
        graph[f"box{number}"] = node("SolidMask", value=1.0, width=width, height=height)
        links = {"destination": ["none", 0], "source": [f"box{number}", 0]}
        graph[f"mask{number}"] = node("MaskComposite", **links, x=x, y=y, operation="add")
        graph[f"picture{number}"] = node("MaskToImage", mask=[f"mask{number}", 0])
    last = "picture0"
    for number in range(1, len(boxes)):
        links = {"image1": [last, 0], "image2": [f"picture{number}", 0]}
        last = f"pictures{number}"
        graph[last] = node("ImageBatch", **links)
    return graph | {"masks": node("ImageToMask", image=[last, 0], channel="red")}


DRAG = {"version": 1, "size": [256, 256], "drags": [{"handle": [128, 180], "target": [168, 180]}]}
LARGE, SMALL = (90, 140, 80, 80), (110, 160, 40, 40)


def test_a_connected_mask_counts_before_the_drags_own(server: ComfyServer):
    own = {"mask": [{"polygon": [[0, 0], [20, 0], [20, 20]]}]}
    graph = source(drag=DRAG | own) | with_masks(SMALL) | shown(mask=["masks", 0])
    target = pictures(server, graph, "target_file")[0, ..., 0] > 0.5
    assert target.sum() == 1600 and target[160:200, 150:190].all()


def test_as_many_masks_as_pictures_serve_one_each(server: ComfyServer):
    graph = source(drag=DRAG) | with_masks(LARGE, SMALL) | shown(mask=["masks", 0])
    graph["twice"] = node("RepeatImageBatch", image=["picture", 0], amount=2)
    graph["warp"]["inputs"]["image"] = ["twice", 0]
    targets, images = pictures(server, graph, "target_file"), pictures(server, graph, "image_file")
    assert (targets[..., 0] > 0.5).sum((1, 2)).tolist() == [6400, 1600] and len(images) == 2


def test_other_numbers_of_masks_are_joined(server: ComfyServer):
    graph = source(drag=DRAG) | with_masks(LARGE, SMALL, SMALL) | shown(mask=["masks", 0])
    graph["twice"] = node("RepeatImageBatch", image=["picture", 0], amount=2)
    graph["warp"]["inputs"]["image"] = ["twice", 0]
    targets = pictures(server, graph, "target_file")[..., 0] > 0.5
    assert targets.sum((1, 2)).tolist() == [6400, 6400]


def test_masks_fit_the_core_inpainting_nodes(server: ComfyServer):
    graph = source() | {
        "model": node("DragDemoModel", scene="ball"),
        "warp": warp_node(),
        "condition": node(
            "InpaintModelConditioning",
            positive=["model", 1],
            negative=["model", 2],
            vae=["model", 3],
            pixels=["warp", 0],
            mask=["warp", 1],
            noise_mask=True,
        ),
        "differential": node("DifferentialDiffusion", model=["model", 0]),
        "sample": node(
            "KSampler",
            model=["differential", 0],
            positive=["condition", 0],
            negative=["condition", 1],
            latent_image=["condition", 2],
            seed=1,
            steps=4,
            cfg=1.0,
            sampler_name="euler",
            scheduler="normal",
            denoise=1.0,
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["model", 3]),
        "file": save("decode"),
    }
    assert pictures(server, graph, "file").shape == (1, 256, 256, 3)


def test_with_nothing_painted_the_picture_bends_around_the_drag(server: ComfyServer):
    drag = {"version": 1, "size": [256, 256], "drags": [{"handle": [128, 180], "target": [148, 180]}]}
    bent = pictures(server, source(drag=drag) | shown(fill="neighbours"), "image_file")[0]
    change = (bent - EDIT.picture.permute(1, 2, 0)).abs().amax(-1) > 2 / 255
    y, x = change.nonzero(as_tuple=True)
    assert change.sum() > 200 and (torch.hypot(x - 128.0, y - 180.0) <= 52).all()


REFUSED = [
    ({"version": 1, "drags": [{"handle": [9, 9], "target": [9, 9]}]}, "there is no region"),
    (DRAG | {"mask": [{"polygon": [[0, 0], [20, 0], [20, 20]]}]}, "the drag does not start in the mask"),
    ({"version": 1, "size": [256, 256]}, "nothing is drawn that moves"),
]


@pytest.mark.parametrize(("drag", "message"), REFUSED, ids=["anchor alone", "handle outside", "nothing"])
def test_what_cannot_move_is_refused(server: ComfyServer, drag: dict, message: str):
    with pytest.raises(PromptError, match=f"DragWarp: {message}") as error:
        server.prompt(source(drag=drag) | shown())
    assert error.value.details["node_id"] == "warp"


def box(left: float, top: float, right: float, bottom: float) -> dict:
    return {"polygon": [[left, top], [right, top], [right, bottom], [left, bottom]]}


WARNED = [
    ({"mask": [box(90, 140, 170, 220), box(10, 10, 30, 30)]}, DRAG["drags"], "without a handle stay as they are: 1"),
    (
        {"mask": [box(90, 140, 170, 220)]},
        [*DRAG["drags"], {"handle": [20, 20], "target": [40, 20]}],
        "the handle of drag 2 lies outside the mask",
    ),
    (
        {"mask": [box(90, 140, 170, 220)]},
        [{"handle": [128, 180], "target": [-200, 180]}],
        "lands outside the image; its place is emptied",
    ),
    (
        {"mask": [box(90, 140, 170, 220)]},
        [{"handle": [100, 180], "target": [190, 180]}, {"handle": [160, 180], "target": [130, 180]}],
        "fold the region around",
    ),
]


@pytest.mark.parametrize(("mask", "drags", "message"), WARNED, ids=["still part", "handle", "all out", "fold"])
def test_what_is_probably_not_meant_warns_and_goes_on(server: ComfyServer, mask: dict, drags: list, message: str):
    server.prompt(source(drag=DRAG | mask | {"drags": drags}) | shown())
    assert message in server.log_text()


def test_a_drag_of_another_shape_warns_and_stretches(server: ComfyServer):
    drags = [{"handle": [128, 80], "target": [168, 80]}]
    drag = {"version": 1, "size": [256, 128], "drags": drags, "mask": [box(90, 40, 170, 120)]}
    server.prompt(source(drag=drag) | shown())
    assert "DragWarp: the drag belongs to a 256x128 image and is stretched to one of 256x256" in server.log_text()


REGION = {"source": box(76, 143, 171, 223), "affine": {"move": [64, 0]}}
AWAY = {"handle": [40, 65], "target": [40, 30]}


def test_a_region_and_a_drag_in_a_part_of_the_mask_of_its_own_both_move(server: ComfyServer):
    drag = {"version": 1, "size": [256, 256], "regions": [REGION], "drags": [AWAY]}
    drag["mask"], before = [box(70, 140, 250, 230), box(20, 50, 60, 80)], len(server.log_text())
    target = pictures(server, source(drag=drag) | shown(), "target_file")[0, ..., 0] > 0.5
    assert target[143:223, 140:235].all() and target[15:45, 20:60].all()
    assert "left out" not in server.log_text()[before:]


SAID = [
    (AWAY, [box(0, 0, 256, 256)], "drag 1 is left out, starting in a part of the mask that limits regions"),
    (AWAY, [], "drag 1 is left out, starting outside of all regions"),
    ({"handle": [100, 180], "target": [40, 30]}, [], "drag 1 is left out, starting in region 1"),
    ({"handle": [200, 180], "target": [40, 30]}, [], "drag 1 is left out, starting on the target of region 1"),
    (None, [box(0, 0, 20, 20)], "region 1 is left out, with the target outside the mask"),
]


@pytest.mark.parametrize(("drag", "mask", "message"), SAID, ids=[message for *_, message in SAID])
def test_what_is_left_out_beside_regions_is_said(server: ComfyServer, drag: dict | None, mask: list, message: str):
    drag = {"version": 1, "size": [256, 256], "regions": [REGION], "drags": [drag] if drag else [], "mask": mask}
    server.prompt(source(drag=drag) | shown())
    assert f"DragWarp: {message}" in server.log_text()


def test_turning_by_two_handles_points_to_a_region(server: ComfyServer):
    ends = [{"handle": [128, 88], "target": [168, 128]}, {"handle": [128, 168], "target": [88, 128]}]
    mask = [{"brush": [{"radius": 54, "points": [[128, 128]]}]}]
    server.prompt(source(drag={"version": 1, "size": [256, 256], "drags": ends, "mask": mask}) | shown())
    assert 'set move to "as a whole", or make it a region with "rotate": 90' in server.log_text()


def test_an_empty_batch_is_refused(server: ComfyServer):
    graph = source(drag=DRAG | {"mask": [box(90, 140, 170, 220)]}) | shown() | {"nothing": node("TestEmptyBatch")}
    graph["warp"]["inputs"]["image"] = ["nothing", 0]
    with pytest.raises(PromptError, match="DragWarp: the image is an empty batch"):
        server.prompt(graph)
    filled = {"fill": node("BNNIFill", latent=["nothing", 1], mode="sequential", seed=0), "nothing": graph["nothing"]}
    filled |= {"file": node("SaveLatent", samples=["fill", 0], filename_prefix="nothing")}
    with pytest.raises(PromptError, match="BNNIFill: the latent is an empty batch"):
        server.prompt(filled)
