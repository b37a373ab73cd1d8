// @ts-check
// Where the numbers of the drags go, so that they hide neither each other nor the drawing.
import { screenPoint } from '../drag/types.js'

/** @import { ScreenPoint } from '../drag/types.js' */
/** @import { Arrow } from './marks.js' */

const DISTANCE = 15
const WAYS = [0, 0.7, -0.7, 1.4, -1.4, 2.1, -2.1, Math.PI]
const SIZE = 14
const FLATTENED = 0.65

/**
 * For every arrow on the canvas the middle of its number, beside the handle and away from the target if there is room.
 * @type {(arrows: Arrow[], unit: number) => ScreenPoint[]}
 */
export function placeLabels(arrows, unit) {
  const taken = arrows.flatMap(({ handle, target }) => [handle, target, middle(handle, target)])
  /** @type {ScreenPoint[]} */
  const placed = []
  for (const { handle, target } of arrows) {
    const away = Math.atan2(handle[1] - target[1], handle[0] - target[0] || -1e-9)
    const start = handle[0] === target[0] && handle[1] === target[1] ? -Math.PI / 4 : away
    const spots = WAYS.map((turn) => beside(handle, start + turn, DISTANCE * unit))
    const costs = spots.map((spot, i) => crowding(spot, placed, unit) * 2 + crowding(spot, taken, unit) + i * 0.05)
    placed.push(spots[costs.indexOf(Math.min(...costs))])
  }
  return placed
}

/** @type {(spot: ScreenPoint, points: ScreenPoint[], unit: number) => number} */
function crowding(spot, points, unit) {
  const near = points
    .map((p) => Math.hypot((p[0] - spot[0]) * FLATTENED, p[1] - spot[1]))
    .filter((d) => d < SIZE * unit)
  return near.reduce((sum, d) => sum + 1 - d / (SIZE * unit), 0)
}

/** @type {(point: ScreenPoint, angle: number, distance: number) => ScreenPoint} */
function beside([x, y], angle, distance) {
  return screenPoint(x + distance * Math.cos(angle), y + distance * Math.sin(angle))
}

/** @type {(a: ScreenPoint, b: ScreenPoint) => ScreenPoint} */
function middle(a, b) {
  return screenPoint((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
}
