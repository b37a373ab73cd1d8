// @ts-check
// The connected parts of a mask, their holes filled, as in core/grid/outlines.py.

/** @import { Box, Pull, Size } from './types.js' */

const FILLED = -1

/** A connected part of a mask: a number in a picture of numbers, and its box [left, top, right, bottom]. */
class Part {
  /**
   * @param {number} number
   * @param {Int32Array} numbers
   * @param {Box} box
   */
  constructor(number, numbers, box) {
    this.number = number
    this.numbers = numbers
    this.box = box
  }

  /** @type {(at: number) => boolean} */
  holds(at) {
    return this.numbers[at] === this.number
  }

  /** Its pixels, as bytes of the whole picture. */
  pixels() {
    return Uint8Array.from(this.numbers, (number) => Number(number === this.number))
  }
}

/** Splits a mask into parts that touch at sides or corners. @type {(mask: Uint8Array, size: Size) => Part[]} */
export function filledParts(mask, [width, height]) {
  const box = boxOf(mask, width, height)
  if (!box) return []
  const [left, top, right, bottom] = box,
    numbers = fillHoles(mask, width, box)
  /** @type {Part[]} */
  const parts = []
  const open = new Int32Array((right - left) * (bottom - top))
  for (let row = top; row < bottom; row++) {
    for (let at = row * width + left; at < row * width + right; at++) {
      if (numbers[at] === FILLED) parts.push(takePart(at, parts.length + 1, numbers, open, width, box))
    }
  }
  return parts
}

/**
 * The parts in which drags start, each with those that do.
 * @type {(mask: Uint8Array, drags: readonly Pull[], size: Size) => Generator<{ part: Part, held: Pull[] }>}
 */
export function* partsHolding(mask, drags, [width, height]) {
  for (const part of filledParts(mask, [width, height])) {
    const held = drags.filter(
      ({ handle: [x, y] }) =>
        x >= 0 && y >= 0 && x < width && y < height && part.holds(Math.floor(y) * width + Math.floor(x))
    )
    if (held.length) yield { part, held }
  }
}

/**
 * The smallest box around what is set, or null.
 * @type {(mask: Uint8Array, width: number, height: number) => Box | null}
 */
export function boxOf(mask, width, height) {
  const first = mask.indexOf(1)
  if (first < 0) return null
  const top = Math.floor(first / width),
    bottom = Math.floor(mask.lastIndexOf(1) / width) + 1
  let left = width,
    right = 0
  for (let row = top; row < bottom; row++) {
    const line = mask.subarray(row * width, (row + 1) * width),
      start = line.indexOf(1)
    if (start < 0) continue
    left = Math.min(left, start)
    right = Math.max(right, line.lastIndexOf(1) + 1)
  }
  return [left, top, right, bottom]
}

/**
 * Takes the part at a pixel out of what is filled, and gives it a number.
 * @type {(start: number, number: number, numbers: Int32Array, open: Int32Array, width: number, box: Box) => Part}
 */
function takePart(start, number, numbers, open, width, [left, top, right, bottom]) {
  let count = 1,
    [west, north, east, south] = [right, bottom, left, top]
  open[0] = start
  numbers[start] = number
  while (count) {
    const at = open[--count],
      y = Math.floor(at / width),
      x = at - y * width
    if (x < west) west = x
    if (x >= east) east = x + 1
    if (y < north) north = y
    if (y >= south) south = y + 1
    for (let row = Math.max(y - 1, top); row <= Math.min(y + 1, bottom - 1); row++) {
      for (let column = Math.max(x - 1, left); column <= Math.min(x + 1, right - 1); column++) {
        const next = row * width + column
        if (numbers[next] !== FILLED) continue
        numbers[next] = number
        open[count++] = next
      }
    }
  }
  return new Part(number, numbers, [west, north, east, south])
}

/**
 * Everything in the box that its border cannot reach over free pixels.
 * @type {(mask: Uint8Array, width: number, box: Box) => Int32Array}
 */
function fillHoles(mask, width, [left, top, right, bottom]) {
  const filled = new Int32Array(mask.length),
    open = new Int32Array((right - left) * (bottom - top))
  for (let row = top; row < bottom; row++) filled.fill(FILLED, row * width + left, row * width + right)
  let count = 0
  const reach = (/** @type {number} */ at) => {
    if (mask[at] || !filled[at]) return
    filled[at] = 0
    open[count++] = at
  }
  for (let x = left; x < right; x++) [top * width + x, (bottom - 1) * width + x].forEach(reach)
  for (let y = top; y < bottom; y++) [y * width + left, y * width + right - 1].forEach(reach)
  while (count) {
    const at = open[--count],
      y = Math.floor(at / width),
      x = at - y * width
    if (x > left) reach(at - 1)
    if (x + 1 < right) reach(at + 1)
    if (y > top) reach(at - width)
    if (y + 1 < bottom) reach(at + width)
  }
  return filled
}
