// @ts-check
// Pictures and instructions that are pasted or dropped onto the editor.
import { DragError } from '../drag/read.js'
import { takePicture } from './picture.js'

/** @import { Editor } from './editor.js' */

const LONGEST = 24

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
 * Takes a picture or an instruction; anything else is left to the page, and text that is neither is said to be.
 * @type {(editor: Editor, event: Event, data: DataTransfer | null) => void}
 */
function receive(editor, event, data) {
  if (event.target instanceof Element && event.target.closest('textarea')) return event.stopPropagation()
  if (!data) return
  const picture = [...data.files].find((file) => file.type.startsWith('image/'))
  const written = [...data.files].find((file) => file.name.endsWith('.json'))
  const text = data.getData('text/plain').trim()
  if (!picture && !written && !/^[[{]/.test(text)) {
    if (text && !data.getData('text/html')) refuse(editor, text)
    return
  }
  event.preventDefault()
  event.stopPropagation()
  if (picture) takePicture(editor, picture)
  else if (written) written.text().then((content) => takeText(editor, content))
  else takeText(editor, text)
}

/** Says that a text is no instruction: below the picture, else with the text itself. @type {(editor: Editor, text: string) => void} */
function refuse(editor, text) {
  const found = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  if (editor.canDraw) editor.note('noInstruction', { found })
  else editor.messages.openText(text)
}

/** @type {(editor: Editor, text: string) => void} */
function takeText(editor, text) {
  try {
    editor.replace(text)
    editor.messages.closeText()
  } catch (error) {
    if (!(error instanceof DragError)) throw error
    editor.messages.openText(text)
  }
}
