// @ts-check
// The picture before, the result and the drawing as files for the user.

/** @import { Editor } from '../editor/editor.js' */
/** @import { Picture } from '../editor/view.js' */

/** @type {(editor: Editor) => void} */
export function saveBefore({ scene: { picture } }) {
  if (picture) savePicture(picture, 'before')
}

/** @type {(editor: Editor) => void} */
export function saveAfter({ scene: { results } }) {
  if (results.last) savePicture(results.last.picture, 'after')
}

/** @type {(editor: Editor) => void} */
export function saveDrawing(editor) {
  const url = URL.createObjectURL(new Blob([editor.messages.stored()], { type: 'application/json' }))
  save(url, 'drag.json')
  setTimeout(() => URL.revokeObjectURL(url))
}

/** @type {(picture: Picture, name: string) => void} */
function savePicture({ url }, name) {
  const file = new URL(url, location.href).searchParams.get('filename') ?? ''
  save(url, `${name}_${file.replace(/\.\w+$/, '')}.${/\.(\w+)$/.exec(file)?.[1] ?? 'png'}`)
}

/** @type {(url: string, name: string) => void} */
function save(url, name) {
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
}
