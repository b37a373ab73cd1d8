// @ts-check
// What was drawn on a picture to say which thing is meant.
import { distance } from '../drag/hits.js'
import { segmentDistance } from '../drag/simplify.js'
import { picturePoint } from '../drag/types.js'

/** @import { PicturePoint, Stroke } from '../drag/types.js' */
/** @import { Marks } from './types.js' */

const CLOSED = 0.2 // of a line's length, that its ends may be apart where it goes around a thing
const ROUND = 0.25 // of what a circle as long would hold, at least

/** Nothing drawn yet. @type {Marks} */
export const NO_MARKS = { strokes: [], around: null }

/**
 * The marks with one more line: around the thing if it is the first and closes on itself, otherwise a stroke on it. One
 * that takes away and crosses earlier strokes takes these away, too.
 * @type {(marks: Marks, line: Stroke) => Marks}
 */
export function withLine(marks, line) {
  const isFirst = !marks.strokes.length && !marks.around
  if (isFirst && !line.erase && goesAround(line)) return { strokes: [], around: line.points }
  const kept = line.erase ? marks.strokes.filter((stroke) => stroke.erase || !crosses(stroke, line)) : marks.strokes
  return { ...marks, strokes: [...kept, line] }
}

/** @type {(stroke: Stroke, line: Stroke) => boolean} */
function crosses(stroke, line) {
  const reach = stroke.radius + line.radius
  return stroke.points.some((point, i) => {
    const next = stroke.points[Math.min(i + 1, stroke.points.length - 1)]
    return line.points.some((from, k) => {
      const to = line.points[Math.min(k + 1, line.points.length - 1)]
      return segmentsApart(point, next, from, to) < reach
    })
  })
}

/** @type {(a: PicturePoint, b: PicturePoint, c: PicturePoint, d: PicturePoint) => number} */
function segmentsApart(a, b, c, d) {
  const side = (/** @type {PicturePoint} */ p, /** @type {PicturePoint} */ q, /** @type {PicturePoint} */ r) =>
    (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
  if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return 0
  return Math.min(
    segmentDistance(a, c, d),
    segmentDistance(b, c, d),
    segmentDistance(c, a, b),
    segmentDistance(d, a, b)
  )
}

/** Whether a line comes back to where it began and holds much of what it could. @type {(line: Stroke) => boolean} */
function goesAround({ points, radius }) {
  let length = 0,
    area = 0
  points.forEach((point, i) => {
    const [x, y] = point,
      next = points[(i + 1) % points.length]
    if (i + 1 < points.length) length += distance(point, next)
    area += (x * next[1] - y * next[0]) / 2
  })
  const apart = distance(points[0], points[points.length - 1])
  return length > 12 * radius && apart < CLOSED * length && Math.abs(area) > (ROUND * length * length) / (4 * Math.PI)
}

/** Marks for a copy of another size. @type {(marks: Marks, by: number) => Marks} */
export function scaledBy({ strokes, around }, by) {
  const point = (/** @type {PicturePoint} */ [x, y]) => picturePoint(x * by, y * by)
  return {
    strokes: strokes.map((stroke) => ({ ...stroke, radius: stroke.radius * by, points: stroke.points.map(point) })),
    around: around && around.map(point)
  }
}
