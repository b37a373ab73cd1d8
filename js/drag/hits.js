// What lies under the pointer.
import { targetShape } from './affine.js'
import { segmentDistance } from './simplify.js'

/** The drag under a point: its nearest end within reach, else its shaft; {index, part} or null. */
export function hitDrag(drags, point, reach) {
  const ends = drags.flatMap(({ handle, target }, index) => [
    { index, part: 'target', distance: distance(point, target) },
    { index, part: 'handle', distance: distance(point, handle) + 1e-9 }
  ])
  const end = nearest(ends, reach)
  if (end) return end
  return nearest(
    drags.map((d, index) => ({ index, part: 'shaft', distance: segmentDistance(point, d.handle, d.target) })),
    reach / 2
  )
}

/** The region under a point, the last one drawn first; {index, part} with part 'source' or 'target', or null. */
export function hitRegion(regions, point) {
  for (let index = regions.length - 1; index >= 0; index--) {
    if (inShape(targetShape(regions[index]), point)) return { index, part: 'target' }
    if (inShape(regions[index].source, point)) return { index, part: 'source' }
  }
  return null
}

/** The corner of a polygon within reach of a point, or -1. */
export function hitCorner(polygon, point, reach) {
  return (
    nearest(
      polygon.map((corner, index) => ({ index, distance: distance(point, corner) })),
      reach
    )?.index ?? -1
  )
}

function inShape(shape, point) {
  if (shape.polygon) return inPolygon(shape.polygon, point)
  return shape.brush.reduce((inside, stroke) => (nearStroke(stroke, point) ? !stroke.erase : inside), false)
}

function nearStroke({ radius, points }, point) {
  if (points.length === 1) return distance(point, points[0]) <= radius
  return points.some((end, i) => i && segmentDistance(point, points[i - 1], end) <= radius)
}

function inPolygon(corners, [x, y]) {
  let inside = false
  corners.forEach(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length]
    if (y0 <= y !== y1 <= y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside
  })
  return inside
}

function nearest(items, reach) {
  const near = items.filter((item) => item.distance <= reach)
  return near.length ? near.reduce((a, b) => (b.distance <= a.distance ? b : a)) : null
}

export function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0)
}
