"""Drag Crop and Drag Stitch on a real server: an edit of a part of a picture, and all that is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from dragkit.tools.client import PromptError
from dragkit.tools.edit import fetch
from dragkit.tools.graphs import Graph, crop, fastdrag, node, regiondrag, save, stitch
from dragkit.tools.pictures import to_tensor
from dragkit.tools.server import ComfyServer

SIZE = [256, 256]
AREA = {"polygon": [[60, 60], [150, 60], [150, 140], [60, 140]]}
DRAG = {"version": 1, "size": SIZE, "drags": [{"handle": [90, 100], "target": [120, 100]}], "mask": [AREA]}
DISC = {"polygon": [[80, 80], [120, 80], [120, 120], [80, 120]]}
FAR = {"version": 1, "size": SIZE, "drags": [{"handle": [x, x], "target": [x + 8, x]} for x in (20, 220)]}


def cropped(drag: dict[str, Any] = DRAG, size: tuple[int, int] = (768, 512), **settings: Any) -> Graph:
    """A rendered picture of another size, with a crop of it under the names that the stitch links to."""
    return {
        "demo": node("DragDemoPicture", scene="face", seed=3),
        "picture": node(
            "ImageScale", image=["demo", 0], upscale_method="bicubic", width=size[0], height=size[1], crop="disabled"
        ),
        "drag": node("DragFromJSON", json=drag, image=["picture", 0]),
        "crop": crop(**settings),
        "decode": node("ImageInvert", image=["crop", 0]),
    }


def stitched(drag: dict[str, Any] = DRAG, edit: dict[str, Any] | None = None, **settings: Any) -> Graph:
    """The crop, inverted or edited otherwise, put back."""
    tail = {"stitch": stitch(drift="nothing"), "before": save("picture"), "after": save("stitch")}
    return cropped(drag, **settings) | ({"decode": edit} if edit else {}) | tail


def pictures(server: ComfyServer, graph: Graph, *names: str) -> list[torch.Tensor]:
    outputs = server.prompt(graph).outputs
    return [to_tensor(fetch(server, outputs[name])) for name in names]


def test_outside_of_the_mask_the_photo_stays_bit_for_bit(server: ComfyServer):
    run = server.prompt(stitched())
    before, after = (to_tensor(fetch(server, run.outputs[name])) for name in ("before", "after"))
    changed = (before != after).any(0)
    assert before.shape == after.shape == (3, 512, 768)
    left, top, width, height = run.outputs["crop"]["dragkit_parts"][0]
    assert left <= 180 and top <= 120 and left + width >= 450 and top + height >= 280
    assert changed[120:280, 180:450].float().mean() > 0.95
    changed[120:280, 180:450] = False
    assert not changed.any()


def test_fastdrag_of_a_part(server: ComfyServer):
    """The published pipeline on the crop, at the bundled model's size, with its drift taken back."""
    graph = fastdrag("", DRAG, "face")
    del graph["drawn"], graph["show"]
    graph |= cropped() | {"decode": graph["decode"]}
    graph["report"] = node("PreviewAny", source=["stitch", 1])
    run = server.prompt(graph)
    before, after = (to_tensor(fetch(server, run.outputs[name])) for name in ("before", "after"))
    changed = (before != after).any(0)
    assert changed[120:280, 180:450].float().mean() > 0.5
    changed[120:280, 180:450] = False
    assert not changed.any()
    assert "shift" in run.outputs["report"]["text"][0]


def test_parts_far_apart_are_edited_in_turn(server: ComfyServer):
    graph = stitched(FAR, size=(768, 768), parts="one crop each", width=64, height=64, context=1.0)
    before, after = pictures(server, graph, "before", "after")
    changed = (before != after).any(0)
    assert changed[60, 70] and changed[660, 670] and not changed[300:460, 300:460].any()


def test_the_crop_holds_the_drag(server: ComfyServer):
    """What is drawn on the crop lies where it lay on the picture."""
    graph = cropped(context=0.0, width=64, height=64)
    graph["show"] = node("DragPreview", image=["crop", 0], drag=["crop", 1])
    graph["mask"] = node("MaskToImage", mask=["crop", 2])
    run = server.prompt(graph | {"mask_file": save("mask"), "shown": save("show"), "bare": save("crop")})
    mask, shown, bare = (to_tensor(fetch(server, run.outputs[name])) for name in ("mask_file", "shown", "bare"))
    assert mask.shape[1:] == (64, 64) and mask[0].mean() > 0.25
    assert (shown != bare).any()


def test_what_drag_warp_moves_out_of_the_mask_is_put_back_too(server: ComfyServer):
    graph = stitched(edit=node("DragWarp", image=["crop", 0], drag=["crop", 1], mask_expand=5, fill="neighbours"))
    graph["stitch"]["inputs"]["mask"] = ["decode", 3]
    before, after = pictures(server, graph, "before", "after")
    changed = (before != after).any(0)
    assert changed[160:240, 460:530].float().mean() > 0.3  # 30 of 256 pixels beyond the mask, which ends at 450
    changed[100:300, 160:560] = False
    assert not changed.any()


REFUSED = {
    "an empty instruction": (cropped({"version": 1, "size": SIZE}), "DragCrop: the instruction is empty."),
    "an instruction outside": (
        cropped({"version": 1, "size": SIZE, "drags": [{"handle": [400, 90], "target": [420, 90]}]}),
        "DragCrop: the whole instruction lies outside the 768x512 picture.",
    ),
    "another shape": (
        stitched(edit=node("EmptyImage", width=256, height=128, batch_size=1, color=0)),
        "DragStitch: the edited crop is 256x128 and has another shape than the 256x256 that Drag Crop gave.",
    ),
    "another number": (
        stitched(
            FAR,
            edit=node("EmptyImage", width=256, height=256, batch_size=1, color=0),
            size=(768, 768),
            parts="one crop each",
        ),
        "DragStitch: the stitch is of 2 crops of 1 picture, and 1 crop of 1 came.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused(server: ComfyServer, name: str):
    graph, sentence = REFUSED[name]
    with pytest.raises(PromptError) as error:
        server.prompt(graph | {"shown": save("stitch" if "stitch" in graph else "crop")})
    assert sentence in str(error.value)


def test_a_stitch_of_another_picture_is_refused(server: ComfyServer):
    graph = stitched()
    graph["stitch"]["inputs"]["original"] = ["demo", 0]
    with pytest.raises(PromptError, match="DragStitch: the original has 1 of 256x256, the stitch is of 1 of 768x512."):
        server.prompt(graph)


def test_an_empty_mask_is_refused_and_one_of_another_shape_is_said(server: ComfyServer):
    graph = cropped() | {"mask": node("SolidMask", value=0.0, width=768, height=512), "shown": save("crop")}
    graph["crop"]["inputs"]["mask"] = ["mask", 0]
    with pytest.raises(PromptError, match="DragCrop: the 768x512 mask is empty"):
        server.prompt(graph)
    graph["mask"] = node("SolidMask", value=1.0, width=100, height=400)
    server.prompt(graph)
    assert "DragCrop: the 100x400 mask has another shape than the 768x512 image" in server.log_text()


def test_a_crop_larger_than_the_picture_is_said(server: ComfyServer):
    server.prompt(cropped(size=(200, 200)) | {"shown": save("crop")})
    assert (
        "DragCrop: the crop of 256x256 is larger than the 200x200 picture and shows it enlarged." in server.log_text()
    )


@pytest.mark.parametrize("method", [fastdrag, regiondrag])
def test_a_thing_that_moves_out_of_its_mask_arrives(server: ComfyServer, method: Callable[..., Graph]):
    """The mask is the thing alone; all but where it was and where it goes stays as it was."""
    drag = {**DRAG, "drags": [{"handle": [100, 100], "target": [180, 100]}], "mask": [DISC]}
    graph = method("", drag, "ball") | {"picture": node("DragDemoPicture", scene="ball", seed=3)}
    graph["warp" if method is fastdrag else "paste"]["inputs"]["move"] = "as a whole"
    graph["stitch"]["inputs"]["inside"] = "all of the edit"
    del graph["drawn"]
    before, after = pictures(server, graph, "before", "after")
    changed = (before != after).any(0)
    assert changed[90:110, 170:190].float().mean() > 0.8, "the thing is cut off at its mask"
    changed[64:136, 64:216] = False
    assert not changed.any()


def test_what_an_edit_leaves_alike_within_the_mask_stays_bit_for_bit(server: ComfyServer):
    """Plain sky that moves over plain sky is no edit; the highlight of the ball, which moved with it, is one."""
    drag = {**DRAG, "drags": [{"handle": [100, 100], "target": [180, 100]}], "mask": [DISC]}
    graph = fastdrag("", drag, "ball") | {"picture": node("DragDemoPicture", scene="ball", seed=3)}
    graph["warp"]["inputs"]["move"] = "as a whole"
    graph["report"] = node("PreviewAny", source=["stitch", 1])
    run = server.prompt(graph)
    before, after = (to_tensor(fetch(server, run.outputs[name])) for name in ("before", "after"))
    changed = (before != after).any(0)
    assert not changed[80:110, 150:200].any() and changed[100:130, 70:85].float().mean() > 0.8
    assert "stayed as it was" in run.outputs["report"]["text"][0]
