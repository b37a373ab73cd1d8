// @ts-check
// A part that flows with the drags in it, or the picture that bends around them, as in core/maps/flow.py.
import { partsHolding } from '../drag/outlines.js'
import { rasterise } from '../drag/raster.js'
import { shifted, spread } from './points.js'
import { affineMap } from './polygons.js'
import { coveredPixels, signedArea } from '../mesh/triangles.js'

/** @import { Box, Pair, Pull, Size } from '../drag/types.js' */
/** @import { Match, Put } from './map.js' */
/** @import { Move } from './points.js' */
/** @import { Matrix } from './polygons.js' */
/** @import { Triangle } from '../mesh/triangles.js' */

/** @typedef {(x: number, y: number) => Pair} Landed where a point goes */

const MOST_MESHES = 1200
const LARGEST_CORRECTION = 3
const FLATTEST = 1e-6
const REACH = 2.5
const SMALLEST = 1 / 6

/**
 * Moves every connected part of a region by all drags whose handle lies in it; parts without one stay out of it.
 * @type {(region: Uint8Array, drags: readonly Pull[], size: Size) => Generator<Match>}
 */
export function* flowByPoints(region, drags, size) {
  for (const { part, held } of partsHolding(region, drags, size)) {
    const area = part.pixels(),
      moves = spread(held).map(moveOf)
    yield { area, lay: (put) => flow(area, part.box, moves, size, put, (x, y) => shifted(x, y, moves)) }
  }
}

/**
 * Bends the picture around every drag; those that hold their place do so within the circles of others.
 * @type {(drags: readonly Pull[], size: Size) => Generator<Match>}
 */
export function* bendByPoints(drags, size) {
  const shorter = Math.min(...size)
  const brush = drags.map((drag) => ({ radius: bendRadius(moveOf(drag), shorter), points: [drag.handle] }))
  const circles = brush.filter(({ radius }) => radius > 0)
  if (!circles.length) return
  for (const { part, held } of partsHolding(rasterise({ brush: circles }, size), drags, size)) {
    const area = part.pixels(),
      moves = spread(held).map(moveOf),
      landed = bent(moves, shorter)
    yield { area, lay: (put) => flow(area, part.box, moves, size, put, landed) }
  }
}

/** The radius of the circle around a move, 0 for none. @type {(move: Move, shorter: number) => number} */
function bendRadius([, , dx, dy], shorter) {
  const length = Math.hypot(dx, dy)
  return length ? Math.max(REACH * length, SMALLEST * shorter) : 0
}

/**
 * Where points go: their flow, times one less the product of what each circle leaves still.
 * @type {(moves: readonly Move[], shorter: number) => (x: number, y: number) => Pair}
 */
function bent(moves, shorter) {
  const radii = moves.map((move) => bendRadius(move, shorter))
  return (x, y) => {
    let still = 1
    moves.forEach(([hx, hy], i) => {
      if (!radii[i]) return
      const near = 1 - Math.min(((x - hx) * (x - hx) + (y - hy) * (y - hy)) / radii[i] ** 2, 1)
      still *= 1 - near * near
    })
    const [toX, toY] = still < 1 ? shifted(x, y, moves) : [x, y]
    return [x + (1 - still) * (toX - x), y + (1 - still) * (toY - y)]
  }
}

/**
 * Finds where the content of every pixel of a part comes from: by a mesh that flows, then more closely.
 * @type {(area: Uint8Array, box: Box, moves: readonly Move[], size: Size, put: Put, landed: Landed) => void}
 */
function flow(area, box, moves, [width, height], put, landed) {
  for (const start of ordered(mesh(area, box, width, height), moves)) {
    const [a, b, c] = start.map(([x, y]) => landed(x, y))
    /** @type {Triangle} */
    const end = [a, b, c]
    if (Math.abs(signedArea(end)) <= FLATTEST) continue
    const matrix = affineMap(end, start)
    coveredPixels(end, width, height, (column, row) => {
      const [fromX, fromY] = closer(matrix, column + 0.5, row + 0.5, landed)
      const fromColumn = Math.floor(fromX),
        fromRow = Math.floor(fromY)
      const inside = fromColumn >= 0 && fromRow >= 0 && fromColumn < width && fromRow < height
      if (inside && area[fromRow * width + fromColumn]) put(row * width + column, fromX, fromY)
    })
  }
}

/** @type {(drag: Pull) => Move} */
function moveOf({ handle: [x, y], target }) {
  return [x, y, target[0] - x, target[1] - y]
}

/**
 * Triangles of equal size that cover a part, two to a square.
 * @type {(area: Uint8Array, box: Box, width: number, height: number) => Triangle[]}
 */
function mesh(area, [left, top, right, bottom], width, height) {
  const side = Math.max(1, Math.ceil(Math.sqrt(((right - left) * (bottom - top)) / MOST_MESHES)))
  /** @type {Triangle[]} */
  const triangles = []
  for (let y = top; y < bottom; y += side) {
    for (let x = left; x < right; x += side) {
      if (!touches(area, width, height, x, y, side)) continue
      /** @type {Pair[]} */
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

/** @type {(area: Uint8Array, width: number, height: number, x: number, y: number, side: number) => boolean} */
function touches(area, width, height, x, y, side) {
  for (let row = y; row < Math.min(y + side, height); row++) {
    for (let column = x; column < Math.min(x + side, width); column++) if (area[row * width + column]) return true
  }
  return false
}

/**
 * The triangles nearest to a handle come last, and so lie on top where the flow folds.
 * @type {(triangles: Triangle[], moves: readonly Move[]) => Triangle[]}
 */
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

/**
 * The point that lands on a goal: by the triangle's map, corrected by how far that misses.
 * @type {(matrix: Matrix, x: number, y: number, landed: Landed) => Pair}
 */
function closer([a, b, c, d, e, f], x, y, landed) {
  const px = a * x + b * y + c,
    py = d * x + e * y + f
  const [lx, ly] = landed(px, py),
    mx = x - lx,
    my = y - ly
  return [px + bounded(a * mx + b * my), py + bounded(d * mx + e * my)]
}

/** @type {(step: number) => number} */
function bounded(step) {
  return Math.min(Math.max(step, -LARGEST_CORRECTION), LARGEST_CORRECTION)
}
