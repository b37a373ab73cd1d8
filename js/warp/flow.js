// A part that flows with the drags in it, by the method of core/maps/flow.py.
import { affineMap } from './matrices.js'

const EPS = 1e-6
const MOST_HANDLES = 100
const MOST_MESHES = 1200
const LARGEST_CORRECTION = 3
const FLATTEST = 1e-6

/** Calls `put(at, x, y)` for every pixel that gets content of a part: its index, and the point it comes from. */
export function flow(part, drags, width, height, put) {
  const moves = spread(drags).map(({ handle: [x, y], target }) => [x, y, target[0] - x, target[1] - y])
  for (const start of ordered(mesh(part, width, height), moves)) {
    const end = start.map(([x, y]) => landed(x, y, moves))
    if (Math.abs(signedArea(end)) > FLATTEST)
      fillTriangle(end, affineMap(end, start), moves, part.pixels, width, height, put)
  }
}

/** Evenly spaced items, all of them or as many as count. */
function spread(items) {
  const count = Math.min(items.length, MOST_HANDLES),
    step = (items.length - 1) / Math.max(count - 1, 1)
  return Array.from({ length: count }, (_, i) => items[Math.trunc(i * step)])
}

/** Where a point goes: the moves weighted by the inverse of the distance to their handles, to the power 1.5. */
function landed(x, y, moves) {
  let sum = 0,
    dx = 0,
    dy = 0
  for (const [hx, hy, mx, my] of moves) {
    const distance = Math.sqrt((x - hx) * (x - hx) + (y - hy) * (y - hy))
    const weight = 1 / (distance * Math.sqrt(distance) + EPS)
    sum += weight
    dx += weight * mx
    dy += weight * my
  }
  return [x + dx / sum, y + dy / sum]
}

/** Triangles of equal size that cover a part, two to a square. */
function mesh({ pixels, box: [left, top, right, bottom] }, width, height) {
  const side = Math.max(1, Math.ceil(Math.sqrt(((right - left) * (bottom - top)) / MOST_MESHES))),
    triangles = []
  for (let y = top; y < bottom; y += side) {
    for (let x = left; x < right; x += side) {
      if (!touches(pixels, width, height, x, y, side)) continue
      const [a, b, c, d] = [
        [x, y],
        [x + side, y],
        [x + side, y + side],
        [x, y + side]
      ]
      triangles.push([a, b, c], [a, c, d])
    }
  }
  return triangles
}

function touches(pixels, width, height, x, y, side) {
  for (let row = y; row < Math.min(y + side, height); row++) {
    for (let column = x; column < Math.min(x + side, width); column++) if (pixels[row * width + column]) return true
  }
  return false
}

/** The triangles nearest to a handle come last, and so lie on top where the flow folds. */
function ordered(triangles, moves) {
  const far = triangles.map(([a, b, c]) => {
    const x = (a[0] + b[0] + c[0]) / 3,
      y = (a[1] + b[1] + c[1]) / 3
    return Math.min(...moves.map(([hx, hy]) => Math.hypot(x - hx, y - hy)))
  })
  return triangles
    .map((_, i) => i)
    .sort((i, j) => far[j] - far[i] || i - j)
    .map((i) => triangles[i])
}

function signedArea([a, b, c]) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

function fillTriangle(end, matrix, moves, pixels, width, height, put) {
  const xs = end.map((p) => p[0]),
    ys = end.map((p) => p[1]),
    [p, q, r] = sidesOf(end)
  const left = clamp(Math.ceil(Math.min(...xs) - 0.5), width),
    top = clamp(Math.ceil(Math.min(...ys) - 0.5), height)
  const right = clamp(Math.floor(Math.max(...xs) + 0.5), width),
    bottom = clamp(Math.floor(Math.max(...ys) + 0.5), height)
  for (let row = top; row < bottom; row++) {
    const y = row + 0.5
    for (let column = left; column < right; column++) {
      const x = column + 0.5
      if (p[0] * x + p[1] * y + p[2] < 0 || q[0] * x + q[1] * y + q[2] < 0 || r[0] * x + r[1] * y + r[2] < 0) continue
      const [fromX, fromY] = closer(matrix, x, y, moves)
      const fromColumn = Math.floor(fromX),
        fromRow = Math.floor(fromY)
      const inside = fromColumn >= 0 && fromRow >= 0 && fromColumn < width && fromRow < height
      if (inside && pixels[fromRow * width + fromColumn]) put(row * width + column, fromX, fromY)
    }
  }
}

/** The sides of a triangle as half planes that hold it, with a little slack. */
function sidesOf(corners) {
  const sign = Math.sign(signedArea(corners))
  const sides = corners.map(([x, y], i) => [corners[(i + 1) % 3][0] - x, corners[(i + 1) % 3][1] - y])
  const slack = FLATTEST * Math.max(...sides.flat().map(Math.abs))
  return sides.map(([dx, dy], i) => {
    const across = -sign * dy,
      down = sign * dx
    return [across, down, slack - (across * corners[i][0] + down * corners[i][1])]
  })
}

/** The point that lands on a goal: by the triangle's map, corrected by how far that misses. */
function closer([a, b, c, d, e, f], x, y, moves) {
  const px = a * x + b * y + c,
    py = d * x + e * y + f
  const [lx, ly] = landed(px, py, moves),
    mx = x - lx,
    my = y - ly
  return [px + bounded(a * mx + b * my), py + bounded(d * mx + e * my)]
}

function bounded(step) {
  return Math.min(Math.max(step, -LARGEST_CORRECTION), LARGEST_CORRECTION)
}

function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit)
}
