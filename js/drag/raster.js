// @ts-check
// Shapes to pixels, to the bit as core/grid/raster.py: a pixel belongs to a shape where its centre does.

import { ringsOf } from './affine.js'

/** @import { Corners, Drag, PicturePoint, Shape, Size, Stroke } from './types.js' */

/**
 * The editable area as bytes (height x width), or null where everything is; `under` is a mask below the shapes.
 * @type {(drag: Pick<Drag, 'mask'>, size: Size, under?: Uint8Array | null) => Uint8Array<ArrayBuffer> | null}
 */
export function editableMask({ mask }, [width, height], under = null) {
  if (!mask.length && !under) return null
  const pixels = under ? Uint8Array.from(under) : new Uint8Array(width * height)
  for (const shape of mask) paint(pixels, width, height, shape)
  return pixels
}

/** The pixels of one shape. @type {(shape: Shape, size: Size) => Uint8Array} */
export function rasterise(shape, [width, height]) {
  const pixels = new Uint8Array(width * height)
  paint(pixels, width, height, shape)
  return pixels
}

/** @type {(pixels: Uint8Array, width: number, height: number, shape: Shape) => void} */
export function paint(pixels, width, height, shape) {
  if (shape.brush) for (const stroke of shape.brush) paintStroke(pixels, width, height, stroke)
  else paintOutlines(pixels, width, height, ringsOf(shape), shape.erase ? 0 : 1)
}

/** @type {(pixels: Uint8Array, width: number, height: number, rings: readonly Corners[], value: 0 | 1) => void} */
function paintOutlines(pixels, width, height, rings, value) {
  /** @type {Map<number, number[]>} */
  const crossed = new Map()
  for (const corners of rings) addCrossings(crossed, corners, width, height)
  for (const [row, found] of crossed) {
    const starts = ascending(found)
    for (let i = 0; i + 1 < starts.length; i += 2)
      if (starts[i] < starts[i + 1]) pixels.fill(value, row * width + starts[i], row * width + starts[i + 1])
  }
}

/**
 * Sorted columns; long lists are sorted faster as an array of their own kind.
 * @type {(columns: number[]) => ArrayLike<number>}
 */
function ascending(columns) {
  return columns.length > 32 ? Int32Array.from(columns).sort() : columns.sort((a, b) => a - b)
}

/**
 * Adds, for every row, the first columns at or past the sides of a polygon that cross the line through its centres.
 * @type {(found: Map<number, number[]>, corners: Corners, width: number, height: number) => void}
 */
function addCrossings(found, corners, width, height) {
  const above = Math.floor(corners.reduce((least, [, y]) => Math.min(least, y), Infinity) - 0.5)
  for (let i = 0; i < corners.length; i++) {
    const [x0, y0] = corners[i],
      [x1, y1] = corners[(i + 1) % corners.length]
    const first = clamp(Math.max(Math.ceil(Math.min(y0, y1) - 0.5), above + 1), height),
      last = clamp(Math.ceil(Math.max(y0, y1) - 0.5), height)
    for (let row = first; row < last; row++) {
      const x = x0 + ((row + 0.5 - y0) / (y1 - y0)) * (x1 - x0)
      const starts = found.get(row)
      if (starts) starts.push(clamp(Math.ceil(x - 0.5), width))
      else found.set(row, [clamp(Math.ceil(x - 0.5), width)])
    }
  }
}

/**
 * Sets (or clears) every pixel whose centre is within the radius of a stroke's line, from one of its points on.
 * @type {(pixels: Uint8Array, width: number, height: number, stroke: Stroke, from?: number) => void}
 */
export function paintStroke(pixels, width, height, { radius, points, erase }, from = 0) {
  const value = erase ? 0 : 1
  const painted = new Int32Array(2 * height)
  const segment = (/** @type {PicturePoint} */ start, /** @type {PicturePoint} */ end) =>
    paintSegment(pixels, width, height, start, end, radius, value, painted)
  if (points.length === 1) segment(points[0], points[0])
  for (let i = from; i + 1 < points.length; i++) segment(points[i], points[i + 1])
}

/**
 * Sets every pixel near a segment; `painted` holds what of each row this stroke has set last, as [left, right) pairs.
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {PicturePoint} start
 * @param {PicturePoint} end
 * @param {number} radius
 * @param {0 | 1} value
 * @param {Int32Array} painted
 */
function paintSegment(pixels, width, height, start, end, radius, value, painted) {
  const first = clamp(Math.ceil(Math.min(start[1], end[1]) - radius - 0.5), height)
  const last = clamp(Math.floor(Math.max(start[1], end[1]) + radius - 0.5) + 1, height)
  const spanAt = spanOf(start, end, radius)
  for (let row = first; row < last; row++) {
    const at = 2 * row
    if (painted[at + 1] - painted[at] === width || !spanAt(row + 0.5)) continue
    const left = clamp(Math.ceil(ENDS[0] - 0.5), width),
      right = clamp(Math.floor(ENDS[1] - 0.5) + 1, width)
    if (left < right) extend(pixels, row * width, left, right, value, painted, at)
  }
}

const ENDS = [0, 0] // of the span asked for last; millions are asked for in a row

/**
 * A function of a y: whether the neighbourhood of a segment meets it, its ends there left in ENDS.
 *
 * From the smallest x(t) - w(t) to the largest x(t) + w(t), where w is half the width of the disc around the point t of
 * the segment; both are at an end of the segment or where their slope is 0.
 * @type {(start: PicturePoint, end: PicturePoint, radius: number) => (y: number) => boolean}
 */
function spanOf([x0, y0], [x1, y1], radius) {
  const dx = x1 - x0,
    dy = y1 - y0,
    length = Math.sqrt(dx * dx + dy * dy)
  const lean = (dy < 0 ? -1 : 1) * radius * (length > 0 ? dx / length : 0)
  return (y) => {
    const v = y - y0
    const a = dy ? (v - radius) / dy : 0,
      b = dy ? (v + radius) / dy : Math.abs(v) <= radius ? 1 : -1
    const low = Math.max(Math.min(a, b), 0),
      high = Math.min(Math.max(a, b), 1)
    if (low > high || (!dy && b < 0)) return false
    for (let side = -1; side < 2; side += 2) {
      const free = dy ? (v + side * lean) / dy : side * dx > 0 ? 1 : 0
      const along = Math.min(Math.max(free, low), high)
      const across = v - along * dy
      ENDS[side < 0 ? 0 : 1] = x0 + along * dx + side * Math.sqrt(Math.max(radius * radius - across * across, 0))
    }
    return true
  }
}

/**
 * Sets what is new of a span that mostly meets the one before it in the same row.
 * @param {Uint8Array} pixels
 * @param {number} offset
 * @param {number} left
 * @param {number} right
 * @param {0 | 1} value
 * @param {Int32Array} painted
 * @param {number} at
 */
function extend(pixels, offset, left, right, value, painted, at) {
  const from = painted[at],
    to = painted[at + 1]
  if (right < from || left > to || from === to) {
    pixels.fill(value, offset + left, offset + right)
    painted[at] = left
    painted[at + 1] = right
    return
  }
  if (left < from) pixels.fill(value, offset + left, offset + from)
  if (right > to) pixels.fill(value, offset + to, offset + right)
  painted[at] = Math.min(left, from)
  painted[at + 1] = Math.max(right, to)
}

/** @type {(value: number, limit: number) => number} */
function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit)
}
