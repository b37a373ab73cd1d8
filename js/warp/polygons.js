// Polygons mapped corner to corner, as in core/region_polygon.py and core/triangulation.py.
import { paint } from '../drag/raster.js'
import { affineMap, perspectiveMap } from './matrices.js'

const STRAIGHT = 0.01
const FLATNESS = 1e-6

/** Calls `put` for every pixel of the target; returns the pixels of the source, or null where an outline crosses itself. */
export function mapPolygons(source, target, width, height, put) {
  if (!isSimple(source) || !isSimple(target)) return null
  if (target.length === 4 && isConvex(source) && isConvex(target)) {
    mapPixels(fillOutline(target, width, height), width, perspectiveMap(target, source), put)
  } else if (!mapTriangles(source, target, width, height, put)) return null
  return fillOutline(source, width, height)
}

function mapTriangles(source, target, width, height, put) {
  const triangles = earClip(target)
  for (const corners of triangles ?? []) {
    const [from, to] = [target, source].map((polygon) => corners.map((i) => polygon[i]))
    const [a, b, c, d, e, f] = affineMap(from, to)
    mapPixels(fillOutline(from, width, height), width, (x, y) => [a * x + b * y + c, d * x + e * y + f], put)
  }
  return triangles
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

/** Twice the signed area of a triangle, positive where it turns clockwise on the screen. */
function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
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

/** Triangles, as indices of corners, that make up a simple polygon; null where it has no ear. */
function earClip(corners) {
  let ring = corners.map((_, i) => i)
  const area = corners.reduce((sum, corner, i) => sum + turn(corners[0], corner, corners[(i + 1) % corners.length]), 0)
  if (area < 0) ring.reverse()
  const triangles = []
  while (ring.length > 3) {
    const count = ring.length,
      tip = ring.findIndex((_, k) =>
        isEar(
          ring.map((i) => corners[i]),
          k
        )
      )
    if (tip < 0) return null
    triangles.push([ring[(tip + count - 1) % count], ring[tip], ring[(tip + 1) % count]])
    ring = [...ring.slice(tip + 1), ...ring.slice(0, tip)]
  }
  return [...triangles, ring]
}

function isEar(corners, tip) {
  const count = corners.length,
    before = (tip + count - 1) % count,
    after = (tip + 1) % count
  const [a, b, c] = [corners[before], corners[tip], corners[after]]
  if (turn(a, b, c) <= 0) return false
  return !corners.some(
    (p, i) => ![before, tip, after].includes(i) && turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0
  )
}
