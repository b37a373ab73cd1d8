// @ts-check
// A stroke on a thing and where it is pulled to, as an instruction: what a hand does with the object tool.
import { shiftedPoint } from '../drag/affine.js'
import { bendShare, bentBySide } from '../drag/bend.js'
import { addRegion, moveRegion } from '../drag/edits.js'
import { boxPlacement, placeAt, placementOf, pulledBySquare, setPlacement, sharesAt } from '../drag/placement.js'
import { emptyDrag } from '../drag/read.js'
import { writeDrag } from '../drag/write.js'
import { NO_MARKS, withLine } from './marks.js'
import { studied } from './study.js'
import { taken } from './take.js'

/** @import { Placement } from '../drag/placement.js' */
/** @import { Drag, Pair, Pull, Stroke } from '../drag/types.js' */
/** @import { Raster } from './types.js' */

const MIDDLE = 0.75 // of the half frame; beyond it a thing is held by its end

/**
 * A thing stroked over, and what is done with it.
 * @typedef {object} Handled
 * @property {Stroke[]} strokes on it, or the first around it
 * @property {Pull[]} pulls of it as a whole, or of its frame
 * @property {Pull[]} bends pulls of an end of it, by which it bends
 */

/**
 * The instruction by which things go where they are pulled, and bend; those of which nothing is found are left out.
 * @type {(picture: Raster, things: Handled[]) => Record<string, unknown>}
 */
export function instructionOf(picture, things) {
  const study = studied(picture)
  /** @type {Drag} */
  let drag = { ...emptyDrag(), size: picture.size }
  for (const { strokes, pulls, bends } of things) {
    const shape = taken(study, strokes.reduce(withLine, NO_MARKS), picture.size)
    if (!shape) continue
    const index = drag.regions.length
    drag = pulls.reduce((before, pull) => pulled(before, index, pull), addRegion(drag, shape))
    drag = bends.reduce((before, pull) => bent(before, index, pull), drag)
  }
  return writeDrag(drag)
}

/**
 * A thing pulled by a point where it now is: near an end of it by that side of its frame, and elsewhere as a whole.
 * @type {(drag: Drag, index: number, pull: Pull) => Drag}
 */
function pulled(drag, index, { handle, target }) {
  const placement = placementOf(drag.regions[index]),
    [dx, dy] = [target[0] - handle[0], target[1] - handle[1]]
  if (!placement) return drag
  const at = sharesAt(placement, handle),
    side = sideNear(placement, at)
  if (!side) return moveRegion(drag, index, 'target', dx, dy)
  const share = (1 + side[0] * at[0] + side[1] * at[1]) / 2 // of the way of the side, that the handle goes with it
  const goal = shiftedPoint(placeAt(placement, side), dx / share, dy / share)
  return setPlacement(drag, index, pulledBySquare(placement, side, goal))
}

/**
 * A thing that bends by a point near an end of it.
 * @type {(drag: Drag, index: number, pull: Pull) => Drag}
 */
function bent(drag, index, { handle, target }) {
  const placement = boxPlacement(drag.regions[index].source),
    at = sharesAt(placement, handle),
    side = sideNear(placement, at),
    share = side ? bendShare(at, side) : 0
  if (!side || !share) return drag
  return bentBySide(drag, index, side, [(target[0] - handle[0]) / share, (target[1] - handle[1]) / share])
}

/**
 * The side of a frame that a point is near, at a corner that at the end of the longer way; null in the middle.
 * @type {(placement: Placement, at: Pair) => Pair | null}
 */
function sideNear({ x, y }, [u, v]) {
  const across = Math.abs(u) >= MIDDLE,
    down = Math.abs(v) >= MIDDLE
  if (across && (!down || Math.hypot(...x) >= Math.hypot(...y))) return [Math.sign(u), 0]
  return down ? [0, Math.sign(v)] : null
}
