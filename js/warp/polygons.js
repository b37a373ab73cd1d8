// @ts-check
// Polygons mapped corner to corner, as in core/maps/polygons.py.
import { fillPolygon } from '../drag/cells.js'
import { linearImage } from '../drag/images.js'
import { compatiblePieces } from '../mesh/compatible.js'
import { isConvex, isSimple, simplified } from '../mesh/triangulation.js'
import { coveredPixels, halfPlanes, signedArea } from '../mesh/triangles.js'
import { matchImage } from './whole.js'

/** @import { Pair, Size } from '../drag/types.js' */
/** @import { Piece } from '../mesh/compatible.js' */
/** @import { Match } from './map.js' */
/** @import { HalfPlane, Triangle } from '../mesh/triangles.js' */

/**
 * @typedef {readonly [a: number, b: number, c: number, d: number, e: number, f: number]} Matrix of an affine map:
 *   x' = a x + b y + c, y' = d x + e y + f
 */

const SMALLEST_DEPTH = 1e-6
const MOST_CORNERS = 256
const THINNEST = 1e-9
const BEYOND = 1 // pixels that the outline may come from outside of the source

/**
 * Maps a polygon onto another with as many corners; null where an outline crosses itself.
 * @type {(source: readonly Pair[], target: readonly Pair[], size: Size) => Match | null}
 */
export function matchPolygons(source, target, size) {
  const chosen = simplified(
    source.map((point, i) => [...point, ...target[i]]),
    MOST_CORNERS
  )
  const from = chosen.map((i) => source[i]),
    to = chosen.map((i) => target[i])
  if (!isSimple(from) || !isSimple(to)) return null
  const area = fillPolygon(source, size),
    landing = fillPolygon(target, size)
  if (to.length === 4 && isConvex(from) && isConvex(to)) return byPerspective(from, to, area, landing, size)
  const back = linearImage(to, from)
  if (back) return matchImage(back, area, landing, size)
  const pieces = compatiblePieces(from, to)?.filter(({ target }) => Math.abs(signedArea(target)) > THINNEST)
  return pieces ? byPieces(pieces, from, area, landing, size) : null
}

/**
 * Maps convex quadrilaterals.
 * @type {(source: Pair[], target: Pair[], area: Uint8Array, landing: Uint8Array, size: Size) => Match}
 */
function byPerspective(source, target, area, landing, [width]) {
  const mapped = perspective(target, source)
  return {
    area,
    lay(put) {
      for (let at = 0; at < landing.length; at++) {
        if (landing[at]) put(at, ...mapped((at % width) + 0.5, Math.floor(at / width) + 0.5))
      }
    }
  }
}

/**
 * Maps polygons piece by piece.
 * @type {(pieces: Piece[], source: Pair[], area: Uint8Array, landing: Uint8Array, size: Size) => Match}
 */
function byPieces(pieces, source, area, landing, size) {
  const maps = pieces.map((piece) => affineMap(piece.target, piece.source)),
    triangles = pieces.map((piece) => piece.target),
    [width] = size
  const xs = source.map((p) => p[0]),
    ys = source.map((p) => p[1]),
    inX = between(Math.min(...xs) - BEYOND, Math.max(...xs) + BEYOND),
    inY = between(Math.min(...ys) - BEYOND, Math.max(...ys) + BEYOND)
  return {
    area,
    lay(put) {
      const owner = owners(triangles, landing, size)
      for (let at = 0; at < landing.length; at++) {
        if (!landing[at]) continue
        const x = (at % width) + 0.5,
          y = Math.floor(at / width) + 0.5,
          [a, b, c, d, e, f] = maps[owner[at]],
          fromX = a * x + b * y + c,
          fromY = d * x + e * y + f
        if (pieces.length === 1) put(at, fromX, fromY)
        else put(at, inX(fromX), inY(fromY))
      }
    }
  }
}

/** @type {(low: number, high: number) => (value: number) => number} */
function between(low, high) {
  return (value) => Math.min(Math.max(value, low), high)
}

/**
 * For every pixel that receives content the triangle that holds its centre, or else the nearest one.
 * @type {(triangles: Triangle[], landing: Uint8Array, size: Size) => Int32Array}
 */
function owners(triangles, landing, [width, height]) {
  const owner = new Int32Array(width * height).fill(-1),
    planes = triangles.map(halfPlanes)
  triangles.forEach((corners, number) =>
    coveredPixels(corners, width, height, (column, row) => {
      owner[row * width + column] = number
    })
  )
  for (let at = 0; at < landing.length; at++) {
    if (landing[at] && owner[at] < 0)
      owner[at] = nearestTriangle(planes, (at % width) + 0.5, Math.floor(at / width) + 0.5)
  }
  return owner
}

/**
 * The triangle whose sides a point outside of all lies least beyond.
 * @type {(triangles: HalfPlane[][], x: number, y: number) => number}
 */
function nearestTriangle(triangles, x, y) {
  let best = 0,
    most = -Infinity
  triangles.forEach((sides, i) => {
    const depth = Math.min(...sides.map(([a, b, c]) => (a * x + b * y + c) / Math.hypot(a, b)))
    if (depth > most) {
      best = i
      most = depth
    }
  })
  return best
}

/** The affine map that takes a triangle to another. @type {(start: Triangle, end: Triangle) => Matrix} */
export function affineMap([p, q, r], [u, v, w]) {
  const x1 = q[0] - p[0],
    y1 = q[1] - p[1],
    x2 = r[0] - p[0],
    y2 = r[1] - p[1],
    area = x1 * y2 - x2 * y1
  /** @type {(axis: 0 | 1) => [number, number, number]} */
  const row = (axis) => {
    const d1 = v[axis] - u[axis],
      d2 = w[axis] - u[axis]
    const a = (d1 * y2 - d2 * y1) / area,
      b = (d2 * x1 - d1 * x2) / area
    return [a, b, u[axis] - a * p[0] - b * p[1]]
  }
  return [...row(0), ...row(1)]
}

/**
 * A function that takes the corners of a quadrilateral to those of another, and all points between them.
 * @type {(start: readonly Pair[], end: readonly Pair[]) => (x: number, y: number) => [number, number]}
 */
export function perspective(start, end) {
  const [middleX, middleY] = [0, 1].map((axis) => start.reduce((sum, point) => sum + point[axis], 0) / start.length)
  const rows = start.flatMap((point, i) => {
    const x = point[0] - middleX,
      y = point[1] - middleY,
      [u, v] = end[i]
    return [
      [x, y, 1, 0, 0, 0, -x * u, -y * u, u],
      [0, 0, 0, x, y, 1, -x * v, -y * v, v]
    ]
  })
  const [a, b, c, d, e, f, g, h] = solved(rows)
  return (px, py) => {
    const x = px - middleX,
      y = py - middleY,
      depth = Math.max(g * x + h * y + 1, SMALLEST_DEPTH)
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth]
  }
}

/** The solution of linear equations, each a row with its right side last. @type {(rows: number[][]) => number[]} */
function solved(rows) {
  const count = rows.length
  for (let k = 0; k < count; k++) {
    const best = rows.reduce((top, row, i) => (i >= k && Math.abs(row[k]) > Math.abs(rows[top][k]) ? i : top), k)
    ;[rows[k], rows[best]] = [rows[best], rows[k]]
    for (let i = 0; i < count; i++) {
      const share = i === k ? 0 : rows[i][k] / rows[k][k]
      if (share) for (let j = k; j <= count; j++) rows[i][j] -= share * rows[k][j]
    }
  }
  return rows.map((row, k) => row[count] / row[k])
}
