"""What a user reads about each node of the pack: tooltips, description, search words and help page."""

from pathlib import Path

import pytest
from dragkit.tests.page.editor import Editor
from dragkit.tools.server import ComfyServer

MODULE = "custom_nodes.dragkit"
TRANSLATED = sorted((Path(__file__).resolve().parents[2] / "js" / "docs").glob("*/*.md"))
WITHOUT_TOOLTIP = ["DragCanvas.drag"]  # the page would show it over the drawing


@pytest.fixture(scope="module")
def pack_nodes(server: ComfyServer) -> dict[str, dict]:
    """The pack's nodes as the server describes them, by id."""
    nodes = {name: node for name, node in server.get("/object_info").items() if node["python_module"] == MODULE}
    assert nodes
    return nodes


def test_every_input_has_a_tooltip(pack_nodes: dict[str, dict]):
    inputs = {
        f"{name}.{key}": spec
        for name, node in pack_nodes.items()
        for part in ("required", "optional")
        for key, spec in node["input"].get(part, {}).items()
    }
    assert [place for place, spec in inputs.items() if not spec[1].get("tooltip")] == WITHOUT_TOOLTIP


def test_every_output_has_a_tooltip(pack_nodes: dict[str, dict]):
    assert [name for name, node in pack_nodes.items() if not all(node["output_tooltips"])] == []


def test_every_node_can_be_found(pack_nodes: dict[str, dict]):
    for name, node in pack_nodes.items():
        assert node["description"] and node["search_aliases"] and node["category"] == "drag", name


def test_every_node_has_a_help_page(server: ComfyServer, pack_nodes: dict[str, dict]):
    for name, node in pack_nodes.items():
        page = server.read(f"/extensions/dragkit/docs/{name}.md").decode()
        assert page.startswith(f"# {node['display_name']}\n")
        keys = [key for part in ("required", "optional") for key in node["input_order"].get(part, [])]
        assert all(f"**{key}**" in page for key in keys), name
        assert all(f"**{output}**" in page for output in node["output_name"]), name


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.parent.name)
def test_translated_help_names_what_the_node_has(server: ComfyServer, pack_nodes: dict[str, dict], page: Path):
    name, language = page.parent.name, page.stem
    node, words = pack_nodes[name], server.get("/i18n")[language]["nodeDefs"][name]
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {words['display_name']}\n")
    keys = [key for part in ("required", "optional") for key in node["input_order"].get(part, [])]
    assert all(f"**{key}**" in text for key in [*keys, *node["output_name"]])


def test_the_page_shows_the_help(editor: Editor, screenshots: Path):
    editor.page.evaluate("() => { app.graph.clear(); app.graph.add(LiteGraph.createNode('BNNIFill')) }")
    editor.page.evaluate("() => { app.canvas.selectNode(app.graph.nodes[0]); app.canvas.fitViewToSelectionAnimated() }")
    editor.page.get_by_test_id("info-button").click()
    content = editor.page.locator(".node-help-content h1")
    content.wait_for()
    editor.page.screenshot(path=screenshots / f"help_{editor.name}.png")
    assert content.inner_text() == "BNNI Fill (FastDrag)"
    assert editor.errors(r"404.*/docs/BNNIFill/en\.md") == []


def test_translations_of_the_nodes_speak_of_what_there_is(server: ComfyServer, pack_nodes: dict[str, dict]):
    for language, words in server.get("/i18n").items():
        for name, own in words.get("nodeDefs", {}).items():
            node = pack_nodes.get(name)
            assert node, f"{language} speaks of {name}"
            inputs = {key for part in ("required", "optional") for key in node["input"].get(part, {})}
            assert set(own["inputs"]) <= inputs and len(own["outputs"]) <= len(node["output"]), name


@pytest.mark.parametrize("editor", [True], ids=["nodes2"], indirect=True, scope="module")  # the words are the same
def test_the_page_speaks_chinese(editor: Editor, screenshots: Path):
    editor.load("zh")
    try:
        editor.page.evaluate("() => { app.graph.clear(); app.graph.add(LiteGraph.createNode('DragCanvas')) }")
        card = editor.page.locator(".dragkit-card strong")
        card.wait_for()
        assert card.inner_text() == "还没有图片"
        assert editor.page.evaluate("app.graph.nodes[0].title") == "拖拽画布"
        editor.page.screenshot(path=screenshots / f"canvas_chinese_{editor.name}.png")
    finally:
        editor.load()
