"""Saved graphs become prompts, and prompts take a sample's parts at the right nodes."""

import json
from typing import Any

import numpy as np
import pytest
from dragkit.benchmarks.dragbench.drag_form import CELL, drag_json
from dragkit.benchmarks.dragbench.samples import Instruction, read_sample
from dragkit.bulk.command import digest
from dragkit.bulk.graph import MASK_NODE, bind, bound_graph, read_graph
from dragkit.core.instruction.form import read_drag
from dragkit.core.instruction.geometry import Extent
from dragkit.tests.benchmarks.dragbench_samples import HEIGHT, POINTS, WIDTH, pickled_sample, write_pickle
from dragkit.tests.core.placing import regions_on
from dragkit.tools.environment import SetupError
from dragkit.tools.graphs import node
from dragkit.tools.workflow import api_prompt


def definition(**inputs: Any) -> dict:
    return {"input": {"required": inputs}, "display_name": "A Node"}


KNOWN = {
    "Source": definition(),
    "Seeded": definition(
        model=["MODEL", {}],
        seed=["INT", {"control_after_generate": True}],
        name=[["a", "b"], {}],
        noise_seed=["INT", {}],
        drawing=["DRAWING", {"socketless": True}],
        text=["STRING", {"forceInput": True}],
        last=["COMBO", {}],
    ),
    "Sink": definition(model=["MODEL", {}]),
}


def saved(*nodes: dict, links: list) -> dict:
    return {"nodes": list(nodes), "links": links}


def saved_node(number: int, kind: str, inputs: dict[str, int] | None = None, **parts: Any) -> dict:
    entries = [{"name": name, "type": "MODEL", "link": link} for name, link in (inputs or {}).items()]
    outputs = [{"name": "model", "type": "MODEL"}]
    return {"id": number, "type": kind, "inputs": entries, "outputs": outputs, "mode": 0} | parts


def test_values_go_to_their_widgets():
    values = [7, "randomize", "b", 8, {"drags": []}, "fixed", "left over"]
    graph = saved(
        saved_node(1, "Source"),
        saved_node(2, "Seeded", {"model": 5}, widgets_values=values, title="Mine"),
        saved_node(3, "MarkdownNote", widgets_values=["text"]),
        links=[[5, 1, 0, 2, 0, "MODEL"]],
    )
    prompt = api_prompt(graph, KNOWN)
    expected = {"seed": 7, "name": "b", "noise_seed": 8, "drawing": {"drags": []}, "last": "fixed", "model": ["1", 0]}
    assert prompt["2"] == {"class_type": "Seeded", "inputs": expected, "_meta": {"title": "Mine"}}
    assert list(prompt) == ["1", "2"] and prompt["1"]["_meta"]["title"] == "A Node"


@pytest.mark.parametrize("between", [{"kind": "Reroute"}, {"kind": "Sink", "mode": 4}])
def test_links_pass_reroutes_and_bypassed_nodes(between):
    graph = saved(
        saved_node(1, "Source"),
        saved_node(2, inputs={"model": 5}, **between),
        saved_node(3, "Sink", {"model": 6}),
        links=[[5, 1, 0, 2, 0, "MODEL"], [6, 2, 0, 3, 0, "MODEL"]],
    )
    prompt = api_prompt(graph, KNOWN)
    assert list(prompt) == ["1", "3"] and prompt["3"]["inputs"] == {"model": ["1", 0]}


def test_a_muted_node_is_gone_with_its_links():
    graph = saved(
        saved_node(1, "Source", mode=2),
        saved_node(2, "Sink", {"model": 5}),
        links=[[5, 1, 0, 2, 0, "MODEL"]],
    )
    assert api_prompt(graph, KNOWN) == {"2": {"class_type": "Sink", "inputs": {}, "_meta": {"title": "A Node"}}}


def test_unknown_nodes_are_refused():
    graph = saved(saved_node(1, "Elsewhere"), saved_node(2, "Sink", {"model": 5}), links=[[5, 1, 0, 2, 0, "MODEL"]])
    with pytest.raises(ValueError, match="Elsewhere"):
        api_prompt(graph, KNOWN)


def prompt(**further: dict) -> dict:
    return {
        "photo": node("LoadImage", image="mine.png"),
        "other": node("LoadImage", image="style.png"),
        "scaled": node("ImageScale", image=["photo", 0]),
        "canvas": node("DragCanvas", drag={"drags": []}, image=["scaled", 0], mask=["photo", 1]),
        "yes": node("CLIPTextEncode", text="mine"),
        "no": node("CLIPTextEncode", text="ugly"),
        "both": node("ControlNetApplyAdvanced", positive=["yes", 0], negative=["no", 0], image=["other", 0]),
        "sample": node("KSampler", positive=["both", 0], negative=["both", 1], drag=["canvas", 0]),
        "save": node("SaveImage", images=["sample", 0]),
        "show": node("PreviewImage", images=["photo", 0]),
    } | further


def test_a_sample_s_parts_go_to_their_nodes():
    graph = bind(prompt(), None)
    drag = {"version": 1, "drags": []}
    filled = graph.edited("p.png", "m.png", drag, "a cat")
    assert filled["photo"]["inputs"] == {"image": "p.png"} and filled["other"]["inputs"] == {"image": "style.png"}
    assert filled["canvas"]["inputs"] == {"drag": drag, "image": ["scaled", 0], "mask": [MASK_NODE, 0]}
    assert filled[MASK_NODE] == node("LoadImageMask", image="m.png", channel="red")
    assert (filled["yes"]["inputs"]["text"], filled["no"]["inputs"]["text"]) == ("a cat", "ugly")
    assert "show" not in filled and graph.output == "save"
    unmasked = graph.edited("p.png", None, drag, "a cat")
    assert "mask" not in unmasked["canvas"]["inputs"] and MASK_NODE not in unmasked
    assert graph.prompt["canvas"]["inputs"]["drag"] == {"drags": []}


def test_one_text_for_both_prompts_is_the_sample_s():
    zeroed = {"no": node("ConditioningZeroOut", conditioning=["yes", 0])}
    assert bind(prompt(**zeroed), None).texts == ("yes",)


def test_the_bundled_model_is_told_of_no_scene():
    graph = prompt(yes=node("DragDemoModel", scene="ball"))
    assert bind(graph, None).edited("p", None, {}, "a cat")["yes"]["inputs"]["scene"] == "anything"


def test_the_result_is_the_saved_one_the_one_titled_after_or_the_chosen_one():
    second = {"second": node("SaveImage", images=["photo", 0])}
    with pytest.raises(SetupError, match=r"--output; found save .*, second"):
        bind(prompt(**second), None)
    assert bind(prompt(**second), "save").output == "save"
    titled = prompt(**second)
    titled["save"]["_meta"] = {"title": "After"}
    assert bind(titled, None).output == "save"
    shown = {name: node for name, node in prompt().items() if name not in ("save", "show")}
    with pytest.raises(SetupError, match="neither saves nor shows"):
        bind(shown, None)
    assert bind(shown | {"show": node("PreviewImage", images=["sample", 0])}, None).output == "show"


def test_a_graph_without_a_drag_or_with_two_pictures_is_refused():
    with pytest.raises(SetupError, match="Drag Canvas or Drag from JSON .* found none"):
        bind(prompt(sample=node("KSampler", image=["photo", 0])), None)
    without_image = {"canvas": node("DragCanvas", drag={}), "sample": node("X", a=["canvas", 0], b=["photo", 0])}
    assert bind(prompt(**without_image), "save").picture == "photo"
    without_image["sample"]["inputs"]["c"] = ["other", 0]
    with pytest.raises(SetupError, match="Load Image .* found photo .*, other"):
        bind(prompt(**without_image), "save")


def test_settings_change_nodes_by_id_title_or_type(tmp_path):
    graph = prompt()
    graph["no"]["_meta"] = {"title": "Negative"}
    kinds = {entry["class_type"] for entry in graph.values()}
    known = {kind: definition(text=["STRING"], image=["COMBO"], steps=["INT"]) for kind in kinds}
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(graph), encoding="utf-8")
    settings = ["yes.text=by id=1", "Negative.text=by title", "KSampler.steps=7", "LoadImage.image=x.png"]
    saved = read_graph(str(file))
    changed = bound_graph(saved, known, settings, None).prompt
    assert changed["yes"]["inputs"]["text"] == "by id=1" and changed["no"]["inputs"]["text"] == "by title"
    assert changed["sample"]["inputs"]["steps"] == 7 and changed["other"]["inputs"]["image"] == "x.png"
    for setting, reason in (
        ("nonsense", "NODE.INPUT=VALUE"),
        ("Nobody.x=1", "no node Nobody"),
        ("KSampler.sceps=1", "no input sceps"),
    ):
        with pytest.raises(SetupError, match=reason):
            bound_graph(saved, known, [setting], None)
    with pytest.raises(SetupError, match="no graph nothing.*fastdrag"):
        read_graph("nothing")


def test_other_nodes_inputs_or_links_give_another_digest():
    assert digest(prompt()) == digest(prompt())
    assert digest(prompt()) != digest(prompt(no=node("CLIPTextEncode", text="bad")))


def test_points_become_drags(tmp_path):
    sample = read_sample("a", pickled_sample(tmp_path / "a"))
    spec = read_drag(drag_json(sample))
    assert [[list(d.handle), list(d.target)] for d in spec.drags] == [POINTS[:2], POINTS[2:]]
    assert spec.size == (WIDTH, HEIGHT)


def test_dense_pairs_become_regions_that_send_every_cell_where_they_do(tmp_path):
    """A scaled and shifted block, a second one over it, cells that stay, and a cell claimed twice."""
    scaled = [((1 + x // 2, 1 + y // 2), (2 + x, 1 + y)) for y in range(4) for x in range(5)]
    moved = [((0, 4), (3, 3)), ((1, 4), (4, 3)), ((6, 5), (6, 5))]
    pairs = scaled + moved
    points = [[place * CELL for place in point] for pair in pairs for point in pair]
    folder = pickled_sample(tmp_path / "a")
    write_pickle(folder / "meta_data_region.pkl", points=points, mask=None)
    sample = read_sample("a", folder, Instruction.REGIONS)
    grid = Extent(WIDTH // CELL, HEIGHT // CELL)
    found = regions_on(read_drag(drag_json(sample)), grid)
    expected = np.arange(grid.width * grid.height).reshape(grid.height, grid.width)
    target = np.zeros_like(expected, dtype=bool)
    for (from_x, from_y), (x, y) in pairs:
        expected[y, x], target[y, x] = from_y * grid.width + from_x, True
    assert (found.gather.numpy() == expected).all() and (found.moved.numpy() == target).all()
    assert len(drag_json(sample)["regions"]) < len(pairs)
