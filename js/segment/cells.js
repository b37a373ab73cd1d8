// @ts-check
// Cells of much the same colour: simple non-iterative clustering (Achanta and Süsstrunk, CVPR 2017).
import { bordersOf } from './borders.js'
import { Buckets } from './buckets.js'

/** @import { Size } from '../drag/types.js' */
/** @import { Cells } from './types.js' */

const COMPACTNESS = 7
const STEP = 4 // of colour, in buckets
const LEVELS = 1024

/**
 * Divides a picture, by its colours of three numbers a pixel, into cells of about `side` pixels across.
 * @type {(colours: Float32Array, size: Size, side: number) => Cells}
 */
export function divide(colours, [width, height], side) {
  const columns = Math.max(1, Math.round(width / side)),
    rows = Math.max(1, Math.round(height / side)),
    count = columns * rows
  const labels = new Int32Array(width * height).fill(-1),
    sums = new Float32Array(count * 5),
    weights = new Float32Array(count)
  const queue = new Buckets(LEVELS)
  for (let k = 0; k < count; k++) {
    const x = Math.floor((((k % columns) + 0.5) * width) / columns),
      y = Math.floor(((Math.floor(k / columns) + 0.5) * height) / rows)
    queue.push(0, y * width + x, k)
  }
  const near = (COMPACTNESS / side) ** 2
  const offer = (
    /** @type {number} */ at,
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ k
  ) => {
    if (labels[at] >= 0) return
    const n = weights[k],
      s = 5 * k,
      c = 3 * at
    const l = colours[c] - sums[s] / n,
      a = colours[c + 1] - sums[s + 1] / n,
      b = colours[c + 2] - sums[s + 2] / n,
      dx = x - sums[s + 3] / n,
      dy = y - sums[s + 4] / n
    queue.push(STEP * Math.sqrt(l * l + a * a + b * b + near * (dx * dx + dy * dy)), at, k)
  }
  while (queue.next()) {
    const at = queue.item,
      k = queue.label
    if (labels[at] >= 0) continue
    labels[at] = k
    const y = Math.floor(at / width),
      x = at - y * width,
      s = 5 * k
    weights[k]++
    for (let i = 0; i < 3; i++) sums[s + i] += colours[3 * at + i]
    sums[s + 3] += x
    sums[s + 4] += y
    if (x > 0) offer(at - 1, x - 1, y, k)
    if (x + 1 < width) offer(at + 1, x + 1, y, k)
    if (y > 0) offer(at - width, x, y - 1, k)
    if (y + 1 < height) offer(at + width, x, y + 1, k)
  }
  const means = new Float32Array(count * 3)
  for (let k = 0; k < count; k++) for (let i = 0; i < 3; i++) means[3 * k + i] = sums[5 * k + i] / (weights[k] || 1)
  const rims = rimsOf(labels, width, height, count)
  /** @type {Size} */
  const size = [width, height]
  return { labels, size, count, colours: means, weights, rims, borders: bordersOf(labels, size, colours) }
}

/** @type {(labels: Int32Array, width: number, height: number, count: number) => Float32Array} */
function rimsOf(labels, width, height, count) {
  const rims = new Float32Array(count)
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) rims[labels[y * width + x]]++
  for (let y = 1; y < height - 1; y++) for (const x of [0, width - 1]) rims[labels[y * width + x]]++
  return rims
}
