// @ts-check
// What gestures share: changes that follow the pointer, brush strokes, and the rounding of points.
import { distance } from '../drag/hits.js'
import { simplify } from '../drag/simplify.js'
import { picturePoint } from '../drag/types.js'

/** @import { Drag, PicturePoint, Stroke } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */

/**
 * @typedef {object} Keys held while pressing
 * @property {boolean} shiftKey
 * @property {boolean} altKey
 * @property {boolean} [ctrlKey]
 * @property {boolean} [metaKey]
 *
 * @typedef {object} Gesture what a press begins; the pointer or the keyboard's cross goes on with it
 * @property {(point: PicturePoint, keys: Keys) => void} move
 * @property {(point: PicturePoint, keys: Keys) => void} release
 * @property {() => void} cancel
 */

const CLICK = 4
const SPACING = 0.6

/**
 * A change that follows the pointer and is stored on release, unless the pointer has hardly moved.
 * @type {(editor: Editor, start: PicturePoint, changed: (point: PicturePoint, keys: Keys) => Drag) => Gesture}
 */
export function changing(editor, start, changed) {
  return {
    move: (point, keys) => editor.show(changed(point, keys)),
    release: (point, keys) => (isClick(editor, start, point) ? editor.show(null) : editor.commit(changed(point, keys))),
    cancel: () => editor.show(null)
  }
}

/**
 * A line of the brush; `finish` gets it when it is drawn.
 * @param {Editor} editor
 * @param {PicturePoint} start
 * @param {boolean} erase
 * @param {boolean} onMask
 * @param {(line: Stroke) => void} finish
 * @param {number} radius
 * @returns {Gesture}
 */
export function stroke(editor, start, erase, onMask, finish, radius = radiusOf(editor)) {
  /** @type {Stroke} */
  let line = erasing({ radius, points: [start] }, erase)
  const show = () => editor.set({ stroke: { line, onMask } })
  show()
  return {
    move: (point) => {
      if (distance(line.points[line.points.length - 1], point) * editor.frame.scale < SPACING) return
      line = { ...line, points: [...line.points, rounded(point)] }
      show()
    },
    release: () => {
      editor.set({ stroke: null })
      finish({ ...line, points: simplify(line.points, Math.max(0.8 / editor.frame.scale, line.radius / 12)) })
    },
    cancel: () => editor.set({ stroke: null })
  }
}

/** The brush is as wide on every picture. @type {(editor: Editor) => number} */
export function radiusOf(editor) {
  return tenth((editor.view.radius * Math.max(...editor.paper)) / 512)
}

/** @type {(editor: Editor, a: PicturePoint, b: PicturePoint) => boolean} */
export function isClick(editor, a, b) {
  return distance(a, b) * editor.frame.scale < CLICK * editor.stage.unit
}

/** @type {<T extends object>(shape: T, erase: boolean) => T & { erase?: true }} */
export function erasing(shape, erase) {
  return erase ? { ...shape, erase: true } : shape
}

/** @type {(point: PicturePoint) => PicturePoint} */
export function rounded([x, y]) {
  return picturePoint(tenth(x), tenth(y))
}

/** @type {(value: number) => number} */
export function tenth(value) {
  return Math.round(value * 10) / 10
}
