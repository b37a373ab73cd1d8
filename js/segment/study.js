// @ts-check
// A picture looked at once, so that every stroke on it is answered at once: a reduced copy, and its cells.
import { divide } from './cells.js'
import { labOf } from './colour.js'

/** @import { Raster, Study } from './types.js' */

const WORKED_ON = 384 // the longer side of the reduced copy
const CELL = 8 // pixels across, there

/** @type {(fine: Raster) => Study} */
export function studied(fine) {
  const shrink = Math.max(1, Math.ceil(Math.max(...fine.size) / WORKED_ON)),
    small = reduced(fine, shrink)
  return { fine, shrink, cells: divide(labOf(small.data), small.size, CELL) }
}

/**
 * A picture a whole number of times smaller, each pixel the mean of a square.
 * @type {(fine: Raster, by: number) => Raster}
 */
function reduced({ data, size: [width, height] }, by) {
  if (by === 1) return { data, size: [width, height] }
  const columns = Math.ceil(width / by),
    rows = Math.ceil(height / by),
    out = new Uint8ClampedArray(4 * columns * rows)
  for (let row = 0, to = 0; row < rows; row++) {
    const bottom = Math.min((row + 1) * by, height)
    for (let column = 0; column < columns; column++, to += 4) {
      const right = Math.min((column + 1) * by, width)
      let r = 0,
        g = 0,
        b = 0
      for (let y = row * by; y < bottom; y++) {
        for (let x = column * by; x < right; x++) {
          const at = 4 * (y * width + x)
          r += data[at]
          g += data[at + 1]
          b += data[at + 2]
        }
      }
      const area = (bottom - row * by) * (right - column * by)
      out[to] = r / area
      out[to + 1] = g / area
      out[to + 2] = b / area
      out[to + 3] = 255
    }
  }
  return { data: out, size: [columns, rows] }
}
