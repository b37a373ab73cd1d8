// Pictures and instructions that are pasted or dropped onto the editor.
import { DragError } from '../drag/read.js'

export function listenToFiles(editor) {
  const on = (name, listener) => editor.root.addEventListener(name, listener, { signal: editor.ending.signal })
  on('paste', (event) => receive(editor, event, event.clipboardData))
  on('drop', (event) => {
    editor.root.classList.remove('dragkit-dropping')
    receive(editor, event, event.dataTransfer)
  })
  on('dragover', (event) => {
    event.preventDefault()
    event.stopPropagation()
    editor.root.classList.add('dragkit-dropping')
  })
  on('dragleave', () => editor.root.classList.remove('dragkit-dropping'))
}

/** Takes a picture or an instruction; anything else is left to the page. */
function receive(editor, event, data) {
  if (event.target.closest('textarea')) return event.stopPropagation()
  const picture = [...data.files].find((file) => file.type.startsWith('image/'))
  const written = [...data.files].find((file) => file.name.endsWith('.json'))
  const text = data.getData('text/plain').trim()
  if (!picture && !written && !/^[[{]/.test(text)) return
  event.preventDefault()
  event.stopPropagation()
  if (picture) editor.host.takePicture(picture)
  else if (written) written.text().then((content) => takeText(editor, content))
  else takeText(editor, text)
}

function takeText(editor, text) {
  try {
    editor.replace(text)
  } catch (error) {
    if (!(error instanceof DragError)) throw error
    editor.messages.openText(text)
  }
}
