"""Instructions from masks, boxes and tracks on a real server: what they move, and each sentence of refusal."""

import io
import json
from typing import Any

import numpy as np
import pytest
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer
from PIL import Image

PICTURE = {"picture": node("DragDemoPicture", scene="ball", seed=3)}  # 256x256
WAY = {"move_x": 60.0, "move_y": 0.0, "scale": 1.0, "rotate": 0.0, "grow": 0}
BOX = {"y": 100, "width": 60, "height": 50}


def disc(x: float, y: float = 128.0, radius: float = 30.0, size: int = 256, **names: str) -> Graph:
    """A round mask, drawn by the instruction of a brush."""
    brush = {"brush": [{"radius": radius, "points": [[x, y]]}]}
    name = names.get("name", "disc")
    return {name: node("DragFromJSON", json=json.dumps({"version": 1, "size": [size, size], "mask": [brush]}))}


def from_mask(**inputs: Any) -> Graph:
    return {"drag": node("DragFromMask", **(WAY | {"image": ["picture", 0]} | inputs))}


def written(server: ComfyServer, graph: Graph, drag: str = "drag") -> dict[str, Any]:
    """The instruction that a node makes, as Drag to JSON writes it."""
    shown = {"json": node("DragToJSON", drag=[drag, 0]), "show": node("PreviewAny", source=["json", 0])}
    return json.loads(server.prompt(graph | shown).outputs["show"]["text"][0])


def saved(server: ComfyServer, graph: Graph, link: list) -> np.ndarray:
    save = {"save": node("SaveImage", images=link, filename_prefix="things")}
    (image,) = server.prompt(graph | save).outputs["save"]["images"]
    return np.asarray(Image.open(io.BytesIO(server.view(image))).convert("RGB"))


def refusal(server: ComfyServer, graph: Graph, drag: str = "drag") -> str:
    with pytest.raises(PromptError) as error:
        written(server, graph, drag)
    assert error.value.details["exception_type"] == "ValueError"
    return str(error.value)


def test_a_mask_moves_what_it_holds(server: ComfyServer):
    graph = PICTURE | disc(80) | from_mask(mask=["disc", 1])
    found = written(server, graph)
    assert found["size"] == [256, 256] and found["drags"] == [] and len(json.dumps(found)) < 2000
    (region,) = found["regions"]
    assert region["affine"] == {"move": [60, 0]} and "outlines" in region["source"]
    warp = {"warp": node("DragWarp", image=["picture", 0], drag=["drag", 0], mask_expand=0, fill="none")}
    before, after = (saved(server, graph | warp, link) for link in (["picture", 0], ["warp", 0]))
    assert np.array_equal(after[110:146, 122:158], before[110:146, 62:98])  # moved by 60, whole pixels


def test_its_mask_is_where_it_was_and_where_it_goes(server: ComfyServer):
    graph = PICTURE | disc(80) | from_mask(mask=["disc", 1], grow=10)
    picture = {"shown": node("MaskToImage", mask=["drag", 1])}
    area = saved(server, graph | picture, ["shown", 0])[128, :, 0] > 127
    assert area[40:180].all() and not area[:38].any() and not area[182:].any()


def test_a_mask_goes_onto_a_mask_and_boxes_pick_from_it(server: ComfyServer):
    parts = PICTURE | disc(80) | disc(180, radius=40, name="goal")
    (region,) = written(server, parts | from_mask(mask=["disc", 1], target=["goal", 1]))["regions"]
    assert "outlines" in region["target"]
    assert "so move, scale and rotate are not used" in server.log_text()
    box = {"box": node("PrimitiveBoundingBox", x=40, **BOX)}
    (region,) = written(server, parts | box | from_mask(mask=["disc", 1], bboxes=["box", 0]))["regions"]
    y = [point[1] for ring in region["source"]["outlines"] for point in ring]
    assert min(y) == 100 and max(y) == 150


def test_a_box_goes_into_a_box(server: ComfyServer):
    boxes = {"here": node("PrimitiveBoundingBox", x=20, **BOX), "there": node("PrimitiveBoundingBox", x=150, **BOX)}
    links = {"source": ["here", 0], "target": ["there", 0], "grow": 4, "image": ["picture", 0]}
    (region,) = written(server, PICTURE | boxes | {"drag": node("DragFromBoxes", **links)})["regions"]
    assert region["target"]["polygon"] == [[150, 100], [210, 100], [210, 150], [150, 150]]


TRACKS = {
    **{"width": 256, "height": 256, "start_x": 0.25, "start_y": 0.5, "end_x": 0.5, "end_y": 0.5, "num_frames": 9},
    **{"num_tracks": 2, "track_spread": 0.1, "interpolation": "linear", "bezier": False, "mid_x": 0.5, "mid_y": 0.5},
}


def test_tracks_of_the_host_are_drags(server: ComfyServer):
    graph = PICTURE | {"tracks": node("GenerateTracks", **TRACKS)}
    graph |= {"drag": node("DragFromTracks", tracks=["tracks", 0], image=["picture", 0])}
    drags = written(server, graph)["drags"]
    assert [drag["handle"][0] for drag in drags] == [64, 64] and [drag["target"][0] for drag in drags] == [128, 128]


def test_a_spline_of_another_editor_is_read_from_its_text(server: ComfyServer):
    track = [{"x": 50 + 5 * i, "y": 128} for i in range(16)]
    graph = {
        "text": node("PrimitiveString", value=json.dumps([track, track])),
        "drag": node("DragFromJSON", json=["text", 0]),
    }
    assert written(server, graph)["drags"] == [{"handle": [50, 128], "target": [125, 128]}] * 2


def test_a_thing_follows_the_drags_that_are_joined(server: ComfyServer):
    still = from_mask(mask=["disc", 1], move_x=0.0)
    pull = {"version": 1, "size": [128, 128], "drags": [{"handle": [40, 64], "target": [70, 64]}]}
    parts = PICTURE | disc(80) | still | {"pull": node("DragFromJSON", json=pull)}
    graph = parts | {"both": node("DragJoin", drag_1=["drag", 0], drag_2=["pull", 0])}
    found = written(server, graph, "both")
    assert found["drags"] == [{"handle": [80, 128], "target": [140, 128]}] and len(found["regions"]) == 1
    assert "DragFromMask: nothing moves yet" in server.log_text()
    warp = {"warp": node("DragWarp", image=["picture", 0], drag=["both", 0], mask_expand=0, fill="none")}
    before, after = (saved(server, graph | warp, link) for link in (["picture", 0], ["warp", 0]))
    assert np.array_equal(after[110:140, 122:150], before[110:140, 62:90])


def test_an_instruction_comes_into_a_crop(server: ComfyServer):
    crop = {
        "crop": node(
            "ImageScale", image=["picture", 0], width=320, height=320, upscale_method="bilinear", crop="disabled"
        )
    }
    graph = PICTURE | disc(80) | from_mask(mask=["disc", 1]) | crop
    box = {"x": 32, "y": 64, "width": 160, "height": 160}
    graph |= {"part": node("DragIntoCrop", drag=["drag", 0], **box, crop=["crop", 0])}
    found = written(server, graph, "part")
    assert found["size"] == [320, 320] and found["regions"][0]["affine"] == {"move": [120, 0]}
    x = [point[0] for ring in found["regions"][0]["source"]["outlines"] for point in ring]
    assert min(x) == (50 - 32) * 2 and max(x) == (110 - 32) * 2


def test_what_was_written_gives_the_same_picture(server: ComfyServer):
    graph = PICTURE | disc(80) | from_mask(mask=["disc", 1], grow=6, rotate=30.0, scale=1.3)
    text = json.dumps(written(server, graph))
    again = PICTURE | {"drag": node("DragFromJSON", json=text, image=["picture", 0])}
    warp = {"warp": node("DragWarp", image=["picture", 0], drag=["drag", 0], mask_expand=5, fill="neighbours")}
    first, second = (saved(server, parts | warp, ["warp", 0]) for parts in (graph, again))
    assert np.array_equal(first, second)


EMPTY = {"none": node("SolidMask", value=0.0, width=256, height=256)}
OTHER = {"other": node("SolidMask", value=1.0, width=320, height=200)}
FAR = {"far": node("PrimitiveBoundingBox", x=400, **BOX), "near": node("PrimitiveBoundingBox", x=150, **BOX)}
REFUSED = {
    "nothing": (from_mask(), "DragFromMask: there is no mask and no box."),
    "empty": (EMPTY | from_mask(mask=["none", 0]), "DragFromMask: the 256x256 mask is empty. Connect a mask of what"),
    "other size": (
        OTHER | from_mask(mask=["other", 0]),
        "DragFromMask: the 320x200 mask belongs to another picture than the 256x256 one.",
    ),
    "off the picture": (
        disc(80) | from_mask(mask=["disc", 1], move_x=500.0),
        "DragFromMask: what is moved would land wholly outside the 256x256 picture.",
    ),
    "empty target": (
        EMPTY | disc(80) | from_mask(mask=["disc", 1], target=["none", 0]),
        "DragFromMask: target mask 1 is empty. Connect a mask of where it goes.",
    ),
    "box of another picture": (
        FAR | from_mask(bboxes=["far", 0]),
        "DragFromMask: bboxes[0]: the box at (400, 100), 60 x 50 pixels, lies outside the 256x256 picture",
    ),
    "box beside the mask": (
        FAR | disc(80) | from_mask(mask=["disc", 1], bboxes=["near", 0]),
        "DragFromMask: bboxes[0]: nothing of the mask lies in it.",
    ),
    "target box of another picture": (
        FAR | {"drag": node("DragFromBoxes", source=["near", 0], target=["far", 0], grow=0, image=["picture", 0])},
        "DragFromBoxes: target[0]: the box at (400, 100), 60 x 50 pixels, lies outside",
    ),
    "crop beside the drag": (
        disc(80)
        | from_mask(mask=["disc", 1], image=["picture", 0])
        | {"whole": node("DragFromJSON", json='{"version": 1, "drags": [{"handle": [9, 9], "target": [30, 9]}]}')}
        | {"drag": node("DragIntoCrop", drag=["whole", 0], x=100, y=100, width=64, height=64)},
        "DragIntoCrop: the crop at (100, 100), 64 x 64 pixels, holds nothing of the instruction.",
    ),
    "empty picture": (
        {"void": node("TestPicture", channels=3, dtype="fp32", batch=0)}
        | disc(80)
        | from_mask(mask=["disc", 1], image=["void", 0]),
        "DragFromMask: the image is an empty batch.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused_in_a_sentence(server: ComfyServer, name: str):
    graph, sentence = REFUSED[name]
    assert sentence in refusal(server, PICTURE | graph)


def test_too_many_together_are_refused(server: ComfyServer):
    many = {"version": 1, "drags": [{"handle": [9, 9], "target": [30, 9]}] * 600}
    graph = {"many": node("DragFromJSON", json=many), "drag": node("DragJoin", drag_1=["many", 0], drag_2=["many", 0])}
    assert "DragJoin: drags: 1,200 of them; at most 1,000 are read." in refusal(server, graph)
