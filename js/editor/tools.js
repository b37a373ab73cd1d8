// What a press of the pointer, or of the keyboard's cross, begins with each tool.
import { addDrag, isAnchor, moveDrag, moveEnd, paintMask } from '../drag/edits.js'
import { hitDrag } from '../drag/hits.js'
import { changing, erasing, isClick, rounded, stroke, tenth } from './gestures.js'
import { pressPath } from './paths.js'
import { pressRegion } from './regions.js'

export const TOOLS = ['drag', 'anchor', 'region', 'brush', 'erase', 'lasso', 'hand']

const PRESSES = {
  drag: pressDrag,
  anchor: pressAnchor,
  region: pressRegion,
  brush: (editor, point, event) => stroke(editor, point, event.altKey, maskEnd(editor)),
  erase: (editor, point, event) => stroke(editor, point, !event.altKey, maskEnd(editor)),
  lasso: (editor, point, event) =>
    pressPath(editor, point, (polygon) =>
      editor.commit(paintMask(editor.drag, erasing({ polygon }, editor.cut !== event.altKey)))
    )
}

/** Begins a gesture at a point of the picture, or returns null where there is nothing to begin. */
export function press(editor, point, event) {
  return editor.canDraw ? (PRESSES[editor.tool]?.(editor, rounded(point), event) ?? null) : null
}

function pressDrag(editor, point, event) {
  const hit = hitDrag(editor.drag.drags, point, editor.reach)
  if (hit) return grab(editor, hit, point)
  editor.select(null)
  return newDrag(editor, inside(editor, point), event)
}

function pressAnchor(editor, point) {
  const hit = hitDrag(editor.drag.drags, point, editor.reach)
  return hit ? grab(editor, hit, point) : placing(editor, inside(editor, point))
}

/** Moves an end or the whole of a drag. */
function grab(editor, { index, part }, start) {
  const before = editor.drag,
    item = before.drags[index]
  const whole = part === 'shaft' || isAnchor(item)
  editor.select({ kind: 'drags', index, part: whole ? 'shaft' : part })
  const grip = whole ? start : offsetBetween(item[part], start)
  const moved = (point) =>
    whole
      ? moveDrag(before, index, ...offsetBetween(point, start).map(tenth))
      : moveEnd(before, index, part, rounded([point[0] + grip[0], point[1] + grip[1]]))
  return changing(editor, start, moved)
}

function newDrag(editor, handle, event) {
  const before = editor.drag
  const drawn = (point, { shiftKey }) =>
    addDrag(before, handle, shiftKey ? straightened(handle, point) : rounded(point))
  return {
    move: (point, moved) => editor.show(drawn(point, moved)),
    release: (point, released) => {
      const click = isClick(editor, handle, point)
      if (click && !event.shiftKey) return editor.show(null)
      editor.commit(click ? addDrag(before, handle, handle) : drawn(point, released))
      editor.select({ kind: 'drags', index: before.drags.length, part: 'target' })
    },
    cancel: () => editor.show(null)
  }
}

/** Sets an anchor, which follows the pointer until it is released. */
function placing(editor, start) {
  const before = editor.drag
  const drawn = (point) => addDrag(before, inside(editor, rounded(point)), inside(editor, rounded(point)))
  editor.show(drawn(start))
  return {
    move: (point) => editor.show(drawn(point)),
    release: (point) => {
      editor.commit(drawn(point))
      editor.select({ kind: 'drags', index: before.drags.length, part: 'shaft' })
    },
    cancel: () => editor.show(null)
  }
}

function maskEnd(editor) {
  return { onMask: true, apply: (line) => paintMask(editor.drag, { brush: [line] }) }
}

function inside(editor, [x, y]) {
  const [width, height] = editor.size
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)]
}

function offsetBetween(to, from) {
  return [to[0] - from[0], to[1] - from[1]]
}

/** The point turned onto the nearest eighth of a circle around a centre. */
function straightened(centre, point) {
  const step = Math.PI / 4,
    [dx, dy] = offsetBetween(point, centre)
  const angle = Math.round(Math.atan2(dy, dx) / step) * step,
    along = dx * Math.cos(angle) + dy * Math.sin(angle)
  return rounded([centre[0] + along * Math.cos(angle), centre[1] + along * Math.sin(angle)])
}
