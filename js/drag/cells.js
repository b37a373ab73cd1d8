// @ts-check
// The pixels of a polygon whose corners are pixels, as in core/grid/cells.py.
import { paint } from './raster.js'
import { picturePoint } from './types.js'

/** @import { Pair, Size } from './types.js' */

/**
 * The pixels of a polygon, those of its outline among them.
 * @type {(polygon: readonly Pair[], size: Size) => Uint8Array}
 */
export function fillPolygon(polygon, [width, height]) {
  const corners = polygon.map(([x, y]) => /** @type {Pair} */ ([Math.floor(x), Math.floor(y)])),
    pixels = new Uint8Array(width * height)
  paint(pixels, width, height, { polygon: corners.map(([x, y]) => picturePoint(x + 0.5, y + 0.5)) })
  corners.forEach((corner, i) => drawLine(pixels, width, height, corner, corners[(i + 1) % corners.length]))
  return pixels
}

/** @type {(pixels: Uint8Array, width: number, height: number, start: Pair, end: Pair) => void} */
function drawLine(pixels, width, height, start, end) {
  const line = clipped(clipped([start, end], 1, height - 1), 0, width - 1)
  if (!line) return
  const [[x0, y0], [x1, y1]] = line,
    length = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)),
    divisor = 2 * Math.max(length, 1)
  for (let step = 0; step <= length; step++) {
    const x = Math.floor((2 * (x0 * length + (x1 - x0) * step) + length) / divisor)
    const y = Math.floor((2 * (y0 * length + (y1 - y0) * step) + length) / divisor)
    pixels[(length ? y : y0) * width + (length ? x : x0)] = 1
  }
}

/**
 * A line cut to where its coordinate is from 0 to `last`, its new ends truncated; null where it misses that.
 * @type {(line: readonly [Pair, Pair] | null, axis: 0 | 1, last: number) => [Pair, Pair] | null}
 */
function clipped(line, axis, last) {
  if (!line) return null
  const [a, b] = line.map((point) => point[axis])
  if (Math.max(a, b) < 0 || Math.min(a, b) > last) return null
  const start = cut(line[0], line[1], axis, last)
  return [start, cut(line[1], start, axis, last)]
}

/** @type {(point: Pair, other: Pair, axis: 0 | 1, last: number) => Pair} */
function cut(point, other, axis, last) {
  const edge = Math.min(Math.max(point[axis], 0), last),
    over = edge - point[axis]
  if (!over) return point
  const way = other[axis] - point[axis]
  const [x, y] = point.map((part, i) => (i === axis ? edge : part + Math.trunc((over * (other[i] - part)) / way)))
  return [x, y]
}
