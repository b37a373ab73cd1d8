// @ts-check
// What marks mean as a shape of the instruction.
import { boxOf } from '../drag/outlines.js'
import { picturePoint } from '../drag/types.js'
import { vectorise } from '../drag/vectorise.js'
import { found } from './find.js'
import { scaledBy } from './marks.js'

/** @import { Corners, Shape, Size } from '../drag/types.js' */
/** @import { Marks, Mask, Study } from './types.js' */

/**
 * The shape of the thing that marks mean, all in pixels of a picture of this size; null where there is nothing.
 * @type {(study: Study, marks: Marks, size: Size) => Shape | null}
 */
export function taken(study, marks, size) {
  const shrunk = study.fine.size[0] / size[0]
  return shapeOf(found(study, scaledBy(marks, shrunk)), 1 / shrunk)
}

/**
 * A mask as a shape, that many times as large; one outline alone is a polygon. Null where nothing is set.
 * @type {(mask: Mask, by?: number) => Shape | null}
 */
export function shapeOf({ pixels, size }, by = 1) {
  const box = boxOf(pixels, ...size)
  if (!box) return null
  const [left, top, right, bottom] = box,
    rows = Array.from({ length: bottom - top }, (_, y) => (y + top) * size[0]),
    part = new Uint8Array((right - left) * rows.length)
  rows.forEach((row, y) => part.set(pixels.subarray(row + left, row + right), y * (right - left)))
  const shape = vectorise(part, [right - left, rows.length])
  if (!shape) return null
  const outlines = shape.outlines.map((ring) => placed(ring, left, top, by))
  return outlines.length === 1 ? { polygon: outlines[0] } : { outlines }
}

/** @type {(ring: Corners, left: number, top: number, by: number) => Corners} */
function placed(ring, left, top, by) {
  const tenth = (/** @type {number} */ value) => Math.round(value * by * 10) / 10
  return ring.map(([x, y]) => picturePoint(tenth(x + left), tenth(y + top)))
}
