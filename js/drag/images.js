// @ts-check
// Shapes that are others seen under a linear map: moved, scaled, turned and leant, as in core/maps/whole.py.
import { ringsOf } from './affine.js'
import { picturePoint } from './types.js'

/** @import { Linear, Pair, PicturePoint, Shape } from './types.js' */

/**
 * A map of points: what lies off `from` by a way lies off `to` by that way under the matrix.
 * @typedef {{ readonly linear: Linear, readonly from: PicturePoint, readonly to: PicturePoint }} Image
 */

const FEWEST = 5 // points that no linear map fits by chance
const MISFIT = 0.03 // pixels, that points may be off, as they are rounded
const LOOSENESS = 2e-4 // of how far they reach, that they may be off besides

/**
 * The map under which a shape is another with the same points, or null.
 * @type {(source: Shape, target: Shape) => Image | null}
 */
export function imageOf(source, target) {
  const [before, after] = [source, target].map(linesOf)
  if (Boolean(source.brush) !== Boolean(target.brush) || String(before.map(countOf)) !== String(after.map(countOf)))
    return null
  return linearImage(before.flat(), after.flat())
}

/**
 * The linear map that takes points to others, or null where none does.
 * @type {(before: readonly Pair[], after: readonly Pair[]) => Image | null}
 */
export function linearImage(before, after) {
  if (before.length < FEWEST || before.length !== after.length) return null
  const image = fitted(before, after)
  return image && misfit(image, before, after) <= MISFIT + LOOSENESS * reachOf(image.to, after) ? image : null
}

/** A point under a map. @type {(image: Image, point: Pair) => PicturePoint} */
export function imagePoint({ linear: [a, b, c, d], from, to }, point) {
  const x = point[0] - from[0],
    y = point[1] - from[1]
  return picturePoint(to[0] + a * x + b * y, to[1] + c * x + d * y)
}

/** @type {(shape: Shape) => readonly (readonly PicturePoint[])[]} */
function linesOf(shape) {
  return shape.brush ? shape.brush.map((stroke) => stroke.points) : ringsOf(shape)
}

/**
 * The map of least squares; null where the points lie on one line.
 * @type {(before: readonly Pair[], after: readonly Pair[]) => Image | null}
 */
function fitted(before, after) {
  const from = meanOf(before),
    to = meanOf(after)
  let [xx, xy, yy, ux, uy, vx, vy] = [0, 0, 0, 0, 0, 0, 0]
  before.forEach((point, i) => {
    const x = point[0] - from[0],
      y = point[1] - from[1],
      u = after[i][0] - to[0],
      v = after[i][1] - to[1]
    xx += x * x
    xy += x * y
    yy += y * y
    ux += u * x
    uy += u * y
    vx += v * x
    vy += v * y
  })
  const area = xx * yy - xy * xy
  if (area <= 1e-9 * (xx + yy) ** 2) return null
  const row = (/** @type {number} */ x, /** @type {number} */ y) => [(x * yy - y * xy) / area, (y * xx - x * xy) / area]
  const linear = /** @type {Linear} */ (/** @type {unknown} */ ([...row(ux, uy), ...row(vx, vy)]))
  return linear[0] * linear[3] === linear[1] * linear[2] ? null : { linear, from, to }
}

/** @type {(points: readonly Pair[]) => PicturePoint} */
function meanOf(points) {
  const [x, y] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length)
  return picturePoint(x, y)
}

/**
 * How far the worst point lies from where the map brings it.
 * @type {(image: Image, before: readonly Pair[], after: readonly Pair[]) => number}
 */
function misfit(image, before, after) {
  return Math.max(...before.map((point, i) => away(imagePoint(image, point), after[i])))
}

/** @type {(middle: PicturePoint, points: readonly Pair[]) => number} */
function reachOf(middle, points) {
  return Math.max(...points.map((point) => away(middle, point)))
}

/** @type {(line: readonly unknown[]) => number} */
function countOf(line) {
  return line.length
}

/** @type {(a: Pair, b: Pair) => number} */
function away(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}
