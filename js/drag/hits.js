// @ts-check
// What lies under the pointer.
import { ringsOf, targetShape } from './affine.js'
import { segmentDistance } from './simplify.js'

/** @import { Pair, PicturePoint, Pull, PullEnd, Region, RegionEnd, Shape, Stroke } from './types.js' */

/**
 * @typedef {{ index: number, part: PullEnd | 'shaft' }} DragHit
 * @typedef {{ index: number, part: RegionEnd }} RegionHit
 */

/**
 * The drag under a point: its nearest end within reach, else its shaft; or null.
 * @type {(drags: readonly Pull[], point: PicturePoint, reach: number) => DragHit | null}
 */
export function hitDrag(drags, point, reach) {
  /** @type {(DragHit & { distance: number })[]} */
  const ends = drags.flatMap(({ handle, target }, index) => [
    { index, part: 'target', distance: distance(point, target) },
    { index, part: 'handle', distance: distance(point, handle) + 1e-9 }
  ])
  const end = nearest(ends, reach)
  if (end) return end
  return nearest(
    drags.map(({ handle, target }, index) => ({
      index,
      part: /** @type {const} */ ('shaft'),
      distance: segmentDistance(point, handle, target)
    })),
    reach / 2
  )
}

/**
 * The region under a point, the last one drawn first; or null.
 * @type {(regions: readonly Region[], point: PicturePoint) => RegionHit | null}
 */
export function hitRegion(regions, point) {
  for (let index = regions.length - 1; index >= 0; index--) {
    if (inShape(targetShape(regions[index]), point)) return { index, part: 'target' }
    if (inShape(regions[index].source, point)) return { index, part: 'source' }
  }
  return null
}

/**
 * The corner within reach of a point, or -1.
 * @type {(corners: readonly PicturePoint[], point: PicturePoint, reach: number) => number}
 */
export function hitCorner(corners, point, reach) {
  return (
    nearest(
      corners.map((corner, index) => ({ index, distance: distance(point, corner) })),
      reach
    )?.index ?? -1
  )
}

/** Tells whether a point is in a shape. @type {(shape: Shape, point: PicturePoint) => boolean} */
export function inShape(shape, point) {
  if (!shape.brush) return ringsOf(shape).filter((ring) => inPolygon(ring, point)).length % 2 === 1
  let inside = false
  for (const stroke of shape.brush) if (nearStroke(stroke, point)) inside = !stroke.erase
  return inside
}

/** @type {(stroke: Stroke, point: PicturePoint) => boolean} */
function nearStroke({ radius, points }, point) {
  if (points.length === 1) return distance(point, points[0]) <= radius
  return points.some((end, i) => i > 0 && segmentDistance(point, points[i - 1], end) <= radius)
}

/** @type {(corners: readonly PicturePoint[], point: PicturePoint) => boolean} */
function inPolygon(corners, [x, y]) {
  let inside = false
  corners.forEach(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length]
    if (y0 <= y !== y1 <= y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside
  })
  return inside
}

/** @type {<T extends { distance: number }>(items: T[], reach: number) => T | null} */
function nearest(items, reach) {
  const near = items.filter((item) => item.distance <= reach)
  return near.length ? near.reduce((a, b) => (b.distance <= a.distance ? b : a)) : null
}

/** The distance of two points of one kind. @type {<P extends Pair>(a: P, b: P) => number} */
export function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0)
}
