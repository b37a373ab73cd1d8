// @ts-check
// The edge of a thing at full size: both sides flood the band between them and meet where the picture changes most
// (Meyer's watershed).
import { Buckets } from './buckets.js'

/** @import { Size } from '../drag/types.js' */
/** @import { Cells, Mask, Raster } from './types.js' */

const REACH = 3 // of the band to either side, in pixels of the reduced copy
const AROUND = 3 // pixels that have a say in what one of them is
const LEVELS = 3 * 256
const [OUT, IN, OPEN, QUEUED] = [0, 1, 2, 3]

/**
 * The mask of some cells of a reduced copy, at full size and up to the edge.
 * @type {(fine: Raster, cells: Cells, isIn: Uint8Array, shrink: number) => Mask}
 */
export function refined(fine, { labels, size }, isIn, shrink) {
  const small = new Uint8Array(labels.length)
  for (let at = 0; at < labels.length; at++) small[at] = isIn[labels[at]]
  const state = enlarged(withBand(small, size), size, shrink, fine.size),
    open = placesOf(state, OPEN)
  flood(state, open, fine)
  return { pixels: smoothed(state, open, fine.size), size: fine.size }
}

/** A mask with what is near its edge left open. @type {(mask: Uint8Array, size: Size) => Uint8Array} */
function withBand(mask, [width, height]) {
  const found = mask.slice()
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const edge = (x + 1 < width && mask[at] !== mask[at + 1]) || (y + 1 < height && mask[at] !== mask[at + width])
      if (!edge) continue
      const left = Math.max(x - REACH + 1, 0),
        right = Math.min(x + REACH + 1, width)
      for (let row = Math.max(y - REACH + 1, 0); row <= Math.min(y + REACH, height - 1); row++)
        found.fill(OPEN, row * width + left, row * width + right)
    }
  }
  return found
}

/** Every pixel as a square of pixels. @type {(small: Uint8Array, from: Size, by: number, to: Size) => Uint8Array} */
function enlarged(small, [columns], by, [width, height]) {
  const out = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = (y / by) | 0
    if (y % by) {
      out.copyWithin(y * width, (y - 1) * width, y * width)
      continue
    }
    for (let column = 0; column < columns;) {
      const value = small[row * columns + column],
        first = column
      while (column < columns && small[row * columns + column] === value) column++
      if (value) out.fill(value, y * width + first * by, y * width + Math.min(column * by, width))
    }
  }
  return out
}

/** @type {(state: Uint8Array, value: number) => Int32Array} */
function placesOf(state, value) {
  /** @type {number[]} */
  const places = []
  for (let at = state.indexOf(value); at >= 0; at = state.indexOf(value, at + 1)) places.push(at)
  return Int32Array.from(places)
}

/**
 * Gives what is open to the side that reaches it over the smaller changes.
 * @type {(state: Uint8Array, open: Int32Array, fine: Raster) => void}
 */
function flood(state, open, { data, size: [width, height] }) {
  const queue = new Buckets(LEVELS),
    last = width * (height - 1)
  const offer = (/** @type {number} */ at, /** @type {number} */ side) => {
    state[at] = QUEUED
    queue.push(changeAt(data, at, width, last), at, side)
  }
  for (const at of open) {
    const side = sideBeside(state, at, width, last)
    if (side < OPEN) offer(at, side)
  }
  while (queue.next()) {
    const { item: at, label } = queue,
      x = at % width
    state[at] = label
    if (x > 0 && state[at - 1] === OPEN) offer(at - 1, label)
    if (x + 1 < width && state[at + 1] === OPEN) offer(at + 1, label)
    if (at >= width && state[at - width] === OPEN) offer(at - width, label)
    if (at < last && state[at + width] === OPEN) offer(at + width, label)
  }
}

/**
 * What of IN and OUT a pixel touches, or OPEN.
 * @type {(state: Uint8Array, at: number, width: number, last: number) => number}
 */
function sideBeside(state, at, width, last) {
  const x = at % width
  if (x > 0 && state[at - 1] < OPEN) return state[at - 1]
  if (x + 1 < width && state[at + 1] < OPEN) return state[at + 1]
  if (at >= width && state[at - width] < OPEN) return state[at - width]
  return at < last ? Math.min(state[at + width], OPEN) : OPEN
}

/**
 * How much the picture changes around a pixel.
 * @type {(data: Uint8ClampedArray, at: number, width: number, last: number) => number}
 */
function changeAt(data, at, width, last) {
  const x = at % width
  const west = 4 * (x > 0 ? at - 1 : at),
    east = 4 * (x + 1 < width ? at + 1 : at),
    north = 4 * (at >= width ? at - width : at),
    south = 4 * (at < last ? at + width : at)
  let sum = 0
  for (let c = 0; c < 3; c++)
    sum += Math.abs(data[west + c] - data[east + c]) + Math.abs(data[north + c] - data[south + c])
  return sum / 2
}

/**
 * What was open as most of the pixels around it.
 * @type {(state: Uint8Array, open: Int32Array, size: Size) => Uint8Array}
 */
function smoothed(state, open, [width, height]) {
  const out = state.slice()
  for (const at of open) {
    const y = (at / width) | 0,
      x = at - y * width
    const left = Math.max(x - AROUND, 0),
      right = Math.min(x + AROUND, width - 1),
      bottom = Math.min(y + AROUND, height - 1)
    let count = 0
    for (let row = Math.max(y - AROUND, 0); row <= bottom; row++)
      for (let next = row * width + left; next <= row * width + right; next++) count += state[next]
    const area = (right - left + 1) * (bottom - Math.max(y - AROUND, 0) + 1)
    out[at] = 2 * count > area ? IN : OUT
  }
  return out
}
