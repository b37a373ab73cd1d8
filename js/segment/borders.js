// @ts-check
// Which cells border on which, how long, and how much their colours differ there.

/** @import { Size } from '../drag/types.js' */
/** @import { Borders } from './types.js' */

/** @type {(labels: Int32Array, size: Size, colours: Float32Array) => Borders} */
export function bordersOf(labels, [width, height], colours) {
  /** @type {Map<number, number>} */
  const slots = new Map(),
    count = labels.reduce((most, label) => Math.max(most, label), 0) + 1
  /** @type {{ from: number[], to: number[], lengths: number[], contrasts: number[] }} */
  const found = { from: [], to: [], lengths: [], contrasts: [] }
  const meet = (/** @type {number} */ a, /** @type {number} */ b) => {
    const [low, high] = labels[a] < labels[b] ? [labels[a], labels[b]] : [labels[b], labels[a]]
    const key = low * count + high
    let slot = slots.get(key)
    if (slot === undefined) {
      slot = found.from.length
      slots.set(key, slot)
      found.from.push(low)
      found.to.push(high)
      found.lengths.push(0)
      found.contrasts.push(0)
    }
    found.lengths[slot]++
    found.contrasts[slot] += difference(colours, 3 * a, 3 * b)
  }
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (x + 1 < width && labels[at] !== labels[at + 1]) meet(at, at + 1)
      if (y + 1 < height && labels[at] !== labels[at + width]) meet(at, at + width)
    }
  }
  const contrasts = Float32Array.from(found.contrasts, (sum, i) => sum / found.lengths[i])
  return {
    from: Int32Array.from(found.from),
    to: Int32Array.from(found.to),
    lengths: Float32Array.from(found.lengths),
    contrasts
  }
}

/** The distance of two colours. @type {(colours: Float32Array, a: number, b: number) => number} */
export function difference(colours, a, b) {
  const l = colours[a] - colours[b],
    u = colours[a + 1] - colours[b + 1],
    v = colours[a + 2] - colours[b + 2]
  return Math.sqrt(l * l + u * u + v * v)
}
