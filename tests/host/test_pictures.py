"""Pictures of every kind, and batches without any, in all nodes that take an IMAGE."""

from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, copy_paste, node, stochastic_inversion
from dragkit.tools.server import ComfyServer

DRAG = {"version": 1, "size": [96, 64], "drags": [{"handle": [30, 30], "target": [60, 30]}]}
MASKED = DRAG | {"mask": [{"brush": [{"radius": 12, "points": [[30, 30]]}]}]}


def training() -> Graph:
    links = {"model": ["demo", 0], "positive": ["demo", 1], "vae": ["demo", 3]}
    settings = {"steps": 1, "rank": 1, "learning_rate": 5e-4, "batch_size": 1, "seed": 0, "resolution": 64}
    train = node("DragLoRATrain", image=["picture", 0], **links, **settings)
    shown = node("PreviewImage", images=["edit", 2])
    return {"demo": node("DragDemoModel", scene="ball"), "edit": train, "shown": shown}


def optimisation() -> Graph:
    graph = graphs.dragdiffusion(optimise={"steps": 1, "image": ["picture", 0]})
    parts = {name: graph[name] for name in ("model", "encode", "invert", "drag")}
    return parts | {"edit": graph["optimize"], "shown": node("PreviewImage", images=["edit", 3])}


def online() -> Graph:
    graph = optimisation()
    links = {"model": ["model", 0], "image": ["picture", 0], "dds_weight": 0.0, "rank": 1, "seed": 0}
    kept = ("positive", "inversion", "drag", "steps", "learning_rate", "radius_motion", "radius_track", "mask_weight")
    given = {name: graph["edit"]["inputs"][name] for name in kept}
    return graph | {"edit": node("DragOnlineLoRA", **given, **links), "shown": node("PreviewImage", images=["edit", 4])}


def pasting() -> Graph:
    parts = {"invert": stochastic_inversion(), "drag": node("DragFromJSON", json=graphs.REGION)}
    paste = {"edit": copy_paste(image=["picture", 0]), "shown": node("PreviewImage", images=["edit", 2])}
    return graphs.source() | parts | paste


def warping() -> Graph:
    edit = node("DragWarp", image=["picture", 0], drag=["drag", 0], mask_expand=5, fill="neighbours")
    shown = node("PreviewImage", images=["edit", 0])
    return {"drag": node("DragFromJSON", json=MASKED), "edit": edit, "shown": shown}


def padding() -> Graph:
    shown = node("PreviewImage", images=["edit", 0])
    return {"edit": node("DragPad", image=["picture", 0]), "shown": shown}


def canvas() -> Graph:
    return {"edit": node("DragCanvas", drag=MASKED, image=["picture", 0])}


EDITS = {
    "DragCanvas": canvas,
    "DragLoRATrain": training,
    "DragOptimizeLatent": optimisation,
    "DragOnlineLoRA": online,
    "RegionCopyPaste": pasting,
    "DragWarp": warping,
    "DragPad": padding,
}
SHOWS = ["DragCanvas", "DragLoRATrain", "DragOptimizeLatent"]
KINDS = [{"channels": 1}, {"channels": 2}, {"channels": 4}, {"dtype": "bf16"}, {"dtype": "fp16"}]


def picture(**changed: Any) -> Graph:
    return {"picture": node("TestPicture", **({"channels": 3, "dtype": "fp32", "batch": 1} | changed))}


@pytest.mark.parametrize("edit", EDITS)
def test_an_empty_batch_is_refused_in_a_sentence(server: ComfyServer, edit: str):
    with pytest.raises(PromptError, match=f"{edit}: the image is an empty batch. Connect") as error:
        server.prompt(EDITS[edit]() | picture(batch=0))
    assert error.value.details["node_id"] == "edit"


@pytest.mark.parametrize("edit", SHOWS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_kind_of_picture_is_taken(server: ComfyServer, edit: str, kind: dict[str, Any]):
    assert server.prompt(EDITS[edit]() | picture(**kind)).outputs
