// @ts-check
// The document: the stored value and the instruction that it stands for. A change makes a new one of the old.
import { scaledTo } from '../drag/affine.js'
import { DragError, emptyDrag, readDrag } from '../drag/read.js'
import { writeDrag } from '../drag/write.js'

/** @import { Drag, Note, Size } from '../drag/types.js' */

/**
 * @typedef {object} Document
 * @property {unknown} value as it is stored, also where it cannot be read
 * @property {Drag} drag what it stands for, in pixels of the picture where that is known
 * @property {DragError | null} fault why it cannot be read
 * @property {Note | null} note what there is to say of it until it is changed
 */

/**
 * A value as it is stored; one that cannot be read is kept as it is.
 * @type {(value: unknown, size: Size | null) => Document}
 */
export function opened(value, size) {
  try {
    return { ...read(value, size), value }
  } catch (error) {
    if (!(error instanceof DragError)) throw error
    return { value, drag: emptyDrag(), fault: error, note: null }
  }
}

/**
 * A value from outside, such as pasted text, in place of the stored one; throws DragError for what cannot be read.
 * @type {(raw: unknown, size: Size | null) => Document}
 */
export function replaced(raw, size) {
  const document = read(raw, size)
  return { ...document, value: writeDrag(document.drag) }
}

/** The instruction after an edit, in pixels of the picture. @type {(drag: Drag, size: Size | null) => Document} */
export function edited(drag, size) {
  const sized = { ...drag, size }
  return { value: writeDrag(sized), drag: sized, fault: null, note: null }
}

/** @type {(raw: unknown, size: Size | null) => Document} */
function read(raw, size) {
  const { notes, ...drag } = readDrag(raw)
  return { value: raw, drag: size ? scaledTo(drag, size) : drag, fault: null, note: notes[0] ?? null }
}
