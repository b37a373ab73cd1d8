"""The drag canvas without a page: prompts, what they refuse, and what they hand on."""

import io
import json
from typing import Any

import numpy as np
import pytest
from dragkit.core.grid.raster import editable_mask
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.spec import Extent
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer
from PIL import Image

SIZE = 512
DRAWN = {
    "version": 1,
    "size": [SIZE, SIZE],
    "drags": [{"handle": [100, 120], "target": [200, 120]}],
    "mask": [
        {"brush": [{"radius": 60.5, "points": [[100, 120], [210, 131]]}]},
        {"polygon": [[90, 90], [140, 100], [120, 170]], "erase": True},
    ],
}
BASE = {"version": 1, "size": [256, 256], "drags": [{"handle": [200, 200], "target": [210, 200]}], "mask": [
    {"polygon": [[180, 180], [240, 180], [240, 240], [180, 240]]}]}  # fmt: skip


@pytest.fixture(scope="module")
def picture(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An uploaded picture whose left half is transparent."""
    alpha = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    alpha[:, : SIZE // 2] = 0
    image = Image.new("RGB", (SIZE, SIZE), (40, 90, 160))
    image.putalpha(Image.fromarray(alpha))
    file = tmp_path_factory.mktemp("canvas") / "half_blue.png"
    image.save(file)
    return server.upload(file)


def graph(picture: str, drag: Any, **links: Any) -> Graph:
    """A canvas whose mask is saved as `mask` and whose image as `image`."""
    return {
        "picture": node("LoadImage", image=picture),
        "base": node("DragFromJSON", json=json.dumps(BASE)),
        "canvas": node("DragCanvas", drag=drag, **({"image": ["picture", 0]} | links)),
        "show": node("MaskToImage", mask=["canvas", 1]),
        "mask": node("SaveImage", images=["show", 0], filename_prefix="canvas"),
        "drawn": node("DragPreview", image=["picture", 0], drag=["canvas", 0]),
        "drawing": node("SaveImage", images=["drawn", 0], filename_prefix="canvas"),
        "image": node("SaveImage", images=["canvas", 2], filename_prefix="canvas"),
    }


def saved(server: ComfyServer, graph: Graph, name: str) -> np.ndarray:
    output = server.prompt(graph).outputs[name]
    return np.asarray(Image.open(io.BytesIO(server.view(output["images"][0]))).convert("RGB"))


@pytest.mark.parametrize("drag", [DRAWN, json.dumps(DRAWN)], ids=["object", "text"])
def test_the_mask_is_what_is_drawn(server: ComfyServer, picture: str, drag: Any):
    mask = saved(server, graph(picture, drag), "mask")[..., 0] > 127
    assert np.array_equal(mask, editable_mask(read_drag(DRAWN), Extent(SIZE, SIZE)).numpy())


def test_the_canvas_and_the_text_node_say_the_same(server: ComfyServer, picture: str):
    written = graph(picture, DRAWN)
    written["canvas"] = node("DragFromJSON", json=json.dumps(DRAWN), image=["picture", 0])
    del written["image"]
    assert np.array_equal(saved(server, graph(picture, DRAWN), "drawing"), saved(server, written, "drawing"))


def test_the_image_goes_through(server: ComfyServer, picture: str):
    assert (saved(server, graph(picture, DRAWN), "image") == (40, 90, 160)).all()


def test_mask_and_base_lie_under_what_is_drawn(server: ComfyServer, picture: str):
    links = {"mask": ["picture", 1], "base": ["base", 0]}
    result = server.prompt(graph(picture, DRAWN, **links))
    mask = np.asarray(Image.open(io.BytesIO(server.view(result.outputs["mask"]["images"][0]))))[..., 0] > 127
    expected = np.zeros((SIZE, SIZE), dtype=bool)
    expected[:, : SIZE // 2] = True
    expected[360:480, 360:480] = True
    under = expected.copy()
    drawn = editable_mask(read_drag({**DRAWN, "mask": DRAWN["mask"][:1]}), Extent(SIZE, SIZE)).numpy()
    erased = editable_mask(read_drag({**DRAWN, "mask": [{"polygon": DRAWN["mask"][1]["polygon"]}]}), Extent(SIZE, SIZE))
    assert np.array_equal(mask, (expected | drawn) & ~erased.numpy())
    shown = result.outputs["canvas"]
    assert shown["dragkit_base"][0]["drags"] == [{"handle": [400, 400], "target": [420, 400]}]
    assert len(shown["dragkit_picture"]) == 1
    below = np.asarray(Image.open(io.BytesIO(server.view(shown["dragkit_mask"][0]))).convert("L")) > 127
    assert np.array_equal(below, under)


@pytest.mark.parametrize("drag", [{"version": 1}, ""], ids=["empty", "nothing"])
def test_an_empty_canvas_leaves_everything_free(server: ComfyServer, picture: str, drag: Any):
    assert (saved(server, graph(picture, drag), "mask") == 255).all()


def test_without_a_picture_the_drag_still_works(server: ComfyServer, picture: str):
    drawn = graph(picture, DRAWN)
    del drawn["canvas"]["inputs"]["image"], drawn["image"]
    assert saved(server, drawn, "mask").shape == (SIZE, SIZE, 3)


def test_a_missing_picture_is_asked_for_where_it_is_needed(server: ComfyServer, picture: str):
    drawn = graph(picture, DRAWN)
    del drawn["canvas"]["inputs"]["image"]
    with pytest.raises(PromptError, match="there is no picture to hand on. Connect one to its image input"):
        server.prompt(drawn)


@pytest.mark.parametrize(
    ("drag", "words"),
    [
        ({"version": 7}, "update DragKit"),
        ({"version": 1, "drags": [{"handle": [1, 2]}]}, "drags[0]"),
        ("{", "not JSON"),
    ],
    ids=["newer", "broken", "text"],
)
def test_a_broken_value_is_refused_before_anything_runs(server: ComfyServer, picture: str, drag: Any, words: str):
    with pytest.raises(PromptError) as refusal:
        server.prompt(graph(picture, drag))
    assert words in json.dumps(refusal.value.details) + str(refusal.value)
    assert refusal.value.kind == "refused"


def with_objects(picture: str, *boxes: tuple[int, int, int, int]) -> Graph:
    """A canvas whose objects are rectangles [x, y, width, height], the masks of a batch."""
    drawn = graph(picture, {"version": 1}, objects=["objects", 0])
    drawn["none"] = node("SolidMask", value=0.0, width=SIZE, height=SIZE)
    for i, (x, y, width, height) in enumerate(boxes):
        drawn[f"full {i}"] = node("SolidMask", value=1.0, width=width, height=height)
        drawn[f"mask {i}"] = node(
            "MaskComposite", destination=["none", 0], source=[f"full {i}", 0], x=x, y=y, operation="add"
        )
        drawn[f"image {i}"] = node("MaskToImage", mask=[f"mask {i}", 0])
        if i:
            first = [f"batch {i - 1}" if i > 1 else "image 0", 0]
            drawn[f"batch {i}"] = node("ImageBatch", image1=first, image2=[f"image {i}", 0])
    last = f"batch {len(boxes) - 1}" if len(boxes) > 1 else "image 0"
    drawn["objects"] = node("ImageToMask", image=[last, 0], channel="red")
    return drawn


def test_objects_go_to_the_page_as_outlines_the_smallest_first(server: ComfyServer, picture: str):
    drawn = with_objects(picture, (100, 50, 200, 150), (0, 0, 1, 1), (120, 80, 40, 30))
    [sent] = server.prompt(drawn).outputs["canvas"]["dragkit_objects"]
    areas = [editable_mask(read_drag({**sent, "mask": [shape]}), Extent(SIZE, SIZE)).sum() for shape in sent["mask"]]
    assert sent["size"] == [SIZE, SIZE] and [int(area) for area in areas] == [1, 40 * 30, 200 * 150]


def test_without_objects_none_are_sent_and_an_empty_mask_is_none(server: ComfyServer, picture: str):
    assert not server.prompt(graph(picture, {"version": 1})).outputs["canvas"].get("dragkit_objects")
    empty = graph(picture, {"version": 1}, objects=["none", 0])
    empty["none"] = node("SolidMask", value=0.0, width=SIZE, height=SIZE)
    [sent] = server.prompt(empty).outputs["canvas"]["dragkit_objects"]
    assert sent["mask"] == []


BOX = {"x": 100, "y": 50, "width": 200, "height": 150}


def with_boxes(picture: str, box: dict[str, int]) -> Graph:
    drawn = graph(picture, {"version": 1}, objects=["box", 0])
    drawn["box"] = node("PrimitiveBoundingBox", **box)
    return drawn


def test_boxes_are_objects_too_and_those_of_another_picture_are_refused(server: ComfyServer, picture: str):
    [sent] = server.prompt(with_boxes(picture, BOX)).outputs["canvas"]["dragkit_objects"]
    assert sent["mask"] == [{"polygon": [[100, 50], [300, 50], [300, 200], [100, 200]]}]
    with pytest.raises(PromptError, match="DragCanvas: objects.* lies outside the 512x512 picture"):
        server.prompt(with_boxes(picture, {**BOX, "x": 600}))
    bare = with_boxes(picture, BOX)
    del bare["canvas"]["inputs"]["image"], bare["image"]
    with pytest.raises(PromptError, match="DragCanvas: objects are boxes in pixels of a picture. Connect it to image"):
        server.prompt(bare)


def test_a_picture_is_written_once(server: ComfyServer):
    """However often the drawing changes, what the page shows of one picture is one file."""
    graph = {"picture": node("TestPicture", channels=3, dtype="fp32", batch=1)}
    sent = set()
    for end in (20, 24):
        drag = {"version": 1, "size": [64, 64], "drags": [{"handle": [10, 10], "target": [end, 10]}]}
        canvas = node("DragCanvas", drag=drag, image=["picture", 0])
        result = server.prompt(graph | {"canvas": canvas})
        sent.add(json.dumps(result.outputs["canvas"]["dragkit_picture"]))
    assert len(sent) == 1
