// @ts-check
// Outlines: corners set by clicks, or a line drawn freely around something.
import { distance } from '../drag/hits.js'
import { simplify } from '../drag/simplify.js'
import { isClick, rounded } from './gestures.js'

/** @import { PicturePoint } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { Gesture } from './gestures.js' */
/** @import { Path } from './view.js' */

const SPACING = 2
const DETAIL = 300

/**
 * Goes on with the outline in progress, or begins one; `finish` gets the closed polygon.
 * @type {(editor: Editor, point: PicturePoint, finish: Path['finish']) => Gesture}
 */
export function pressPath(editor, point, finish) {
  if (closesPath(editor, point)) return { move() {}, release: () => closePath(editor, finish), cancel() {} }
  const before = editor.view.path?.points ?? []
  let points = [...before, point]
  const show = () => editor.set({ path: { points, finish } })
  const isFree = () => points.length > before.length + 1
  show()
  return {
    move: (next) => {
      const far = distance(points[points.length - 1], next) * editor.frame.scale >= SPACING
      if (!far || !(isFree() || !isClick(editor, point, next))) return
      points = [...points, rounded(next)]
      show()
    },
    release: () => {
      if (!isFree()) return
      points = simplify(points, Math.max(1 / editor.frame.scale, Math.max(...editor.paper) / DETAIL))
      show()
      if (points.length > 2 && (!before.length || closesPath(editor, points[points.length - 1]))) closePath(editor)
    },
    cancel: () => editor.set({ path: before.length ? { points: before, finish } : null })
  }
}

/**
 * Makes a polygon of the outline in progress, if it has the three corners that one needs.
 * @type {(editor: Editor, finish?: Path['finish']) => void}
 */
export function closePath(editor, finish = editor.view.path?.finish) {
  const points = editor.view.path?.points ?? []
  if (points.length < 3 || !finish) return
  editor.set({ path: null })
  finish(points)
}

/** Takes back the last corner of the outline in progress. @type {(editor: Editor) => void} */
export function shortenPath(editor) {
  const { path } = editor.view
  if (path) editor.set({ path: path.points.length > 1 ? { ...path, points: path.points.slice(0, -1) } : null })
}

/**
 * Tells whether a press here closes the outline: at its first corner, or again at its last.
 * @type {(editor: Editor, point: PicturePoint) => boolean}
 */
export function closesPath(editor, point) {
  const points = editor.view.path?.points ?? []
  if (points.length < 3) return false
  return distance(points[0], point) <= editor.reach || isClick(editor, points[points.length - 1], point)
}
