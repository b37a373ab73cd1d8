"""Live with a model: previews while it is sampled, and runs of somebody else that are left alone."""

from typing import Any

import pytest
from dragkit.tests.page.canvas import Canvas
from dragkit.tests.page.test_workflows import EXAMPLES
from dragkit.tools.server import ComfyServer

PATIENCE = 120_000
PREVIEWS = """() => {
  const editor = canvasTest.editor(), { apply } = editor
  window.previews = []
  editor.apply = (change) => {
    const { preview } = change.scene?.results ?? {}
    if (preview) previews.push(preview.size)
    apply.call(editor, change)
  }
}"""
METHOD = "(method) => app.extensionManager.setting.set('Comfy.Execution.PreviewMethod', method)"
AT_REST = """async () => {
  const queue = await (await app.api.fetchApi('/queue')).json()
  return !queue.queue_running.length && !queue.queue_pending.length
}"""


def queued(server: ComfyServer, prompt: dict[str, Any]) -> str:
    """Queues a prompt as another page would."""
    return server.post("/prompt", {"prompt": prompt, "client_id": "somebody else"})["prompt_id"]


def waiting(server: ComfyServer) -> set[str]:
    return {entry[1] for entry in server.get("/queue")["queue_pending"]}


@pytest.mark.parametrize("editor", [True], indirect=True, scope="module", ids=["nodes2"])
def test_a_newer_pull_ends_the_run_before_it_and_nobody_else_s(canvas: Canvas, server: ComfyServer):
    canvas.editor.open(EXAMPLES / "fastdrag.json")
    canvas.editor.forget()
    canvas.wait(lambda state: state["shown"] and state["picture"] is not None)
    canvas.page.evaluate(METHOD, "latent2rgb")
    canvas.page.evaluate(PREVIEWS)
    theirs = queued(server, canvas.editor.ask("prompt"))
    canvas.action("runs")
    (first,) = (tuple(drag[1]) for drag in canvas.drags[:1])
    canvas.pull(first, (first[0] - 6, first[1]))
    canvas.page.wait_for_function("async () => (await (await app.api.fetchApi('/queue')).json()).queue_pending.length")
    before = waiting(server)
    canvas.pull((first[0] - 6, first[1]), (first[0] - 12, first[1]))
    canvas.page.wait_for_function("() => previews.length", timeout=PATIENCE)
    assert before.isdisjoint(server.get("/history"))
    last = queued(server, canvas.editor.ask("prompt"))
    canvas.pull((first[0] - 12, first[1]), (first[0] - 18, first[1]))
    canvas.page.wait_for_function(AT_REST, timeout=PATIENCE)
    history = server.get("/history")
    assert [history[each]["status"]["status_str"] for each in (theirs, last)] == ["success", "success"]
    assert canvas.page.evaluate("() => new Set(previews.map(String)).size") == 1
    assert canvas.editor.errors() == []
    canvas.page.evaluate(METHOD, "default")
