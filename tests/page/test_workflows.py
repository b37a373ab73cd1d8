"""The example workflows in the real page, in both renderers."""

import json
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pytest
from dragkit.tests.page.editor import Editor
from dragkit.tools.examples.compact import COMPACT
from dragkit.tools.server import ComfyServer
from dragkit.tools.subgraphs import flattened
from dragkit.tools.workflow import api_prompt

EXAMPLES = Path(__file__).resolve().parents[2] / "example_workflows"
WORKFLOWS = sorted(EXAMPLES.glob("*.json"))
LARGE = {("UNETLoader", "unet_name"), ("VAELoader", "vae_name")}
CHECKPOINTS = ("dragwarp_sd15", "dragwarp_sd15_inpaint", "fastdrag_sd15", "regiondrag_sd15", "dragdiffusion_sd15")
WITHOUT_MODEL = {"first_pull"}
MISSING_FILES = {
    **dict.fromkeys(CHECKPOINTS, {("CheckpointLoaderSimple", "ckpt_name")}),
    **dict.fromkeys((f"{name}_explained" for name in CHECKPOINTS), {("CheckpointLoaderSimple", "ckpt_name")}),
    "fastdrag_lcm_sd15": {("CheckpointLoaderSimple", "ckpt_name"), ("LoraLoaderModelOnly", "lora_name")},
    "dragwarp_klein": LARGE | {("CLIPLoader", "clip_name")},
    "dragwarp_objects_sam3": LARGE | {("CLIPLoader", "clip_name"), ("CheckpointLoaderSimple", "ckpt_name")},
    "dragreference_klein": LARGE | {("CLIPLoader", "clip_name")},
    "dragreference_qwen21": LARGE | {("CLIPLoader", "clip_name")},
    "dragreference_kontext": LARGE | {("DualCLIPLoader", "clip_name1"), ("DualCLIPLoader", "clip_name2")},
    "lazydrag_flux": LARGE | {("DualCLIPLoader", "clip_name1"), ("DualCLIPLoader", "clip_name2")},
    "dragreference_qwen_edit": LARGE | {("CLIPLoader", "clip_name")},
    "dragwarp_qwen21": LARGE | {("CLIPLoader", "clip_name")},
    "dragwarp_kontext": LARGE | {("DualCLIPLoader", "clip_name1"), ("DualCLIPLoader", "clip_name2")},
    "dragwarp_flux_fill": LARGE | {("DualCLIPLoader", "clip_name1"), ("DualCLIPLoader", "clip_name2")},
}
FOLDERS = {
    "CheckpointLoaderSimple": "checkpoints",
    "LoraLoaderModelOnly": "loras",
    "UNETLoader": "diffusion_models",
    "CLIPLoader": "text_encoders",
    "DualCLIPLoader": "text_encoders",
    "VAELoader": "vae",
}
ONLY_NEWER_HOSTS = {"TextEncodeQwenImage21"}
SMALL, BARS = {"width": 1280, "height": 720}, (60, 84)  # a screen, and what of it the page's own bars take
NEWER = dict.fromkeys(("dragwarp_qwen21", "dragreference_qwen21"), ONLY_NEWER_HOSTS)


def some_of(files: Iterable[Path]) -> pytest.MarkDecorator:
    """Has a test ask for these examples alone, each while it is open for the others, too."""
    return pytest.mark.parametrize("workflow", list(files), ids=lambda f: f.stem, indirect=True, scope="module")


@pytest.fixture(scope="module", params=WORKFLOWS, ids=lambda file: file.stem)
def workflow(request: pytest.FixtureRequest) -> Path:
    """The file of an example."""
    return request.param


@pytest.fixture(scope="module")
def saved(editor: Editor, workflow: Path) -> dict:
    """An example, open in the page: what its file holds."""
    editor.forget()
    return editor.open(workflow)


def test_it_opens_as_it_was_saved(editor: Editor, workflow: Path, saved: dict):
    nodes = {node["id"]: node for node in editor.ask("nodes")}
    assert {str(n["id"]): n["type"] for n in saved["nodes"]} == {str(i): n["type"] for i, n in nodes.items()}
    assert {n["type"] for n in nodes.values() if not n["known"]} == NEWER.get(workflow.stem, set())
    values = {str(i): n["values"] for i, n in nodes.items()}
    assert values == {str(n["id"]): n.get("widgets_values", []) for n in saved["nodes"]}
    links = editor.ask("links")
    assert sorted(texts(link["ends"]) for link in links) == sorted(texts(link) for link in saved["links"])
    assert [link["ends"] for link in links if not link["fits"]] == []
    assert editor.errors() == []


def texts(values: list) -> list[str]:
    """Ids are numbers in files and, in some versions of the page, text there."""
    return [str(value) for value in values]


def test_it_is_laid_out_cleanly(editor: Editor, workflow: Path, saved: dict, screenshots: Path):
    editor.page.screenshot(path=screenshots / f"{workflow.stem}_{editor.name}.png")
    nodes, groups = editor.boxes("nodeBoxes"), editor.boxes("groupBoxes")
    assert [(a.name, b.name) for a, b in combinations(nodes, 2) if a.overlaps(b)] == []
    assert [(a.name, b.name) for a, b in combinations(groups, 2) if a.overlaps(b)] == []
    alone = [node.name for node in nodes if not any(group.contains(node) for group in groups)]
    assert not groups or alone == []
    assert editor.ask("cutOff") == []


def warnings(log: str) -> list[str]:
    """What an example is warned of; whether handles arrive is the edit's own affair."""
    return [line for line in log.splitlines() if "WARNING" in line and "did not arrive" not in line]


@some_of(f for f in WORKFLOWS if f.stem not in NEWER)
def test_a_benchmark_sends_the_prompt_of_the_page(editor: Editor, server: ComfyServer, saved: dict):
    ours = api_prompt(saved, server.get("/object_info"))
    assert parts(ours) == parts(editor.ask("prompt"))


def parts(prompt: dict) -> dict:
    return {name: (node["class_type"], node["inputs"], node["_meta"]["title"]) for name, node in prompt.items()}


@some_of(f for f in WORKFLOWS if f.stem in MISSING_FILES.keys() - NEWER.keys())
def test_it_lacks_nothing_but_the_user_s_files(editor: Editor, server: ComfyServer, workflow: Path, saved: dict):
    before = len(server.log_text())
    faults = server.post("/prompt", {"prompt": editor.ask("prompt")})["node_errors"].values()
    found = {(node["class_type"], error["extra_info"]["input_name"]) for node in faults for error in node["errors"]}
    assert found == MISSING_FILES[workflow.stem] and warnings(server.log_text()[before:]) == []


@pytest.mark.parametrize("name", COMPACT)
def test_it_is_seen_whole_on_a_small_screen(editor: Editor, name: str, screenshots: Path):
    usual = editor.page.viewport_size
    editor.page.set_viewport_size(SMALL)
    saved = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    editor.page.evaluate("(saved) => app.loadGraphData(saved)", saved)
    editor.settle()
    editor.page.screenshot(path=screenshots / f"{name}_{editor.name}_small.png")
    scale, (left, top) = editor.page.evaluate("() => [app.canvas.ds.scale, app.canvas.ds.offset]")
    boxes = editor.boxes("nodeBoxes")
    assert scale == 1
    assert min(box.x + left for box in boxes) >= BARS[0] and min(box.y + top for box in boxes) >= BARS[1]
    assert max(box.x + box.width + left for box in boxes) <= SMALL["width"]
    assert max(box.y + box.height + top for box in boxes) <= SMALL["height"]
    editor.page.set_viewport_size(usual)


def test_models_to_be_fetched_are_named(workflow: Path):
    """The page offers to download what a node's properties name."""
    nodes = json.loads(workflow.read_text(encoding="utf-8"))["nodes"]
    for node in nodes:
        for name in (value for value in node["widgets_values"] if str(value).endswith(".safetensors")):
            model = {m["name"]: m for m in node["properties"]["models"]}[name]
            assert model["url"].startswith("https://") and model["url"].endswith(model["name"])
            assert model["directory"] == FOLDERS[node["type"]]


def test_nodes_name_their_pack(workflow: Path, server: ComfyServer):
    known = server.get("/object_info")
    for node in json.loads(workflow.read_text(encoding="utf-8"))["nodes"]:
        if node["type"] in known:
            own = known[node["type"]]["python_module"] == "custom_nodes.dragkit"
            assert node["properties"]["cnr_id"] == ("dragkit" if own else "comfy-core")


def test_every_example_ends_in_the_stitch(workflow: Path):
    """What is worked on is cut out of the picture, and what is saved is that picture with the edit in it."""
    content = flattened(json.loads(workflow.read_text(encoding="utf-8")))
    kinds, links = {n["id"]: n["type"] for n in content["nodes"]}, {link[0]: link for link in content["links"]}
    sources = [
        {i["name"]: kinds[links[i["link"]][1]] for i in node.get("inputs", []) if i.get("link")} | {"": node["type"]}
        for node in content["nodes"]
    ]
    encoded = {source["pixels"] for source in sources if "pixels" in source}
    assert encoded <= {"DragCrop", "DragWarp"}
    last = "DragWarp" if workflow.stem in WITHOUT_MODEL else "DragStitch"
    assert {source["images"] for source in sources if source[""] == "SaveImage"} == {last}


def test_the_templates_list_has_them(server: ComfyServer):
    """What needs no download comes first."""
    listed = server.get("/workflow_templates")["dragkit"]
    assert sorted(listed) == [file.stem for file in WORKFLOWS] and listed[0] == "first_pull"
    fetching = [name in MISSING_FILES for name in listed]
    assert fetching == sorted(fetching)
