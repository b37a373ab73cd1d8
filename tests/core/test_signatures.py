"""What is told apart of a queued graph, and what is the same for another drawing."""

from typing import Any

import pytest
from dragkit.core.prompt.graph import PromptGraph
from dragkit.core.prompt.signatures import Signatures
from dragkit.tools import graphs
from dragkit.tools.graphs import Graph, node

PICTURE_ALONE = ["encode", "invert", "inject"]
DRAWN = ["warp", "fill", "sample", "decode", "stitch"]


def drawn(drag: str = "one", **changes: Any) -> Graph:
    """FastDrag behind a canvas; changes: inputs of the nodes named."""
    graph = graphs.fastdrag("x.png", {}, "ball")
    graph["drag"] = node("DragCanvas", drag={"is": drag}, image=["picture", 0])
    graph["crop"]["inputs"]["image"] = ["drag", 2]
    for name, inputs in changes.items():
        graph[name]["inputs"] |= inputs
    return graph


def signed(graph: Graph, cut: str | None = "whole") -> Signatures:
    """The signatures of a graph whose crop was cut out somewhere, or has not run yet."""
    before = Signatures(PromptGraph(graph), {})
    return Signatures(PromptGraph(graph), {} if cut is None else {before.of("crop").digest: cut})


def differing(a: Signatures, b: Signatures) -> list[str]:
    return [name for name in [*PICTURE_ALONE, *DRAWN] if a.of(name).digest != b.of(name).digest]


def test_another_drawing_leaves_what_hangs_on_the_picture():
    one, other = signed(drawn()), signed(drawn("another"))
    assert differing(one, other) == DRAWN
    assert [name for name in [*PICTURE_ALONE, *DRAWN] if one.of(name).outlives_drawing] == PICTURE_ALONE


@pytest.mark.parametrize("cut", ["a part", None], ids=["another cut", "before the crop has run"])
def test_nothing_is_left_of_another_crop(cut: str | None):
    assert differing(signed(drawn()), signed(drawn("another"), cut)) == [*PICTURE_ALONE, *DRAWN]


def test_before_the_crop_has_run_all_hangs_on_the_drawing():
    signatures = signed(drawn(), None)
    assert not any(signatures.of(name).outlives_drawing for name in [*PICTURE_ALONE, *DRAWN])


@pytest.mark.parametrize(
    "changes",
    [{"picture": {"image": "y.png"}}, {"model": {"scene": "face"}}, {"encode": {"vae": ["other", 3]}}],
    ids=["picture", "model", "link"],
)
def test_what_comes_in_otherwise_is_another_result(changes: dict[str, dict]):
    assert differing(signed(drawn()), signed(drawn("one", **changes))) == [*PICTURE_ALONE, *DRAWN]


def test_a_file_that_the_host_finds_changed_is_another_picture():
    graph = drawn()
    graph["picture"]["is_changed"] = ["another hash"]
    assert differing(signed(drawn()), signed(graph)) == [*PICTURE_ALONE, *DRAWN]


def test_what_no_canvas_is_before_is_left_to_the_host():
    signatures = signed(drawn())
    assert not any(signatures.of(name).outlives_drawing for name in ("model", "picture", "drag", "crop", "euler"))


def test_a_picture_that_the_drawing_changed_does_not_outlive_it():
    graph = drawn() | {"moved": graphs.warp()}
    graph["crop"]["inputs"]["image"] = ["moved", 0]
    assert not any(signed(graph).of(name).outlives_drawing for name in PICTURE_ALONE)
