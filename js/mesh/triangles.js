// @ts-check
// The pixels of a triangle, as in core/mesh/triangles.py.
import { turn } from './triangulation.js'

/** @import { Pair } from '../drag/types.js' */

/**
 * @typedef {readonly [Pair, Pair, Pair]} Triangle
 * @typedef {readonly [a: number, b: number, c: number]} HalfPlane where a x + b y + c is not negative
 */

const SLACK = 1e-6

/** Twice the signed area of a triangle. @type {(triangle: Triangle) => number} */
export function signedArea([a, b, c]) {
  return turn(a, b, c)
}

/**
 * The sides of a triangle as half planes that hold it, with a little slack.
 * @type {(triangle: Triangle) => HalfPlane[]}
 */
export function halfPlanes(corners) {
  const sign = Math.sign(signedArea(corners))
  const sides = corners.map(([x, y], i) => [corners[(i + 1) % 3][0] - x, corners[(i + 1) % 3][1] - y])
  const slack = SLACK * Math.max(...sides.flat().map(Math.abs))
  return sides.map(([dx, dy], i) => {
    const across = -sign * dy,
      down = sign * dx
    return [across, down, slack - (across * corners[i][0] + down * corners[i][1])]
  })
}

/**
 * Calls `visit` for every pixel whose centre a triangle holds.
 * @type {(corners: Triangle, width: number, height: number, visit: (column: number, row: number) => void) => void}
 */
export function coveredPixels(corners, width, height, visit) {
  const xs = corners.map((p) => p[0]),
    ys = corners.map((p) => p[1]),
    [p, q, r] = halfPlanes(corners)
  const left = clamp(Math.ceil(Math.min(...xs) - 0.5), width),
    top = clamp(Math.ceil(Math.min(...ys) - 0.5), height)
  const right = clamp(Math.floor(Math.max(...xs) + 0.5), width),
    bottom = clamp(Math.floor(Math.max(...ys) + 0.5), height)
  for (let row = top; row < bottom; row++) {
    const y = row + 0.5
    for (let column = left; column < right; column++) {
      const x = column + 0.5
      if (p[0] * x + p[1] * y + p[2] < 0 || q[0] * x + q[1] * y + q[2] < 0 || r[0] * x + r[1] * y + r[2] < 0) continue
      visit(column, row)
    }
  }
}

/** @type {(value: number, limit: number) => number} */
function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit)
}
