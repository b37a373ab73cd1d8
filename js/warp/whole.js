// @ts-check
// A thing as a whole: by its transform, as its target shows it, or by the drags in it, as in core/maps/whole.py.
import { applied, centreOf, linearOf, shapeBounds } from '../drag/affine.js'
import { imagePoint } from '../drag/images.js'
import { partsHolding } from '../drag/outlines.js'
import { picturePoint } from '../drag/types.js'

/** @import { Image } from '../drag/images.js' */
/** @import { Affine, Box, Pair, PicturePoint, Pull, Shape, Size } from '../drag/types.js' */
/** @import { Match } from './map.js' */

/**
 * The move, turn and scale that bring handles onto their targets as closely as may be, by least squares.
 * @typedef {object} Similarity
 * @property {Pair} factor of the turn and the scale, a complex number
 * @property {PicturePoint} start the middle of the handles
 * @property {PicturePoint} end that of the targets
 * @property {number} misfit what is left, as a share of how far the handles lie from each other
 */

const TIE = 1e-6
const LARGEST_MISFIT = 0.2
const SMALLEST_SCALE = 0.05

/**
 * Moves every connected part of a region as one thing by the drags whose handles lie in it; parts without one stay out
 * of it. Where its drags do not agree on one move, each takes along what is nearest to it.
 * @type {(region: Uint8Array, drags: readonly Pull[], size: Size) => Generator<Match>}
 */
export function* wholeByPoints(region, drags, size) {
  for (const { part, held } of partsHolding(region, drags, size)) {
    const area = part.pixels(),
      similarity = similarityOf(held)
    if (movesOneThing(similarity)) yield moved(area, part.box, similarity, size)
    else yield* torn(area, part.box, held, size)
  }
}

/** @type {(drags: readonly Pull[]) => Similarity} */
function similarityOf(drags) {
  const start = middleOf(drags.map(({ handle }) => handle)),
    end = middleOf(drags.map(({ target }) => target))
  const pairs = drags.map(({ handle: [x, y], target: [u, v] }) => [x - start[0], y - start[1], u - end[0], v - end[1]])
  const sum = (/** @type {(pair: number[]) => number} */ of) => pairs.reduce((total, pair) => total + of(pair), 0)
  const spread = sum(([x, y]) => x * x + y * y)
  if (!spread) return { factor: [1, 0], start, end, misfit: Math.sqrt(sum(([, , u, v]) => u * u + v * v)) }
  const a = sum(([x, y, u, v]) => x * u + y * v) / spread,
    b = sum(([x, y, u, v]) => x * v - y * u) / spread
  const left = sum(([x, y, u, v]) => (u - a * x + b * y) ** 2 + (v - b * x - a * y) ** 2)
  return { factor: [a, b], start, end, misfit: Math.sqrt(left / spread) }
}

/** @type {(points: PicturePoint[]) => PicturePoint} */
function middleOf(points) {
  const [x, y] = points.reduce(([a, b], [c, d]) => picturePoint(a + c, b + d))
  return picturePoint(x / points.length, y / points.length)
}

/** @type {(similarity: Similarity) => boolean} */
function movesOneThing({ factor, misfit }) {
  return misfit <= LARGEST_MISFIT && Math.hypot(...factor) >= SMALLEST_SCALE
}

/** Maps a part by a similarity. @type {(area: Uint8Array, box: Box, fit: Similarity, size: Size) => Match} */
function moved(area, box, { factor: [a, b], start, end }, size) {
  const scale = Math.hypot(a, b),
    rotate = (Math.atan2(b, a) * 180) / Math.PI
  /** @type {Affine} */
  const affine = { move: [end[0] - start[0], end[1] - start[1]], scale: [scale, scale], rotate }
  return matchAbout(area, box, start, affine, size)
}

/**
 * Maps each pixel of a part by the drag of its nearest handle, the first one on top.
 * @type {(area: Uint8Array, box: Box, drags: readonly Pull[], size: Size) => Generator<Match>}
 */
function* torn(area, [left, top, right, bottom], drags, size) {
  const pieces = drags.map(() => new Uint8Array(area.length))
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * size[0] + column
      if (area[at]) pieces[nearestHandle(column + 0.5, row + 0.5, drags)][at] = 1
    }
  }
  for (let i = drags.length - 1; i >= 0; i--) {
    if (pieces[i].includes(1)) yield moved(pieces[i], [left, top, right, bottom], similarityOf([drags[i]]), size)
  }
}

/** The number of the drag whose handle is nearest. @type {(x: number, y: number, drags: readonly Pull[]) => number} */
function nearestHandle(x, y, drags) {
  const distances = drags.map(({ handle }) => (x - handle[0]) ** 2 + (y - handle[1]) ** 2)
  return distances.indexOf(Math.min(...distances))
}

/**
 * Maps a transformed region back onto itself: a pixel belongs to it where its centre comes from one of the area.
 * @type {(area: Uint8Array, shape: Shape, affine: Affine, size: Size) => Match}
 */
export function matchAffine(area, shape, affine, size) {
  return matchAbout(area, shapeBounds(shape), centreOf(shape), affine, size)
}

/**
 * The same for an area in a box, by a transform about any centre.
 * @type {(area: Uint8Array, box: Box, centre: PicturePoint, affine: Affine, size: Size) => Match}
 */
function matchAbout(area, [left, top, right, bottom], centre, affine, [width, height]) {
  const [a, b, c, d] = linearOf(affine),
    growth = a * d - b * c
  const box = [left, right].flatMap((x) => [picturePoint(x, top), picturePoint(x, bottom)])
  const corners = box.map((corner) => applied(affine, corner, centre))
  const [x0, x1] = range(
      corners.map((corner) => corner[0]),
      width
    ),
    [y0, y1] = range(
      corners.map((corner) => corner[1]),
      height
    )
  return {
    area,
    lay(put) {
      for (let row = y0; row < y1; row++) {
        for (let column = x0; column < x1; column++) {
          const x = column + 0.5 - centre[0] - affine.move[0],
            y = row + 0.5 - centre[1] - affine.move[1]
          const fromX = (d * x - b * y) / growth + centre[0],
            fromY = (a * y - c * x) / growth + centre[1]
          const fromColumn = Math.floor(fromX + TIE),
            fromRow = Math.floor(fromY + TIE)
          const inside = fromColumn >= 0 && fromRow >= 0 && fromColumn < width && fromRow < height
          if (inside && area[fromRow * width + fromColumn]) put(row * width + column, fromX, fromY)
        }
      }
    }
  }
}

/**
 * Maps pixels by what leads from where they land to where their content comes from.
 * @type {(back: Image, area: Uint8Array, landing: Uint8Array, size: Size) => Match}
 */
export function matchImage(back, area, landing, [width]) {
  return {
    area,
    lay(put) {
      for (let at = 0; at < landing.length; at++) {
        if (!landing[at]) continue
        const [x, y] = imagePoint(back, picturePoint((at % width) + 0.5, Math.floor(at / width) + 0.5))
        put(at, Math.fround(x), Math.fround(y))
      }
    }
  }
}

/**
 * The whole numbers around some values, from 0 to a limit.
 * @type {(values: number[], limit: number) => [number, number]}
 */
function range(values, limit) {
  const clamp = (/** @type {number} */ value) => Math.min(Math.max(value, 0), limit)
  return [clamp(Math.floor(Math.min(...values)) - 1), clamp(Math.ceil(Math.max(...values)) + 1)]
}
