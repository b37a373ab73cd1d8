// @ts-check
// A mask as outlines, drawn with as few corners as keep every pixel, by the same rules as core/instruction/vectorise.py.
import { picturePoint } from './types.js'

/** @import { Outlines, Pair, PicturePoint, Size } from './types.js' */

/**
 * @typedef {Pair} Way
 * @typedef {{ corner: Pair, way: number }} Side a side between pixels: where it begins, and which of the ways it leads
 * @typedef {{ corner: Pair, outer: Pair[], inner: Pair[] }} Stop where a path may keep a corner, and how far outside and
 *   inside a line may pass the first and the last side up to the next one; all in coordinates doubled
 */

/** @type {Way[]} */
const WAYS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1]
] // clockwise from the right
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
      way = [3, 0, 1].map((turn) => (way + turn) % 4).find((next) => begins[at] & (1 << next)) ?? way
    }
    rings.push(ring)
  }
  return rings
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
 * Where a closed path may keep a corner, the first one also as the last: behind its bends and along straight runs.
 * @type {(ring: Side[], reach: number) => Stop[]}
 */
function stopsOf(ring, reach) {
  const count = ring.length,
    bends = ring.map((_, i) => i).filter((i) => ring[i].way !== ring[(i + count - 1) % count].way)
  const begins = bends.flatMap((bend, i) => {
    const length = (bends[i + 1] ?? count) - bend,
      pieces = Array.from({ length: PIECES }, (_, piece) => bend + Math.floor((length * piece) / PIECES))
    return pieces.filter((begin, piece) => begin !== pieces[piece - 1])
  })
  const stops = begins.map((begin, i) => stopAt(ring[begin], ring[(begins[i + 1] ?? count) - 1], reach))
  return [...stops, stops[0]]
}

/** @type {(first: Side, last: Side, reach: number) => Stop} */
function stopAt(first, last, reach) {
  const [dx, dy] = WAYS[(first.way + 1) % 4].map((part) => reach * part),
    [x, y] = first.corner
  const middles = [first, last].map(({ corner, way }) => [2 * corner[0] + WAYS[way][0], 2 * corner[1] + WAYS[way][1]])
  return {
    corner: [2 * x, 2 * y],
    outer: middles.map((middle) => [middle[0] - dx, middle[1] - dy]),
    inner: middles.map((middle) => [middle[0] + dx, middle[1] + dy])
  }
}

/** The corners that are left where straight lines pass as many as they can. @type {(stops: Stop[]) => PicturePoint[]} */
function shortened(stops) {
  const goal = stops.length - 1,
    before = new Int32Array(stops.length).fill(-1),
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
    const [x, y] = stops[at].corner
    kept.unshift(picturePoint(x / 2, y / 2))
    if (!at) return kept
  }
}

/**
 * The stops to which a straight line passes all sides in between as the path does: within the cone of directions that
 * pass all sides so far.
 * @type {(stops: Stop[], start: number) => number[]}
 */
function visible(stops, start) {
  const from = stops[start].corner,
    found = []
  let left = wayTo(from, stops[start].outer[0]),
    right = wayTo(from, stops[start].inner[0])
  for (let at = start; at < Math.min(start + FARTHEST, stops.length - 1); at++) {
    for (let side = 0; side < 2; side++) {
      const a = wayTo(from, stops[at].outer[side]),
        b = wayTo(from, stops[at].inner[side])
      if (cross(left, b) <= 0 || cross(a, right) <= 0 || cross(a, b) <= 0) return found
      if (cross(left, a) > 0) left = a
      if (cross(right, b) < 0) right = b
    }
    const way = wayTo(from, stops[at + 1].corner)
    if (cross(left, way) > 0 && cross(way, right) > 0) found.push(at + 1)
  }
  return found
}

/** @type {(from: Pair, to: Pair) => Pair} */
function wayTo(from, to) {
  return [to[0] - from[0], to[1] - from[1]]
}

/** Above 0 where b lies clockwise from a on the screen. @type {(a: Pair, b: Pair) => number} */
function cross(a, b) {
  return a[0] * b[1] - a[1] * b[0]
}
