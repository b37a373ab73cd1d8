// @ts-check
// The picture below the drawing: another one, or none.
import { isEmpty } from '../drag/edits.js'
import { emptyDrag } from '../drag/read.js'
import { edited } from './document.js'

/** @import { Editor } from './editor.js' */
/** @import { Picture, PictureState } from './view.js' */

/**
 * Lets a file be the picture; what was drawn on the one before goes.
 * @type {(editor: Editor, file: File) => Promise<void>}
 */
export async function takePicture(editor, file) {
  if (!(await editor.host.takePicture(file))) return
  if (!isEmpty(editor.document.drag)) {
    editor.apply({ document: edited(emptyDrag(), null), view: { selection: null } })
    editor.note('newPicture')
  }
  editor.host.changed()
}

/**
 * Shows a picture, or tells why there is none.
 * @type {(editor: Editor, picture: Picture | null, pictureState?: PictureState | null) => void}
 */
export function showPicture(editor, picture, pictureState = null) {
  const resized = String(picture?.size) !== String(editor.scene.picture?.size)
  editor.apply({ scene: { picture, pictureState }, view: resized ? { frame: null } : {} })
  const { note } = editor.document
  if (resized) editor.load(editor.document.value)
  if (resized && note) editor.note(note.code, note.details)
}
