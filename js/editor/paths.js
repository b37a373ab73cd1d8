// Outlines: corners set by clicks, or a line drawn freely around something.
import { distance } from '../drag/hits.js'
import { simplify } from '../drag/simplify.js'
import { isClick, rounded } from './gestures.js'

const SPACING = 2
const DETAIL = 300

/** Goes on with the outline in progress, or begins one; `finish` gets the closed polygon. */
export function pressPath(editor, point, finish) {
  if (closesPath(editor, point)) return closing(editor, finish)
  const before = editor.path?.points ?? []
  const points = [...before, point]
  editor.set({ path: { points, finish } })
  return {
    move: (next) => {
      const far = distance(points.at(-1), next) * editor.viewNow.scale >= SPACING
      if (far && (points.length > before.length + 1 || !isClick(editor, point, next))) points.push(rounded(next))
      editor.refresh()
    },
    release: () => {
      const freely = points.length > before.length + 1
      if (freely)
        points.splice(
          0,
          points.length,
          ...simplify(points, Math.max(1 / editor.viewNow.scale, Math.max(...editor.size) / DETAIL))
        )
      if (freely && points.length > 2 && (!before.length || closesPath(editor, points.at(-1)))) closePath(editor)
      editor.refresh()
    },
    cancel: () => editor.set({ path: before.length ? { points: before, finish } : null })
  }
}

/** Makes a polygon of the outline in progress, if it has the three corners that one needs. */
export function closePath(editor) {
  const { points, finish } = editor.path ?? { points: [] }
  if (points.length < 3) return
  editor.path = null
  finish(points)
  editor.refresh()
}

/** Takes back the last corner of the outline in progress. */
export function shortenPath(editor) {
  const points = editor.path.points.slice(0, -1)
  editor.set({ path: points.length ? { ...editor.path, points } : null })
}

/** Tells whether a press here closes the outline: at its first corner, or again at its last. */
export function closesPath(editor, point) {
  const points = editor.path?.points ?? []
  if (points.length < 3) return false
  return distance(points[0], point) <= editor.reach || isClick(editor, points.at(-1), point)
}

function closing(editor, finish) {
  return {
    move() {},
    release: () => {
      editor.path.finish = finish
      closePath(editor)
    },
    cancel() {}
  }
}
