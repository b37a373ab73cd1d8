// @ts-check
// A stroke on a thing and where it is pulled to, as an instruction: what a hand does with the object tool.
import { centreOf, linearOf } from '../drag/affine.js'
import { addRegion, setAffine } from '../drag/edits.js'
import { emptyDrag } from '../drag/read.js'
import { writeDrag } from '../drag/write.js'
import { NO_MARKS, withLine } from './marks.js'
import { studied } from './study.js'
import { taken } from './take.js'

/** @import { Affine, Drag, PicturePoint, Pull, Shape, Stroke } from '../drag/types.js' */
/** @import { Raster } from './types.js' */

/** @typedef {{ stroke: Stroke, pulls: Pull[] }} Handled a thing stroked over, and pulled at one or more points */

/**
 * The instruction by which things go where they are pulled; those of which nothing is found are left out.
 * @type {(picture: Raster, things: Handled[]) => Record<string, unknown>}
 */
export function instructionOf(picture, things) {
  const study = studied(picture)
  /** @type {Drag} */
  let drag = { ...emptyDrag(), size: picture.size }
  for (const { stroke, pulls } of things) {
    const shape = taken(study, withLine(NO_MARKS, stroke), picture.size)
    if (shape) drag = setAffine(addRegion(drag, shape), drag.regions.length, affineOf(shape, pulls))
  }
  return writeDrag(drag)
}

/**
 * The move, turn and one scale of a shape that bring the first handles to their targets; of one alone, a move.
 * @type {(shape: Shape, pulls: Pull[]) => Affine}
 */
function affineOf(shape, [first, second = first]) {
  const before = wayBetween(first.handle, second.handle),
    after = wayBetween(first.target, second.target),
    length = Math.hypot(...before)
  const scale = length ? Math.hypot(...after) / length : 1,
    angle = length ? Math.atan2(after[1], after[0]) - Math.atan2(before[1], before[0]) : 0
  const turn = { scale: /** @type {const} */ ([scale, scale]), rotate: (angle * 180) / Math.PI }
  const [a, b, c, d] = linearOf(turn),
    [x, y] = wayBetween(centreOf(shape), first.handle),
    [dx, dy] = wayBetween(first.handle, first.target)
  return { ...turn, move: [dx + x - a * x - b * y, dy + y - c * x - d * y] }
}

/** @type {(from: PicturePoint, to: PicturePoint) => [number, number]} */
function wayBetween(from, to) {
  return [to[0] - from[0], to[1] - from[1]]
}
