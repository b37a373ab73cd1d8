// Where the numbers of the drags go, so that they hide neither each other nor the drawing.

const DISTANCE = 15
const WAYS = [0, 0.7, -0.7, 1.4, -1.4, 2.1, -2.1, Math.PI]
const SIZE = 14
const FLATTENED = 0.65

/** For every arrow on the canvas the middle of its number, beside the handle and away from the target if there is room. */
export function placeLabels(arrows, unit) {
  const taken = arrows.flatMap(({ handle, target }) => [handle, target, middle(handle, target)])
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

function crowding(spot, points, unit) {
  const near = points
    .map((p) => Math.hypot((p[0] - spot[0]) * FLATTENED, p[1] - spot[1]))
    .filter((d) => d < SIZE * unit)
  return near.reduce((sum, d) => sum + 1 - d / (SIZE * unit), 0)
}

function beside([x, y], angle, distance) {
  return [x + distance * Math.cos(angle), y + distance * Math.sin(angle)]
}

function middle(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
}
