"""Drag Check's table on its node, in both renderers."""

from dragkit.tests.page.editor import Editor

SHOW = """async (text) => {
    const node = LiteGraph.createNode('DragCheck')
    app.graph.add(node)
    node.onExecuted({ text: [text] })
    await new Promise((done) => setTimeout(done, 500))
    app.canvas.centerOnNode?.(node)
    const saved = JSON.stringify(node.serialize())
    const shown = [...document.querySelectorAll('pre')].map((field) => field.textContent)
    app.graph.remove(node)
    return [shown, saved]
}"""


def test_the_table_is_shown_and_not_saved(editor: Editor):
    table = "device  cpu\n\nDrag Warp  ok  0.0e+00"
    shown, saved = editor.page.evaluate(SHOW, table)
    assert table in shown
    assert "Drag Warp" not in saved
    assert editor.errors() == []
