// @ts-check
// Points moved like the handles around them, as in core/maps/points.py.

/** @import { Pair } from '../drag/types.js' */

/** @typedef {readonly [x: number, y: number, dx: number, dy: number]} Move a handle, and its way to the target */

const EPS = 1e-6
const MOST_REFERENCES = 100

/**
 * Where a point goes: the moves weighted by the inverse of the distance to their handles, to the power 1.5.
 * @type {(x: number, y: number, moves: readonly Move[]) => Pair}
 */
export function shifted(x, y, moves) {
  let sum = 0,
    dx = 0,
    dy = 0
  for (const [hx, hy, mx, my] of moves) {
    const distance = Math.sqrt((x - hx) * (x - hx) + (y - hy) * (y - hy))
    const weight = 1 / (distance * Math.sqrt(distance) + EPS)
    sum += weight
    dx += weight * mx
    dy += weight * my
  }
  return [x + dx / sum, y + dy / sum]
}

/** Evenly spaced items, all of them or as many as count. @type {<T>(items: readonly T[]) => T[]} */
export function spread(items) {
  const count = Math.min(items.length, MOST_REFERENCES),
    step = (items.length - 1) / Math.max(count - 1, 1)
  return Array.from({ length: count }, (_, i) => items[Math.trunc(i * step)])
}
