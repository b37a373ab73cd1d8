"""Things moved as a whole by the three nodes that offer it, on a real server."""

import io
import json
from typing import Any

import numpy as np
import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, copy_paste, node, stochastic_inversion
from dragkit.tools.server import ComfyServer
from PIL import Image

AREA = {"mask": [{"polygon": [[40, 40], [88, 40], [88, 88], [40, 88]]}]}
WHOLE = "as a whole"


def pulled(*ends: list, **parts: Any) -> dict[str, Any]:
    drags = [{"handle": handle, "target": target} for handle, target in ends]
    return {"version": 1, "size": [128, 128], "drags": drags} | AREA | parts


MOVED = pulled([[44, 64], [76, 64]])
TURNED = pulled([[44, 64], [64, 44]], [[84, 64], [64, 84]])


def warped(drag: dict[str, Any], **settings: Any) -> Graph:
    return {
        "picture": node("DragDemoPicture", scene="face", seed=3),
        "small": node(
            "ImageScale", image=["picture", 0], width=128, height=128, upscale_method="area", crop="disabled"
        ),
        "drag": node("DragFromJSON", json=drag, image=["small", 0]),
        "warp": node("DragWarp", image=["small", 0], drag=["drag", 0], mask_expand=0, fill="none", **settings),
    }


def saved(server: ComfyServer, graph: Graph, link: list) -> np.ndarray:
    save = {"save": node("SaveImage", images=link, filename_prefix="whole")}
    (image,) = server.prompt(graph | save).outputs["save"]["images"]
    return np.asarray(Image.open(io.BytesIO(server.view(image))).convert("RGB"))


def test_drag_warp_moves_a_thing_as_it_is(server: ComfyServer):
    before, after = (saved(server, warped(MOVED, move=WHOLE), link) for link in (["small", 0], ["warp", 0]))
    assert np.array_equal(after[41:87, 73:119], before[41:87, 41:87])
    assert np.array_equal(after[:40], before[:40])


def test_drag_warp_turns_a_thing_by_two_handles(server: ComfyServer):
    before, after = (saved(server, warped(TURNED, move=WHOLE), link) for link in (["small", 0], ["warp", 0]))
    turned = np.rot90(before[40:88, 40:88], -1)  # clockwise
    assert np.abs(after[42:86, 42:86].astype(int) - turned[2:-2, 2:-2]).max() <= 1


def test_without_the_choice_nothing_is_different(server: ComfyServer):
    assert np.array_equal(
        saved(server, warped(TURNED), ["warp", 0]),
        saved(server, warped(TURNED, move="as the method does"), ["warp", 0]),
    )


def latents(drag: dict[str, Any], **settings: Any) -> Graph:
    """Latent Warpage on a random latent, compared with where its content should have come from."""
    graph = graphs.source() | {
        "drag": node("DragFromJSON", json=drag),
        "warp": node(
            "LatentWarpage", latent=["encode", 0], drag=["drag", 0], priority="raster", blend="weighted", **settings
        ),
        "nulls": node("MaskToImage", mask=["warp", 1]),
    }
    return graph


def test_latent_warpage_moves_a_thing_by_whole_cells(server: ComfyServer):
    empty = saved(server, latents(MOVED, move=WHOLE), ["nulls", 0])[..., 0] > 127
    expected = np.zeros((16, 16), dtype=bool)
    expected[5:11, 5:9] = True  # it was at columns 5 to 10, and now is at 9 to 14
    assert np.array_equal(empty, expected)


def test_latent_warpage_takes_regions_then_and_says_what_it_lacks(server: ComfyServer):
    region = {"source": AREA["mask"][0], "affine": {"move": [32, 0]}}
    form = {"version": 1, "size": [128, 128], "regions": [region]}
    both = (latents(drag, move=WHOLE) for drag in (MOVED, form))
    assert np.array_equal(*(saved(server, graph, ["nulls", 0]) for graph in both))
    with pytest.raises(PromptError, match="LatentWarpage: the instruction has 1 region and no drag"):
        server.prompt(latents(form) | {"save": node("SaveImage", images=["nulls", 0], filename_prefix="whole")})
    alone = {"version": 1, "size": [128, 128], "drags": MOVED["drags"]}
    with pytest.raises(
        PromptError, match="LatentWarpage: there is no region. Draw a source with its target, or a mask"
    ):
        saved(server, latents(alone, move=WHOLE), ["nulls", 0])


def test_region_copy_paste_previews_the_thing_as_it_is(server: ComfyServer):
    graph = graphs.source() | {
        "picture": node("DragDemoPicture", scene="face", seed=3),
        "small": node(
            "ImageScale", image=["picture", 0], width=128, height=128, upscale_method="area", crop="disabled"
        ),
        "invert": stochastic_inversion(),
        "drag": node("DragFromJSON", json=json.dumps(MOVED)),
        "paste": copy_paste(image=["small", 0], move=WHOLE),
    }
    before, after = (saved(server, graph, link) for link in (["small", 0], ["paste", 2]))
    assert np.array_equal(after[41:87, 73:119], before[41:87, 41:87])


def test_drags_that_tear_a_thing_are_named(server: ComfyServer):
    torn = pulled([[44, 44], [20, 44]], [[84, 44], [84, 20]], [[64, 84], [64, 84]])
    saved(server, warped(torn, move=WHOLE), ["warp", 0])
    assert "DragWarp: drags tear the region around" in server.log_text()
