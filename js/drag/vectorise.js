// @ts-check
// A mask as outlines, drawn with as few corners as keep every pixel, by the same rules as core/instruction/vectorise.py.
import { picturePoint } from './types.js'

/** @import { Outlines, Pair, PicturePoint, Size } from './types.js' */

/**
 * @typedef {Pair} Way
 * @typedef {{ corner: Pair, way: number }} Side a side between pixels: where it begins, and which of the ways it leads
 */

/**
 * Where a closed path may keep a corner, the first one also as the last; all in coordinates doubled, x and y in turn.
 * @typedef {object} Stops
 * @property {number} count
 * @property {Int32Array} corners one of each
 * @property {Int32Array} outer two of each: how far outside a line may pass the first and the last side up to the next one
 * @property {Int32Array} inner two of each: how far inside
 */

/** @type {Way[]} */
const WAYS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1]
] // clockwise from the right
const TURNS = [3, 0, 1] // to the left, straight on, to the right
const PIECES = 8
const FARTHEST = 256
const USUAL = 150

/**
 * Draws around a mask, its holes left out. The raster of it is the mask again; where that takes more corners than usual,
 * pixels may differ that are half a pixel from the edge. Null where nothing is set.
 * @type {(mask: Uint8Array, size: Size) => Outlines | null}
 */
export function vectorise(mask, size) {
  const paths = traced(mask, size),
    exact = paths.map((path) => shortened(stopsOf(path, 1)))
  if (!exact.length) return null
  if (exact.reduce((sum, ring) => sum + ring.length, 0) <= USUAL) return { outlines: exact }
  const loose = paths.map((path) => shortened(stopsOf(path, 2)))
  return { outlines: loose.map((ring, i) => (ring.length > 2 ? ring : exact[i])) }
}

/**
 * The closed paths between pixels inside and outside, the mask to their right.
 * @type {(mask: Uint8Array, size: Size) => Side[][]}
 */
function traced(mask, [width, height]) {
  const begins = waysAt(mask, width, height),
    unseen = begins.slice(),
    stride = width + 1
  /** @type {Side[][]} */
  const rings = []
  for (let first = 0; first < begins.length; first++) {
    if (!(unseen[first] & 1)) continue
    /** @type {Side[]} */
    const ring = []
    let at = first,
      way = 0
    while (unseen[at] & (1 << way)) {
      unseen[at] &= ~(1 << way)
      ring.push({ corner: [at % stride, Math.floor(at / stride)], way })
      at += WAYS[way][0] + WAYS[way][1] * stride
      way = wayOn(begins[at], way)
    }
    rings.push(ring)
  }
  return rings
}

/**
 * The way on where some ways, one bit each, begin: of several that to the left, so that pixels hang together.
 * @type {(begins: number, way: number) => number}
 */
function wayOn(begins, way) {
  for (const turn of TURNS) {
    const next = (way + turn) % 4
    if (begins & (1 << next)) return next
  }
  return way
}

/**
 * The ways, one bit each, that sides lead from every corner of the pixels.
 * @type {(mask: Uint8Array, width: number, height: number) => Uint8Array}
 */
function waysAt(mask, width, height) {
  const stride = width + 1,
    begins = new Uint8Array(stride * (height + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x
      if (!mask[pixel]) continue
      const corner = y * stride + x
      if (!y || !mask[pixel - width]) begins[corner] |= 1
      if (x + 1 === width || !mask[pixel + 1]) begins[corner + 1] |= 2
      if (y + 1 === height || !mask[pixel + width]) begins[corner + stride + 1] |= 4
      if (!x || !mask[pixel - 1]) begins[corner + stride] |= 8
    }
  }
  return begins
}

/**
 * Where a closed path may keep a corner: behind its bends and along straight runs.
 * @type {(ring: Side[], reach: number) => Stops}
 */
function stopsOf(ring, reach) {
  const begins = keptSides(ring),
    count = begins.length + 1,
    stops = { count, corners: new Int32Array(2 * count), outer: new Int32Array(4 * count), inner: new Int32Array(4 * count) }
  for (let i = 0; i < count; i++) {
    const first = ring[begins[i] ?? begins[0]],
      last = ring[(begins[(i % begins.length) + 1] ?? ring.length) - 1]
    stops.corners.set([2 * first.corner[0], 2 * first.corner[1]], 2 * i)
    setReach(stops, 4 * i, first, reach)
    setReach(stops, 4 * i + 2, last, reach)
  }
  return stops
}

/** The numbers of the sides of a ring behind its bends and along straight runs. @type {(ring: Side[]) => number[]} */
function keptSides(ring) {
  const count = ring.length,
    bends = ring.map((_, i) => i).filter((i) => ring[i].way !== ring[(i + count - 1) % count].way)
  /** @type {number[]} */
  const kept = []
  bends.forEach((bend, i) => {
    const length = (bends[i + 1] ?? count) - bend
    for (let piece = 0; piece < PIECES; piece++) {
      const begin = bend + Math.floor((length * piece) / PIECES)
      if (begin !== kept.at(-1)) kept.push(begin)
    }
  })
  return kept
}

/** How far a line may pass the middle of a side. @type {(stops: Stops, at: number, side: Side, reach: number) => void} */
function setReach({ outer, inner }, at, { corner, way }, reach) {
  const aside = WAYS[(way + 1) % 4]
  for (let axis = 0; axis < 2; axis++) {
    const middle = 2 * corner[axis] + WAYS[way][axis]
    outer[at + axis] = middle - reach * aside[axis]
    inner[at + axis] = middle + reach * aside[axis]
  }
}

/** The corners that are left where straight lines pass as many as they can. @type {(stops: Stops) => PicturePoint[]} */
function shortened(stops) {
  const { count, corners } = stops,
    goal = count - 1,
    before = new Int32Array(count).fill(-1),
    queue = [0]
  before[0] = 0
  for (let next = 0; before[goal] < 0; next++) {
    for (const seen of visible(stops, queue[next])) {
      if (before[seen] >= 0) continue
      before[seen] = queue[next]
      queue.push(seen)
    }
  }
  /** @type {PicturePoint[]} */
  const kept = []
  for (let at = before[goal]; ; at = before[at]) {
    kept.unshift(picturePoint(corners[2 * at] / 2, corners[2 * at + 1] / 2))
    if (!at) return kept
  }
}

/**
 * The stops to which a straight line passes all sides in between as the path does: within the cone of directions, from
 * (lx, ly) to (rx, ry), that pass all sides so far.
 * @type {(stops: Stops, start: number) => number[]}
 */
function visible({ count, corners, outer, inner }, start) {
  const x = corners[2 * start],
    y = corners[2 * start + 1],
    end = Math.min(start + FARTHEST, count - 1)
  /** @type {number[]} */
  const found = []
  let lx = outer[4 * start] - x,
    ly = outer[4 * start + 1] - y,
    rx = inner[4 * start] - x,
    ry = inner[4 * start + 1] - y
  for (let at = start; at < end; at++) {
    for (let side = 4 * at; side < 4 * at + 4; side += 2) {
      const ax = outer[side] - x,
        ay = outer[side + 1] - y,
        bx = inner[side] - x,
        by = inner[side + 1] - y
      if (cross(lx, ly, bx, by) <= 0 || cross(ax, ay, rx, ry) <= 0 || cross(ax, ay, bx, by) <= 0) return found
      if (cross(lx, ly, ax, ay) > 0) {
        lx = ax
        ly = ay
      }
      if (cross(rx, ry, bx, by) < 0) {
        rx = bx
        ry = by
      }
    }
    const dx = corners[2 * at + 2] - x,
      dy = corners[2 * at + 3] - y
    if (cross(lx, ly, dx, dy) > 0 && cross(dx, dy, rx, ry) > 0) found.push(at + 1)
  }
  return found
}

/** Above 0 where b lies clockwise from a on the screen. @type {(ax: number, ay: number, bx: number, by: number) => number} */
function cross(ax, ay, bx, by) {
  return ax * by - ay * bx
}
