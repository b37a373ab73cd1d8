"""The benchmark turns a saved graph into the very prompt that the page would send."""

import json
from pathlib import Path

import pytest
from dragkit.tests.page.editor import Editor
from dragkit.tests.page.test_workflows import NEWER
from dragkit.tools.server import ComfyServer
from dragkit.tools.workflow import api_prompt

EXAMPLES = Path(__file__).resolve().parents[2] / "example_workflows"


RUNNABLE = [file for file in sorted(EXAMPLES.glob("*.json")) if file.stem not in NEWER]


@pytest.mark.parametrize("example", RUNNABLE, ids=lambda file: file.stem)
def test_the_prompt_is_the_page_s(editor: Editor, server: ComfyServer, example: Path):
    editor.open(example)
    ours = api_prompt(json.loads(example.read_text(encoding="utf-8")), server.get("/object_info"))
    assert parts(ours) == parts(editor.ask("prompt"))


def parts(prompt: dict) -> dict:
    return {name: (node["class_type"], node["inputs"], node["_meta"]["title"]) for name, node in prompt.items()}
