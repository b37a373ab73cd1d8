// @ts-check
// Where the frame of a region lies, how it is pulled by its squares and turned, and how the region follows it.
import { applied, centreOf, linearOf, mapShape, shapeBounds } from './affine.js'
import { setAffine, setTarget } from './edits.js'
import { imageOf, imagePoint } from './images.js'
import { picturePoint } from './types.js'

/** @import { Affine, Drag, Pair, PicturePoint, Region, Shape } from './types.js' */

/**
 * A parallelogram: its middle, and the ways from there to the middles of its right and lower sides.
 * @typedef {{ readonly middle: PicturePoint, readonly x: Pair, readonly y: Pair }} Placement
 *
 * @typedef {object} Hold how a frame is pulled by a square
 * @property {boolean} [straight] a side goes along its own way alone
 * @property {boolean} [freely] a corner changes width and height apart
 * @property {boolean} [central] the middle stays, not the opposite side or corner
 */

const SMALLEST = 0.02
const RIGHT = 1e-3 // of an angle in radians, that a rectangle may lean

/** A point by its shares of the half sides. @type {(placement: Placement, at: Pair) => PicturePoint} */
export function placeAt({ middle, x, y }, [u, v]) {
  return picturePoint(middle[0] + u * x[0] + v * y[0], middle[1] + u * x[1] + v * y[1])
}

/** The shares of the half sides at which a point lies. @type {(placement: Placement, point: PicturePoint) => Pair} */
export function sharesAt({ middle, x, y }, point) {
  const off = wayBetween(middle, point),
    area = cross(x, y)
  return [cross(off, y) / area, cross(x, off) / area]
}

/** Where a shape lies as it is. @type {(shape: Shape) => Placement} */
export function boxPlacement(shape) {
  const [left, top, right, bottom] = shapeBounds(shape)
  return { middle: centreOf(shape), x: [(right - left) / 2 || 1, 0], y: [0, (bottom - top) / 2 || 1] }
}

/**
 * Where the target of a region lies; null where it is no image of the source.
 * @type {(region: Region) => Placement | null}
 */
export function placementOf({ source, target, affine }) {
  const box = boxPlacement(source)
  if (affine) return imagePlacement(box, (point) => applied(affine, point, box.middle))
  const image = imageOf(source, target)
  return image && imagePlacement(box, (point) => imagePoint(image, point))
}

/** @type {(box: Placement, to: (point: PicturePoint) => PicturePoint) => Placement} */
function imagePlacement(box, to) {
  const middle = to(box.middle)
  return {
    middle,
    x: wayBetween(middle, to(placeAt(box, [1, 0]))),
    y: wayBetween(middle, to(placeAt(box, [0, 1])))
  }
}

/**
 * A frame pulled by a square until that lies at a point; the opposite side or corner stays. A side takes along what lies
 * between in proportion, so that it stretches and leans; a corner scales both ways alike.
 * @type {(placement: Placement, square: Pair, point: PicturePoint, hold?: Hold) => Placement}
 */
export function pulledBySquare(placement, square, point, { straight, freely, central } = {}) {
  const { x, y } = placement,
    [stayX, stayY] = square.map((part) => (central ? 0 : -part)),
    [spanX, spanY] = [square[0] - stayX, square[1] - stayY],
    stays = placeAt(placement, [stayX, stayY])
  const [u, v] = sharesAt({ ...placement, middle: stays }, point)
  /** @type {[x: Pair, y: Pair]} */
  let sides
  if (!spanY) sides = [combined(x, bounded(u / spanX), y, straight ? 0 : v / spanX), y]
  else if (!spanX) sides = [x, combined(y, bounded(v / spanY), x, straight ? 0 : u / spanY)]
  else if (freely) sides = [scaled(x, bounded(u / spanX)), scaled(y, bounded(v / spanY))]
  else {
    const grown = Math.max(grownTo(wayBetween(stays, placeAt(placement, square)), wayBetween(stays, point)), SMALLEST)
    sides = [scaled(x, grown), scaled(y, grown)]
  }
  const middle = placeAt({ middle: stays, x: sides[0], y: sides[1] }, [-stayX, -stayY])
  return { middle, x: sides[0], y: sides[1] }
}

/** A frame turned about its middle, clockwise. @type {(placement: Placement, degrees: number) => Placement} */
export function turnedBy({ middle, x, y }, degrees) {
  const [a, b, c, d] = linearOf({ scale: [1, 1], rotate: degrees })
  const turn = (/** @type {Pair} */ way) => /** @type {Pair} */ ([a * way[0] + b * way[1], c * way[0] + d * way[1]])
  return { middle, x: turn(x), y: turn(y) }
}

/**
 * Lays the target of a region in a frame: by a transform, or as a shape of its own where the frame leans.
 * @param {Drag} drag
 * @param {number} index
 * @param {Placement} placement
 * @param {number} [degrees] near which the transform turns, where it could also mirror
 * @returns {Drag}
 */
export function setPlacement(drag, index, placement, degrees = drag.regions[index].affine?.rotate ?? 0) {
  const { source } = drag.regions[index],
    box = boxPlacement(source),
    { x, y } = placement
  if (Math.abs(x[0] * y[0] + x[1] * y[1]) <= RIGHT * Math.hypot(...x) * Math.hypot(...y))
    return setAffine(drag, index, affineBetween(box, placement, degrees))
  const growth = Math.sqrt(Math.abs(cross(x, y) / cross(box.x, box.y)))
  return setTarget(
    drag,
    index,
    mapShape(source, (point) => placeAt(placement, sharesAt(box, point)), growth)
  )
}

/** @type {(box: Placement, goal: Placement, degrees: number) => Affine} */
function affineBetween(box, { middle, x, y }, degrees) {
  const angle = (Math.atan2(x[1], x[0]) * 180) / Math.PI,
    back = Math.abs(wrapped(angle - degrees)) > 90 ? -1 : 1,
    width = (back * Math.hypot(...x)) / box.x[0],
    height = cross(x, y) / cross(box.x, box.y) / width
  return {
    move: [rounded(middle[0] - box.middle[0], 100), rounded(middle[1] - box.middle[1], 100)],
    scale: [rounded(bounded(width), 1e4), rounded(bounded(height), 1e4)],
    rotate: rounded(wrapped(back < 0 ? angle + 180 : angle), 100)
  }
}

/** An angle from -180 to 180 degrees. @type {(angle: number) => number} */
export function wrapped(angle) {
  return ((((angle + 180) % 360) + 360) % 360) - 180
}

/** How long a way is along another, as a share of that. @type {(way: Pair, other: Pair) => number} */
function grownTo(way, other) {
  return (way[0] * other[0] + way[1] * other[1]) / (way[0] ** 2 + way[1] ** 2)
}

/** @type {(a: Pair, factor: number, b: Pair, share: number) => Pair} */
function combined(a, factor, b, share) {
  return [factor * a[0] + share * b[0], factor * a[1] + share * b[1]]
}

/** @type {(way: Pair, factor: number) => Pair} */
function scaled([x, y], factor) {
  return [factor * x, factor * y]
}

/** @type {(a: Pair, b: Pair) => number} */
function cross(a, b) {
  return a[0] * b[1] - a[1] * b[0]
}

/** @type {(from: PicturePoint, to: PicturePoint) => Pair} */
function wayBetween(from, to) {
  return [to[0] - from[0], to[1] - from[1]]
}

/** A scale that is not too small, either way. @type {(scale: number) => number} */
function bounded(scale) {
  return Math.max(Math.abs(scale), SMALLEST) * (scale < 0 ? -1 : 1)
}

/** @type {(value: number, parts: number) => number} */
function rounded(value, parts) {
  return Math.round(value * parts) / parts || 0
}
