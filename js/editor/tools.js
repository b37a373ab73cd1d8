// @ts-check
// What a press of the pointer, or of the keyboard's cross, begins with each tool.
import { shiftedPoint } from '../drag/affine.js'
import { addDrag, isAnchor, moveDrag, moveEnd, paintMask } from '../drag/edits.js'
import { hitDrag } from '../drag/hits.js'
import { picturePoint } from '../drag/types.js'
import { changing, erasing, isClick, rounded, stroke, tenth } from './gestures.js'
import { pressObject } from './objects.js'
import { pressPath } from './paths.js'
import { pressRegion } from './regions.js'

/** @import { Pair, PicturePoint, Stroke } from '../drag/types.js' */
/** @import { DragHit } from '../drag/hits.js' */
/** @import { Editor } from './editor.js' */
/** @import { Gesture, Keys } from './gestures.js' */
/** @import { Tool } from './view.js' */

/** @type {readonly Tool[]} */
export const TOOLS = ['object', 'drag', 'anchor', 'region', 'brush', 'erase', 'lasso', 'hand']

/** @type {Partial<Record<Tool, (editor: Editor, point: PicturePoint, keys: Keys) => Gesture | null>>} */
const PRESSES = {
  object: pressObject,
  drag: pressDrag,
  anchor: pressAnchor,
  region: pressRegion,
  brush: (editor, point, { altKey }) => paint(editor, point, altKey),
  erase: (editor, point, { altKey }) => paint(editor, point, !altKey),
  lasso: (editor, point, { altKey }) =>
    pressPath(editor, point, (polygon) => {
      const shape = erasing({ polygon }, editor.view.cut !== altKey)
      editor.commit(paintMask(editor.document.drag, shape))
    })
}

/**
 * Begins a gesture at a point of the picture, or returns null where there is nothing to begin.
 * @type {(editor: Editor, point: PicturePoint, keys: Keys) => Gesture | null}
 */
export function press(editor, point, keys) {
  return editor.canDraw ? (PRESSES[editor.view.tool]?.(editor, rounded(point), keys) ?? null) : null
}

/** @type {(editor: Editor, point: PicturePoint, erase: boolean) => Gesture} */
function paint(editor, point, erase) {
  return stroke(editor, point, erase, true, (line) => editor.commit(paintMask(editor.document.drag, { brush: [line] })))
}

/** @type {(editor: Editor, point: PicturePoint, keys: Keys) => Gesture} */
function pressDrag(editor, point, keys) {
  const hit = hitDrag(editor.document.drag.drags, point, editor.reach)
  if (hit) return grab(editor, hit, point)
  editor.select(null)
  return newDrag(editor, inside(editor, point), keys)
}

/** @type {(editor: Editor, point: PicturePoint) => Gesture} */
function pressAnchor(editor, point) {
  const hit = hitDrag(editor.document.drag.drags, point, editor.reach)
  return hit ? grab(editor, hit, point) : placing(editor, inside(editor, point))
}

/** Moves an end or the whole of a drag. @type {(editor: Editor, hit: DragHit, start: PicturePoint) => Gesture} */
function grab(editor, { index, part }, start) {
  const before = editor.document.drag,
    item = before.drags[index]
  if (part === 'shaft' || isAnchor(item)) {
    editor.select({ kind: 'drags', index, part: 'shaft' })
    return changing(editor, start, (point) => {
      const [dx, dy] = wayBetween(start, point)
      return moveDrag(before, index, tenth(dx), tenth(dy))
    })
  }
  editor.select({ kind: 'drags', index, part })
  const [dx, dy] = wayBetween(start, item[part])
  return changing(editor, start, (point) => moveEnd(before, index, part, rounded(shiftedPoint(point, dx, dy))))
}

/** @type {(editor: Editor, handle: PicturePoint, pressed: Keys) => Gesture} */
function newDrag(editor, handle, pressed) {
  const before = editor.document.drag
  const drawn = (/** @type {PicturePoint} */ point, /** @type {Keys} */ { shiftKey }) =>
    addDrag(before, handle, shiftKey ? straightened(handle, point) : rounded(point))
  return {
    move: (point, keys) => editor.show(drawn(point, keys)),
    release: (point, keys) => {
      const click = isClick(editor, handle, point)
      if (click && !pressed.shiftKey) return editor.show(null)
      editor.commit(click ? addDrag(before, handle, handle) : drawn(point, keys), {
        selection: { kind: 'drags', index: before.drags.length, part: 'target' },
        awaiting: null
      })
    },
    cancel: () => editor.show(null)
  }
}

/**
 * Sets an anchor, which follows the pointer until it is released.
 * @type {(editor: Editor, start: PicturePoint) => Gesture}
 */
function placing(editor, start) {
  const before = editor.document.drag
  const drawn = (/** @type {PicturePoint} */ point) => {
    const place = inside(editor, rounded(point))
    return addDrag(before, place, place)
  }
  editor.show(drawn(start))
  return {
    move: (point) => editor.show(drawn(point)),
    release: (point) =>
      editor.commit(drawn(point), {
        selection: { kind: 'drags', index: before.drags.length, part: 'shaft' },
        awaiting: null
      }),
    cancel: () => editor.show(null)
  }
}

/** @type {(editor: Editor, point: PicturePoint) => PicturePoint} */
function inside(editor, [x, y]) {
  const [width, height] = editor.paper
  return picturePoint(Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height))
}

/** @type {(from: PicturePoint, to: PicturePoint) => Pair} */
function wayBetween(from, to) {
  return [to[0] - from[0], to[1] - from[1]]
}

/**
 * The point turned onto the nearest eighth of a circle around a centre.
 * @type {(centre: PicturePoint, point: PicturePoint) => PicturePoint}
 */
function straightened(centre, point) {
  const step = Math.PI / 4,
    [dx, dy] = wayBetween(centre, point)
  const angle = Math.round(Math.atan2(dy, dx) / step) * step,
    along = dx * Math.cos(angle) + dy * Math.sin(angle)
  return rounded(shiftedPoint(centre, along * Math.cos(angle), along * Math.sin(angle)))
}
