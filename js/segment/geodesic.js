// @ts-check
// How far cells are from others on the way that crosses the least contrast.

/** @import { Borders, Cells } from './types.js' */

const LARGEST_HOLES = 0.1 // of the whole

/**
 * The least sum of `steps` from a seed to every cell (Bellman, Ford; few rounds as most ways are short).
 * @type {(seeds: ArrayLike<number>, borders: Borders, steps: Float32Array) => Float32Array}
 */
export function distancesFrom(seeds, { from, to }, steps) {
  const found = Float32Array.from(seeds, (seed) => (seed ? 0 : Infinity))
  for (let changed = true; changed;) {
    changed = false
    for (let e = 0; e < from.length; e++) changed = relax(found, from[e], to[e], steps[e]) || changed
    for (let e = from.length - 1; e >= 0; e--) changed = relax(found, from[e], to[e], steps[e]) || changed
  }
  return found
}

/** @type {(found: Float32Array, a: number, b: number, step: number) => boolean} */
function relax(found, a, b, step) {
  const near = Math.fround(found[a] + step),
    back = Math.fround(found[b] + step)
  if (near < found[b]) found[b] = near
  else if (back < found[a]) found[a] = back
  else return false
  return true
}

/**
 * What of some cells hangs together with seeds.
 * @type {(cells: Cells, isIn: Uint8Array, seeds: Uint8Array) => Uint8Array}
 */
export function connected({ borders }, isIn, seeds) {
  const reach = distancesFrom(seeds, borders, walls(borders, isIn, 1))
  return isIn.map((is, k) => Number(is && reach[k] === 0))
}

/** Some cells with what they enclose, unless that is much. @type {(cells: Cells, isIn: Uint8Array) => Uint8Array} */
export function withHolesFilled({ borders, weights, rims }, isIn) {
  const open = rims.map((rim, k) => Number(rim > 0 && !isIn[k]))
  const outer = distancesFrom(open, borders, walls(borders, isIn, 0))
  let whole = 0,
    holes = 0
  weights.forEach((weight, k) => {
    if (isIn[k]) whole += weight
    else if (outer[k] > 0) holes += weight
  })
  return holes < LARGEST_HOLES * whole ? isIn.map((is, k) => Number(is || outer[k] > 0)) : isIn
}

/**
 * Steps of no length among the cells of one side, and none elsewhere.
 * @type {(borders: Borders, isIn: Uint8Array, side: 0 | 1) => Float32Array}
 */
function walls({ from, to }, isIn, side) {
  const steps = new Float32Array(from.length)
  for (let e = 0; e < steps.length; e++) steps[e] = isIn[from[e]] === side && isIn[to[e]] === side ? 0 : Infinity
  return steps
}
