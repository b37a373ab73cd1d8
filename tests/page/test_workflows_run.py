"""The example workflows that need no download, run in the real page: what is sent is the same in both renderers."""

from pathlib import Path

import pytest
from dragkit.tests.page.editor import Editor
from dragkit.tests.page.test_workflows import EXAMPLES, MISSING_FILES, WORKFLOWS, warnings
from dragkit.tools.server import ComfyServer

CLASSIC, NODES2 = (pytest.mark.parametrize("editor", [new], indirect=True, scope="module") for new in (False, True))


@CLASSIC
@pytest.mark.parametrize("example", [f for f in WORKFLOWS if f.stem not in MISSING_FILES], ids=lambda file: file.stem)
def test_it_runs(editor: Editor, server: ComfyServer, example: Path, screenshots: Path):
    runs(editor, server, example, screenshots)


@NODES2
@pytest.mark.parametrize("name", ["first_pull", "fastdrag", "dragwarp_explained"])
def test_it_shows_its_results_in_the_new_renderer(editor: Editor, server: ComfyServer, name: str, screenshots: Path):
    runs(editor, server, EXAMPLES / f"{name}.json", screenshots)


def runs(editor: Editor, server: ComfyServer, example: Path, screenshots: Path) -> None:
    """Runs an example to its end, without a warning, and sees every picture shown."""
    saved, before = editor.open(example), len(server.log_text())
    assert editor.ask("run") == "success"
    assert warnings(server.log_text()[before:]) == []
    editor.settle()
    editor.page.screenshot(path=screenshots / f"{example.stem}_{editor.name}_done.png")
    shown = editor.ask("shownImages")
    pictures = [str(n["id"]) for n in saved["nodes"] if n["type"] in ("PreviewImage", "SaveImage")]
    assert pictures and all(shown.get(node) == 1 for node in pictures)
    assert editor.errors() == []
