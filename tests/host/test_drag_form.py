"""The forms of an instruction in API prompts, on a real server: what is read, too large, and drawn."""

import io
import json
from typing import Any

import numpy as np
import pytest
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer
from PIL import Image

INSTRUCTION = {"version": 1, "drags": [{"handle": [52, 135], "target": [112, 135]}]}
OBJECTS = [{"x": 52, "y": 135}, {"x": 112, "y": 135}]
SAMPLES = [{"x": 52 + 4 * i, "y": 135} for i in range(16)]
FORMS = {
    "points": OBJECTS,
    "pairs": [[52, 135], [112, 135]],
    "a track": SAMPLES,
    "tracks": [SAMPLES],
    "two tracks of pairs": [[[52, 135], [112, 135]], [[9, 9], [9, 9]]],
    "wrapped": {"__value__": OBJECTS},
    "wrapped text": {"__value__": json.dumps(OBJECTS)},
    "text": json.dumps(OBJECTS),
    "text with a blank": "  " + json.dumps(OBJECTS),
    "text with a mark": "\ufeff" + json.dumps(INSTRUCTION),
    "single quotes": str(OBJECTS),
    "an object in single quotes": " " + str(INSTRUCTION),
    "fractions": {
        "version": 1,
        "size": [1, 1],
        "drags": [{"handle": [52 / 256, 135 / 256], "target": [0.4375, 135 / 256]}],
    },
}


def drawn(drag: Any, node_id: str) -> Graph:
    """A drawing of an instruction on a picture of 256x256."""
    name = {"DragFromJSON": "json", "DragCanvas": "drag"}[node_id]
    return {
        "picture": node("DragDemoPicture", scene="ball", seed=3),
        "drag": node(node_id, **{name: drag}, image=["picture", 0]),
        "show": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
        "save": node("SaveImage", images=["show", 0], filename_prefix="form"),
    }


def saved(server: ComfyServer, graph: Graph) -> np.ndarray:
    (image,) = server.prompt(graph).outputs["save"]["images"]
    return np.asarray(Image.open(io.BytesIO(server.view(image))).convert("RGB"))


@pytest.mark.parametrize("node_id", ["DragFromJSON", "DragCanvas"])
@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_read_by_both_nodes(server: ComfyServer, name: str, node_id: str):
    expected = dict(INSTRUCTION)
    if name == "two tracks of pairs":
        expected["drags"] = [*expected["drags"], {"handle": [9, 9], "target": [9, 9]}]
    found = saved(server, drawn(FORMS[name], node_id))
    assert np.array_equal(found, saved(server, drawn(expected, "DragCanvas")))


@pytest.mark.parametrize("node_id", ["DragFromJSON", "DragCanvas"])
def test_what_was_understood_is_said(server: ComfyServer, node_id: str):
    server.prompt(drawn([[20 * i, 31] for i in range(9)], node_id))
    assert f"{node_id}: the 9 points go on from one to the next and are read as one track" in server.log_text()
    server.prompt(drawn([[20 * i, 31] for i in range(4)], node_id))
    assert f"{node_id}: the 4 points are read as handle and target in turn" in server.log_text()


CORNERS = np.random.default_rng(0).uniform(0, 512, (150_000, 2)).round(1).tolist()
LARGE = {
    "points": ({"version": 1, "mask": [{"polygon": CORNERS}]}, "over 50,000 points"),
    "regions": (
        {"version": 1, "regions": [{"source": {"polygon": CORNERS[:4]}, "affine": {}}] * 251},
        "at most 250 are read",
    ),
    "drags": (
        {"version": 1, "drags": [{"handle": [1, 2], "target": [3, 4]}] * 20_000},
        "drags: 20,000 of them; at most 1,000",
    ),
    "text": ("[" + "1, " * 2_000_000, "characters"),
}


@pytest.mark.parametrize("node_id", ["DragFromJSON", "DragCanvas"])
@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_is_refused_before_a_run(server: ComfyServer, name: str, node_id: str):
    value, words = LARGE[name]
    with pytest.raises(PromptError, match=words) as refusal:
        server.prompt(drawn(value, node_id))
    assert refusal.value.kind == "refused"


def test_two_instructions_with_too_much_together(server: ComfyServer):
    half = {"version": 1, "drags": [{"handle": [1, 2], "target": [30, 40]}] * 600}
    graph = drawn(half, "DragCanvas") | {"base": node("DragFromJSON", json=json.dumps(half))}
    graph["drag"]["inputs"]["base"] = ["base", 0]
    with pytest.raises(PromptError, match="drags: 1,200 of them; at most 1,000 are read"):
        server.prompt(graph)


def preview(drag: Any = INSTRUCTION, **picture: Any) -> Graph:
    return {
        "picture": node("TestPicture", **({"channels": 3, "dtype": "fp32", "batch": 1} | picture)),
        "drag": node("DragFromJSON", json=drag),
        "show": node("DragPreview", image=["picture", 0], drag=["drag", 0]),
        "save": node("SaveImage", images=["show", 0], filename_prefix="form"),
    }


@pytest.mark.parametrize("picture", [{"channels": 1}, {"channels": 4}, {"dtype": "bf16"}, {"dtype": "fp16"}], ids=str)
def test_every_kind_of_picture_is_drawn_on(server: ComfyServer, picture: dict[str, Any]):
    assert np.array_equal(saved(server, preview(**picture)), saved(server, preview()))


def test_a_drag_from_far_outside_is_drawn(server: ComfyServer):
    far = {"version": 1, "drags": [{"handle": [-1e9, 30], "target": [60, 30]}]}
    blue = saved(server, preview(drag=far))[30, 10]
    assert blue[2] > 200 > blue[0]


def test_an_empty_batch_is_refused_in_a_sentence(server: ComfyServer):
    with pytest.raises(PromptError, match="DragPreview: the image is an empty batch"):
        server.prompt(preview(batch=0))
