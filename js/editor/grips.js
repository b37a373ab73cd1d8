// @ts-check
// What a region is pulled by, drawn.
import { COLOURS, PAPER, RIM, drawDisc, strokeTwice } from './marks.js'

/** @import { ScreenPoint } from '../drag/types.js' */
/** @import { Pen } from './marks.js' */
/** @import { CornerGrip, FrameGrip } from './regions.js' */

/** @typedef {(Omit<FrameGrip, 'point'> | Omit<CornerGrip, 'point'>) & { point: ScreenPoint }} ShownGrip */

/**
 * What a selected region is pulled by: squares to scale, a disc to turn, discs on corners of its shapes.
 * @type {(context: Pen, grips: ShownGrip[], unit: number) => void}
 */
export function drawGrips(context, grips, unit) {
  context.save()
  drawFrame(context, grips, unit)
  for (const { side, end, point } of grips) {
    if (end) drawRimmed(context, point, 4 * unit, COLOURS[end])
    else if (side === 'turn') drawRimmed(context, point, 5.5 * unit, COLOURS.chosen)
    else drawSquare(context, point, 5 * unit)
  }
  context.restore()
}

/**
 * The frame of a region, and the line to what turns it.
 * @type {(context: Pen, grips: ShownGrip[], unit: number) => void}
 */
function drawFrame(context, grips, unit) {
  const places = new Map(grips.map(({ side, point }) => [side, point.join(' ')]))
  if (!places.has('turn')) return
  const frame = /** @type {const} */ (['nw', 'ne', 'se', 'sw']).map((side) => places.get(side))
  const path = new Path2D(`M${frame.join('L')}ZM${places.get('n')}L${places.get('turn')}`)
  strokeTwice(context, path, PAPER, false, unit)
}

/** @type {(context: Pen, point: ScreenPoint, radius: number, colour: string) => void} */
function drawRimmed(context, point, radius, colour) {
  drawDisc(context, point, radius + 1, RIM)
  drawDisc(context, point, radius, PAPER)
  drawDisc(context, point, radius * 0.65, colour)
}

/** @type {(context: Pen, point: ScreenPoint, half: number) => void} */
function drawSquare(context, [x, y], half) {
  context.fillStyle = RIM
  context.fillRect(x - half - 1, y - half - 1, 2 * half + 2, 2 * half + 2)
  context.fillStyle = PAPER
  context.fillRect(x - half, y - half, 2 * half, 2 * half)
}
