// Polygons mapped corner to corner, as in core/maps/polygons.py.
import { paint } from '../drag/raster.js'
import { compatiblePieces, turn } from './compatible.js'
import { affineMap, perspectiveMap } from './matrices.js'
import { simplified } from './simplified.js'

const MOST_CORNERS = 256
const STRAIGHT = 0.01
const FLATNESS = 1e-6
const THINNEST = 1e-9
const SLACK = 1e-6
const BEYOND = 1

/** Calls `put` for every pixel of the target; returns the pixels of the source, or null where an outline crosses itself. */
export function mapPolygons(source, target, width, height, put) {
  const area = fillOutline(source, width, height),
    pixels = fillOutline(target, width, height),
    chosen = simplified(
      source.map((point, i) => [...point, ...target[i]]),
      MOST_CORNERS
    )
  ;[source, target] = [source, target].map((corners) => chosen.map((i) => corners[i]))
  if (!isSimple(source) || !isSimple(target)) return null
  if (target.length === 4 && isConvex(source) && isConvex(target)) {
    mapPixels(pixels, width, perspectiveMap(target, source), put)
  } else if (!mapTriangles(source, target, pixels, width, height, put)) return null
  return area
}

function mapTriangles(source, target, pixels, width, height, put) {
  const pieces = compatiblePieces(source, target)?.filter(([corners]) => Math.abs(turn(...corners)) > THINNEST)
  if (!pieces) return false
  const maps = pieces.map(([to, from]) => affineMap(to, from)),
    sides = pieces.map(([corners]) => sidesOf(corners)),
    [low, high] = [Math.min, Math.max].map((end) => [0, 1].map((axis) => end(...source.map((p) => p[axis]))))
  const owner = new Int32Array(width * height).fill(-1)
  pieces.forEach(([corners], i) => ownPixels(corners, sides[i], i, owner, width, height))
  for (let at = 0; at < pixels.length; at++) {
    if (!pixels[at]) continue
    const x = (at % width) + 0.5,
      y = Math.floor(at / width) + 0.5,
      [a, b, c, d, e, f] = maps[owner[at] < 0 ? nearest(sides, x, y) : owner[at]],
      from = [a * x + b * y + c, d * x + e * y + f]
    if (pieces.length === 1) put(at, ...from)
    else put(at, ...from.map((part, axis) => Math.min(Math.max(part, low[axis] - BEYOND), high[axis] + BEYOND)))
  }
  return true
}

/** Marks the pixels whose centres a triangle holds. */
function ownPixels(corners, sides, number, owner, width, height) {
  const [left, top, right, bottom] = [Math.min, Math.max].flatMap((end, last) =>
    [0, 1].map((axis) => {
      const edge = end(...corners.map((p) => p[axis]))
      return Math.min(Math.max(last ? Math.ceil(edge) : Math.floor(edge), 0), axis ? height : width)
    })
  )
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      if (sides.every(([a, b, c, , slack]) => a * (column + 0.5) + b * (row + 0.5) + c + slack >= 0))
        owner[row * width + column] = number
    }
  }
}

/** The sides of a triangle: a x + b y + c is 0 on them and positive inside; their length, and a little slack. */
function sidesOf(corners) {
  const sign = Math.sign(turn(...corners)),
    ways = corners.map(([x, y], i) => [corners[(i + 1) % 3][0] - x, corners[(i + 1) % 3][1] - y]),
    slack = SLACK * Math.max(...ways.flat().map(Math.abs))
  return ways.map(([dx, dy], i) => {
    const [a, b] = [-sign * dy, sign * dx]
    return [a, b, -a * corners[i][0] - b * corners[i][1], Math.hypot(a, b), slack]
  })
}

/** The triangle whose sides a point outside of all lies least beyond. */
function nearest(triangles, x, y) {
  let best = 0,
    most = -Infinity
  triangles.forEach((sides, i) => {
    const depth = Math.min(...sides.map(([a, b, c, length, slack]) => (a * x + b * y + c + slack) / length))
    if (depth > most) [best, most] = [i, depth]
  })
  return best
}

function mapPixels(pixels, width, map, put) {
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at]) put(at, ...map((at % width) + 0.5, Math.floor(at / width) + 0.5))
  }
}

/** The pixels of a polygon whose corners are pixels, those of its outline among them. */
function fillOutline(polygon, width, height) {
  const corners = polygon.map((point) => point.map(Math.floor)),
    pixels = new Uint8Array(width * height)
  paint(pixels, width, height, { polygon: corners.map(([x, y]) => [x + 0.5, y + 0.5]) })
  corners.forEach((corner, i) => drawLine(pixels, width, height, corner, corners[(i + 1) % corners.length]))
  return pixels
}

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

/** A line cut to where its coordinate is from 0 to `last`, its new ends truncated; null where it misses that. */
function clipped(line, axis, last) {
  if (!line) return null
  const [a, b] = line.map((point) => point[axis])
  if (Math.max(a, b) < 0 || Math.min(a, b) > last) return null
  const start = cut(line[0], line[1], axis, last)
  return [start, cut(line[1], start, axis, last)]
}

function cut(point, other, axis, last) {
  const edge = Math.min(Math.max(point[axis], 0), last),
    over = edge - point[axis]
  if (!over) return point
  const way = other[axis] - point[axis]
  return point.map((part, i) => (i === axis ? edge : part + Math.trunc((over * (other[i] - part)) / way)))
}

function isSimple(corners) {
  const count = corners.length,
    at = (i) => corners[i % count]
  const reach = Math.max(...corners.map((c) => (c[0] - at(0)[0]) ** 2 + (c[1] - at(0)[1]) ** 2))
  if (corners.every((c, i) => Math.abs(turn(at(0), at(i + 1), c)) <= FLATNESS * reach)) return false
  for (let i = 0; i < count - 2; i++) {
    for (let j = i + 2; j < count - (i === 0 ? 1 : 0); j++) if (meet(at(i), at(i + 1), at(j), at(j + 1))) return false
  }
  return true
}

function meet(a, b, c, d) {
  for (const axis of [0, 1]) {
    if (
      Math.max(c[axis], d[axis]) < Math.min(a[axis], b[axis]) ||
      Math.min(c[axis], d[axis]) > Math.max(a[axis], b[axis])
    )
      return false
  }
  return turn(a, b, c) * turn(a, b, d) <= 0 && turn(c, d, a) * turn(c, d, b) <= 0
}

function isConvex(corners) {
  const count = corners.length
  const turns = corners.map((corner, i) => turn(corners[(i + count - 1) % count], corner, corners[(i + 1) % count]))
  const sizes = turns.map(Math.abs)
  return (
    turns.every((each) => Math.sign(each) === Math.sign(turns[0])) && Math.min(...sizes) > STRAIGHT * Math.max(...sizes)
  )
}
