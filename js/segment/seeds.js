// @ts-check
// What marks say of the cells of a picture before anything is worked out.
import { rasterise } from '../drag/raster.js'

/** @import { Cells, Marks } from './types.js' */

/**
 * What is known of cells.
 * @typedef {object} Seeds
 * @property {Int8Array} known 1 for those of the thing, -1 for those that are not, 0 for the rest
 * @property {Uint8Array | null} area ones for what a line around the thing leaves open
 */

const THINNEST = 0.8 // of a stroke, in pixels
const SURE = 3 // times as much as others do cells count that are known to be outside
const AT_RIM = 8 // pixels that one at the border of the picture counts for

/** @type {(cells: Cells, marks: Marks) => Seeds} */
export function seedsOf({ labels, size, count }, { strokes, around }) {
  const known = new Int8Array(count)
  for (const { radius, points, erase } of strokes) {
    const pixels = rasterise({ brush: [{ radius: Math.max(radius, THINNEST), points }] }, size)
    for (let at = pixels.indexOf(1); at >= 0; at = pixels.indexOf(1, at + 1)) known[labels[at]] = erase ? -1 : 1
  }
  if (!around) return { known, area: null }
  const within = rasterise({ polygon: around }, size),
    balance = new Int32Array(count)
  for (let at = 0; at < within.length; at++) balance[labels[at]] += within[at] ? 1 : -1
  const area = Uint8Array.from(balance, (more) => Number(more > 0))
  for (let k = 0; k < count; k++) if (!area[k]) known[k] = -1
  return { known, area }
}

/**
 * How much each cell counts as outside before colours are known: those beyond a line around the thing, else those at the
 * border of the picture and far from the strokes.
 * @type {(cells: Cells, seeds: Seeds, far: Float32Array) => Float32Array}
 */
export function outerWeights({ weights, rims }, { known, area }, far) {
  const middle = Float32Array.from(far).sort()[far.length >> 1]
  return weights.map((weight, k) => {
    if (known[k]) return known[k] > 0 ? 0 : SURE * weight
    if (area) return area[k] ? 0 : weight
    return far[k] > middle ? weight + AT_RIM * rims[k] : 0
  })
}

/**
 * The same once there is a guess of what is inside.
 * @type {(cells: Cells, seeds: Seeds, isIn: Uint8Array) => Float32Array}
 */
export function weightsOutside({ weights }, { known }, isIn) {
  return weights.map((weight, k) => (isIn[k] ? 0 : known[k] < 0 ? SURE * weight : weight))
}
