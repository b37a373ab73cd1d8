"""An editor without a page around it, for scripts that use it."""

EDITOR = """
const { Editor } = await import('/editor/editor.js'), { press } = await import('/editor/tools.js')
const { showPicture } = await import('/editor/picture.js')
const { picturePoint } = await import('/drag/types.js')
globalThis.editorBefore?.end()
document.body.replaceChildren()
const told = [], root = document.body.appendChild(document.createElement('div'))
const host = { t: (key) => key, changed: () => told.push(JSON.stringify(editor.document.value)) }
const editor = new Editor(root, host)
globalThis.editorBefore = editor
editor.stage.canvas.style.position = 'absolute' // as the page's style has it: it would make its own place grow
editor.load({ version: 1, size: [100, 100] })
editor.set({ frame: { scale: 1, x: 0, y: 0 } })
const NONE = { shiftKey: false, altKey: false }
const drag = (from, to, keys = NONE) => {
  const gesture = press(editor, picturePoint(...from), keys)
  gesture?.move(picturePoint(...to), keys)
  gesture?.release(picturePoint(...to), keys)
}
const key = (name) => root.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }))
"""
