// @ts-check
// Pictures and instructions that are pasted or dropped onto the editor.
import { DragError } from '../drag/read.js'

/** @import { Editor } from './editor.js' */

/** @type {(editor: Editor) => void} */
export function listenToFiles(editor) {
  const { root } = editor,
    { signal } = editor.ending
  const paste = (/** @type {ClipboardEvent} */ event) => receive(editor, event, event.clipboardData)
  const drop = (/** @type {DragEvent} */ event) => {
    root.classList.remove('dragkit-dropping')
    receive(editor, event, event.dataTransfer)
  }
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault()
    event.stopPropagation()
    root.classList.add('dragkit-dropping')
  }
  root.addEventListener('paste', paste, { signal })
  root.addEventListener('drop', drop, { signal })
  root.addEventListener('dragover', over, { signal })
  root.addEventListener('dragleave', () => root.classList.remove('dragkit-dropping'), { signal })
}

/**
 * Takes a picture or an instruction; anything else is left to the page.
 * @type {(editor: Editor, event: Event, data: DataTransfer | null) => void}
 */
function receive(editor, event, data) {
  if (event.target instanceof Element && event.target.closest('textarea')) return event.stopPropagation()
  if (!data) return
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

/** @type {(editor: Editor, text: string) => void} */
function takeText(editor, text) {
  try {
    editor.replace(text)
  } catch (error) {
    if (!(error instanceof DragError)) throw error
    editor.messages.openText(text)
  }
}
