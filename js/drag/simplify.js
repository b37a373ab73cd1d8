// @ts-check
// Fewer points on a hand-drawn line (Ramer, Douglas and Peucker).

/** @import { Pair } from './types.js' */

/**
 * The points of a line that are needed to stay within a tolerance of it.
 * @type {<P extends Pair>(points: readonly P[], tolerance: number) => P[]}
 */
export function simplify(points, tolerance) {
  const kept = new Set([0, points.length - 1])
  const open = [[0, points.length - 1]]
  for (let part = open.pop(); part; part = open.pop()) {
    const [first, last] = part
    const [index, distance] = farthest(points, first, last)
    if (distance <= tolerance) continue
    kept.add(index)
    open.push([first, index], [index, last])
  }
  return [...kept].sort((a, b) => a - b).map((index) => points[index])
}

/** @type {(points: readonly Pair[], first: number, last: number) => [index: number, distance: number]} */
function farthest(points, first, last) {
  let found = first,
    most = -1
  for (let i = first + 1; i < last; i++) {
    const distance = segmentDistance(points[i], points[first], points[last])
    if (distance > most) [found, most] = [i, distance]
  }
  return [found, most]
}

/**
 * The distance of a point to a line from start to end.
 * @type {<P extends Pair>(point: P, start: P, end: P) => number}
 */
export function segmentDistance([x, y], [x0, y0], [x1, y1]) {
  const dx = x1 - x0,
    dy = y1 - y0,
    length = dx * dx + dy * dy
  const along = length ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1) : 0
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy)
}
