// @ts-check
// Simple polygons: checked, and simplified, as in core/mesh/triangulation.py.

/** @import { Pair } from '../drag/types.js' */

/** @typedef {{ distance: number, start: number, tip: number, end: number }} Chain */

const STRAIGHT = 0.01
const FLATNESS = 1e-6

/**
 * Whether corners lie not all on one line, and no two sides cross or touch.
 * @type {(corners: readonly Pair[]) => boolean}
 */
export function isSimple(corners) {
  const count = corners.length,
    at = (/** @type {number} */ i) => corners[i % count]
  const reach = Math.max(...corners.map((c) => (c[0] - at(0)[0]) ** 2 + (c[1] - at(0)[1]) ** 2))
  if (corners.every((c, i) => Math.abs(turn(at(0), at(i + 1), c)) <= FLATNESS * reach)) return false
  for (let i = 0; i < count - 2; i++) {
    for (let j = i + 2; j < count - (i === 0 ? 1 : 0); j++)
      if (segmentsMeet(at(i), at(i + 1), at(j), at(j + 1))) return false
  }
  return true
}

/** @type {(a: Pair, b: Pair, c: Pair, d: Pair) => boolean} */
function segmentsMeet(a, b, c, d) {
  for (const axis of [0, 1]) {
    if (
      Math.max(c[axis], d[axis]) < Math.min(a[axis], b[axis]) ||
      Math.min(c[axis], d[axis]) > Math.max(a[axis], b[axis])
    )
      return false
  }
  return turn(a, b, c) * turn(a, b, d) <= 0 && turn(c, d, a) * turn(c, d, b) <= 0
}

/**
 * Twice the signed area of a triangle, positive where it turns clockwise on the screen.
 * @type {(a: Pair, b: Pair, c: Pair) => number}
 */
export function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/**
 * Whether a simple polygon turns the same way at every corner, none nearly straight.
 * @type {(corners: readonly Pair[]) => boolean}
 */
export function isConvex(corners) {
  const count = corners.length
  const turns = corners.map((corner, i) => turn(corners[(i + count - 1) % count], corner, corners[(i + 1) % count]))
  const sizes = turns.map(Math.abs)
  return (
    turns.every((each) => Math.sign(each) === Math.sign(turns[0])) && Math.min(...sizes) > STRAIGHT * Math.max(...sizes)
  )
}

/**
 * At most so many corners of an outline, by their numbers: those that the rest lies nearest to.
 * @type {(corners: readonly (readonly number[])[], most: number) => number[]}
 */
export function simplified(corners, most) {
  if (corners.length <= most) return corners.map((_, i) => i)
  const ring = [...corners, corners[0]],
    far = corners.map((corner) => squared(corner, corners[0])),
    half = far.indexOf(Math.max(...far)),
    chains = [farthest(ring, 0, half), farthest(ring, half, corners.length)],
    chosen = [0, half]
  while (chosen.length < most && chains.length) {
    let best = 0
    chains.forEach((chain, i) => {
      if (chain.distance > chains[best].distance) best = i
    })
    const [{ start, tip, end }] = chains.splice(best, 1)
    if (tip <= start || tip >= end) continue
    chosen.push(tip)
    chains.push(farthest(ring, start, tip), farthest(ring, tip, end))
  }
  return chosen.sort((a, b) => a - b)
}

/**
 * Of the points between two, the one farthest from the line between these, and how far it is.
 * @type {(points: readonly (readonly number[])[], start: number, end: number) => Chain}
 */
function farthest(points, start, end) {
  const [first, last] = [points[start], points[end]],
    length = Math.max(squared(first, last), 1e-12),
    found = { distance: 0, start, tip: start, end }
  for (let i = start + 1; i < end; i++) {
    const along = points[i].reduce((sum, part, k) => sum + (part - first[k]) * (last[k] - first[k]), 0) / length,
      share = Math.min(Math.max(along, 0), 1),
      distance = squared(
        points[i],
        first.map((part, k) => part + share * (last[k] - part))
      )
    if (distance > found.distance || found.tip === start) Object.assign(found, { distance, tip: i })
  }
  return found
}

/** @type {(a: readonly number[], b: readonly number[]) => number} */
function squared(a, b) {
  return a.reduce((sum, part, i) => sum + (part - b[i]) ** 2, 0)
}
