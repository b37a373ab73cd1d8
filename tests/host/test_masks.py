"""Masks as people bring them, on a real server: what counts of them, and what is said of the others."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node, save
from dragkit.tools.graphs import warp as warp_node
from dragkit.tools.server import ComfyServer
from PIL import Image, ImageDraw

WIDE, HIGH = 320, 192
PULL = {"version": 1, "size": [WIDE, HIGH], "drags": [{"handle": [80, 48], "target": [160, 48]}]}
EMPTY = "mask is empty"


def coloured() -> Image.Image:
    picture = Image.new("RGB", (WIDE, HIGH))
    draw = ImageDraw.Draw(picture)
    colours = ((220, 40, 40), (40, 180, 60), (50, 60, 200), (230, 210, 50))
    for number, colour in enumerate(colours):
        left, top = number % 2 * 160, number // 2 * 96
        draw.rectangle([left, top, left + 159, top + 95], fill=colour)
    return picture


def half_transparent() -> Image.Image:
    alpha = np.full((HIGH, WIDE), 255, np.uint8)
    alpha[:, : WIDE // 2] = 0
    return Image.fromarray(alpha)


def rgba() -> Image.Image:
    picture = coloured().convert("RGBA")
    picture.putalpha(half_transparent())
    return picture


def ellipse(black: int = 0) -> Image.Image:
    mask = Image.new("L", (WIDE, HIGH), black)
    ImageDraw.Draw(mask).ellipse([40, 20, 150, 120], fill=255)
    return mask


def animation(file: Path) -> None:
    turned = coloured().rotate(180)
    coloured().save(file, save_all=True, append_images=[turned, turned], duration=200)


LOADED: dict[str, Callable[[Path], Any]] = {
    "alpha.webp": lambda file: rgba().save(file, lossless=True),
    "grey_alpha.png": lambda file: Image.merge("LA", (coloured().convert("L"), half_transparent())).save(file),
    "palette.png": lambda file: coloured().quantize(16).save(file, transparency=0),
    "opaque.gif": animation,
    "opaque_cmyk.jpg": lambda file: coloured().convert("CMYK").save(file, quality=95),
    "opaque.png": lambda file: coloured().save(file),
    "opaque_rgba.png": lambda file: coloured().convert("RGBA").save(file),
    "black_is_one.png": lambda file: ellipse(black=1).convert("RGB").save(file),
    "compressed.jpg": lambda file: ellipse().convert("RGB").save(file, quality=75),
}


@pytest.fixture(scope="module")
def files(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All the files, uploaded under their names."""
    folder = tmp_path_factory.mktemp("masks")
    for name, write in LOADED.items():
        write(folder / name)
        server.upload(folder / name)
    return {name: folder / name for name in LOADED}


def picture_of(server: ComfyServer, file: dict) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(server.view(file))).convert("L"))


def drawn_on(maker: str, **links: Any) -> Graph:
    """Canvas or text node whose MASK is saved as `saved`."""
    key = "drag" if maker == "DragCanvas" else "json"
    graph: Graph = {"drag": node(maker, **{key: PULL}, **links)}
    return graph | {"shown": node("MaskToImage", mask=["drag", 1]), "saved": save("shown")}


def loaded(name: str, maker: str) -> Graph:
    return drawn_on(maker, image=["file", 0], mask=["file", 1]) | {"file": node("LoadImage", image=name)}


@pytest.mark.parametrize("maker", ["DragCanvas", "DragFromJSON"])
@pytest.mark.parametrize("name", ["alpha.webp", "grey_alpha.png"])
def test_half_of_a_loaded_file(server: ComfyServer, files: dict, name: str, maker: str):
    mask = picture_of(server, server.prompt(loaded(name, maker)).outputs["saved"]["images"][0]) > 127
    assert mask[:, : WIDE // 2].all() and not mask[:, WIDE // 2 :].any()


def test_the_transparent_colour_of_a_palette(server: ComfyServer, files: dict):
    mask = picture_of(server, server.prompt(loaded("palette.png", "DragCanvas")).outputs["saved"]["images"][0]) > 127
    expected = np.asarray(Image.open(files["palette.png"]).convert("RGBA"))[..., 3] == 0
    assert np.array_equal(mask, expected) and 0.2 < mask.mean() < 0.3


@pytest.mark.parametrize("name", ["opaque.gif", "opaque_cmyk.jpg", "opaque_rgba.png"])
def test_an_opaque_file_leaves_an_empty_mask(server: ComfyServer, files: dict, name: str):
    with pytest.raises(PromptError, match=f"{WIDE}x{HIGH} {EMPTY}"):
        server.prompt(loaded(name, "DragCanvas"))


@pytest.mark.parametrize("maker", ["DragCanvas", "DragFromJSON"])
def test_a_file_without_transparency_leaves_no_mask(server: ComfyServer, files: dict, maker: str):
    result = server.prompt(loaded("opaque.png", maker))
    mask = picture_of(server, result.outputs["saved"]["images"][0])
    assert mask.shape == (HIGH, WIDE) and (mask == 255).all()
    assert not result.outputs.get("drag", {}).get("dragkit_mask")


@pytest.mark.parametrize("name", ["black_is_one.png", "compressed.jpg"])
def test_a_mask_whose_black_is_not_black(server: ComfyServer, files: dict, name: str):
    graph = drawn_on("DragCanvas", mask=["file", 0]) | {"file": node("LoadImageMask", image=name, channel="red")}
    mask = picture_of(server, server.prompt(graph).outputs["saved"]["images"][0]) > 127
    assert np.array_equal(mask, np.asarray(ellipse()) > 127)


def solid(value: float, width: int = WIDE, height: int = HIGH) -> dict:
    return node("SolidMask", value=value, width=width, height=height)


def test_a_grey_mask_of_which_nothing_is_left_gives_its_reason(server: ComfyServer):
    graph = drawn_on("DragFromJSON", mask=["grey", 0]) | {"grey": solid(0.4)}
    with pytest.raises(PromptError, match=r"empty: it is 0.4 at most, and counts from a half \(0.5\) up"):
        server.prompt(graph)


def test_a_mask_that_is_grey_everywhere_is_remarked_on(server: ComfyServer):
    graph = graphs.fastdrag() | {"grey": solid(0.6, 128, 128)}
    graph["warp"]["inputs"]["mask"] = ["grey", 0]
    server.prompt(graph)
    assert "LatentWarpage: 100% of the 128x128 mask is grey; it counts where" in server.log_text()


def stroke(x: float, radius: float, **more: bool) -> dict:
    return {"radius": radius, "points": [[x, 64]], **more}


OWN = {
    "erased": [{"brush": [stroke(40, 20), stroke(40, 40, erase=True)]}],
    "beside": [{"brush": [stroke(900, 20)]}],
    "no stroke": [{"brush": []}],
}


def warped(drag: dict) -> Graph:
    graph = {"picture": node("EmptyImage", width=128, height=128, batch_size=1, color=200), "warp": warp_node()}
    return graph | {"drag": node("DragFromJSON", json=drag), "saved": save("warp")}


def online(drag: dict) -> Graph:
    settings = {"steps": 1, "learning_rate": 1e-4, "radius_motion": 1, "radius_track": 3, "mask_weight": 0.1}
    links = {"model": ["model", 0], "positive": ["model", 1], "inversion": ["invert", 2], "drag": ["drag", 0]}
    learn = node("DragOnlineLoRA", **links, **settings, dds_weight=0.0, rank=4, seed=0)
    shown = node("PreviewAny", source=["learn", 2])
    return {k: v for k, v in graphs.dragdiffusion(drag).items() if k in ("model", "encode", "invert", "drag")} | {
        "learn": learn,
        "shown": shown,
    }


USERS: dict[str, tuple[Callable[[dict], Graph], dict, str]] = {
    "RegionCopyPaste": (graphs.regiondrag, graphs.REGION, "paste"),
    "LatentWarpage": (lambda drag: graphs.fastdrag(drag=drag), graphs.DRAG, "warp"),
    "DragOptimizeLatent": (graphs.dragdiffusion, graphs.DRAG, "optimize"),
    "DragOnlineLoRA": (online, graphs.DRAG, "learn"),
    "DragWarp": (warped, graphs.REGION, "warp"),
}


@pytest.mark.parametrize("name", USERS)
def test_every_node_refuses_an_own_mask_with_nothing_in_it(server: ComfyServer, name: str):
    graph, drag, at = USERS[name]
    with pytest.raises(PromptError, match=f"{name}: the 128x128 {EMPTY}. Paint the area that may change") as refused:
        server.prompt(graph(drag | {"mask": OWN["erased"]}))
    assert refused.value.details["node_id"] == at


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("maker", ["DragCanvas", "DragFromJSON"])
def test_an_empty_drawing_gives_no_mask_to_other_nodes(server: ComfyServer, kind: str, maker: str):
    drag = graphs.DRAG | {"mask": OWN[kind]}
    graph = drawn_on(maker)
    graph["drag"]["inputs"] = {next(iter(graph["drag"]["inputs"])): drag}
    with pytest.raises(PromptError, match=f"{maker}: the 128x128 {EMPTY}"):
        server.prompt(graph)


def canvas(drag: dict, mask: list) -> dict:
    return node("DragCanvas", drag=drag, image=["picture", 0], mask=mask)


@pytest.mark.parametrize("pasted", [True, False], ids=["paste", "warp"])
def test_the_mask_of_a_picture_without_transparency_changes_nothing(server: ComfyServer, pasted: bool):
    graph = graphs.regiondrag() if pasted else warped(graphs.REGION)
    name = "compare" if pasted else "saved"
    if pasted:
        graph |= {"picture": node("EmptyImage", width=128, height=128, batch_size=1, color=0)}
    without = server.prompt(graph).outputs[name]
    wired = graph | {"black": solid(0.0, 64, 64), "drag": canvas(graphs.REGION, ["black", 0])}
    result = server.prompt(wired).outputs[name]
    if pasted:
        assert result["report"] == without["report"]
        return
    views = [server.view(each["images"][0]) for each in (result, without)]
    assert np.array_equal(*(np.asarray(Image.open(io.BytesIO(view)).convert("RGB")) for view in views))


def test_a_tiny_mask_over_the_handle_holds_the_rest_only(server: ComfyServer):
    """Radius 3 around a handle that the grid's samples miss: the latent moves there, and nowhere far from it."""
    tiny = {"brush": [{"radius": 3, "points": [[45, 68]]}]}
    drag = {"version": 1, "size": [128, 128], "drags": [{"handle": [45, 68], "target": [90, 68]}], "mask": [tiny]}
    free = server.prompt(graphs.dragdiffusion(drag)).outputs["compare"]["report"][0]["relative"]
    covered = [{"polygon": [[40, 64], [48, 64], [48, 72], [40, 72]]}]
    same_cell = server.prompt(graphs.dragdiffusion(drag | {"mask": covered})).outputs["compare"]["report"][0]
    assert free == same_cell["relative"] > 0


def test_frames_without_a_handle_in_their_mask_stay(server: ComfyServer):
    box = node("SolidMask", value=1.0, width=40, height=40)
    graph = warped(graphs.DRAG) | {"none": solid(0.0, 128, 128), "box": box}
    spots = [(20, 44), (80, 80)]
    for number, (x, y) in enumerate(spots):
        links = {"destination": ["none", 0], "source": ["box", 0]}
        graph[f"mask{number}"] = node("MaskComposite", **links, x=x, y=y, operation="add")
        graph[f"white{number}"] = node("MaskToImage", mask=[f"mask{number}", 0])
    graph |= {
        "both": node("ImageBatch", image1=["white0", 0], image2=["white1", 0]),
        "masks": node("ImageToMask", image=["both", 0], channel="red"),
        "twice": node("RepeatImageBatch", image=["picture", 0], amount=2),
        "shown": node("MaskToImage", mask=["warp", 2]),
        "targets": save("shown"),
    }
    graph["warp"]["inputs"] |= {"image": ["twice", 0], "mask": ["masks", 0]}
    result = server.prompt(graph).outputs["targets"]["images"]
    assert [bool(picture_of(server, file).any()) for file in result] == [True, False]
    assert "DragWarp: the handle of drag 1 lies outside the mask of frame 2; what is there stays." in server.log_text()


def test_a_frame_with_an_empty_mask_stays_in_the_latent(server: ComfyServer):
    graph = graphs.fastdrag(batch=2) | {"black": solid(0.0, 128, 128), "white": solid(1.0, 128, 128)}
    for name in ("black", "white"):
        graph[f"{name}_picture"] = node("MaskToImage", mask=[name, 0])
    graph |= {
        "both": node("ImageBatch", image1=["white_picture", 0], image2=["black_picture", 0]),
        "masks": node("ImageToMask", image=["both", 0], channel="red"),
        **graphs.compare("warp", "invert", "moved"),
    }
    graph["warp"]["inputs"]["mask"] = ["masks", 0]
    first, second = server.prompt(graph).outputs["moved"]["report"][0]["per_item"]
    assert first > 0.1 and second == 0
    assert "LatentWarpage: the mask of frame 2 is empty; what is there stays as it is." in server.log_text()
