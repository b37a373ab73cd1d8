// @ts-check
// A region under a transform: scaled, turned and moved as a whole, as in core/maps/whole.py.
import { applied, centreOf, linearOf, shapeBounds } from '../drag/affine.js'
import { picturePoint } from '../drag/types.js'

/** @import { Affine, Shape, Size } from '../drag/types.js' */
/** @import { Match } from './map.js' */

const TIE = 1e-6

/**
 * Maps a transformed region back onto itself: a pixel belongs to it where its centre comes from one of the area.
 * @type {(area: Uint8Array, shape: Shape, affine: Affine, size: Size) => Match}
 */
export function matchAffine(area, shape, affine, [width, height]) {
  const centre = centreOf(shape),
    [left, top, right, bottom] = shapeBounds(shape),
    [a, b, c, d] = linearOf(affine),
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
 * The whole numbers around some values, from 0 to a limit.
 * @type {(values: number[], limit: number) => [number, number]}
 */
function range(values, limit) {
  const clamp = (/** @type {number} */ value) => Math.min(Math.max(value, 0), limit)
  return [clamp(Math.floor(Math.min(...values)) - 1), clamp(Math.ceil(Math.max(...values)) + 1)]
}
