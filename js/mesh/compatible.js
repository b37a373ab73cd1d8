// @ts-check
// Two simple polygons cut into triangles that correspond, as in core/mesh/compatible.py.
import { turn } from './triangulation.js'

/** @import { Pair } from '../drag/types.js' */
/** @import { Triangle } from './triangles.js' */

/**
 * @typedef {{ target: Triangle, source: Triangle }} Piece a triangle that tiles the target, and what it comes from
 * @typedef {{ corners: readonly Pair[], area: number }} Outline a polygon with twice its area
 * @typedef {readonly [number, number, number]} Corners of a triangle, by their numbers
 */

const FLATTEST = 1e-9
const MOST_DISTORTION = 1e6
const INVALID = 1e12
const UNWANTED = 1e3

/**
 * Triangles that tile the target, corner onto corner; null where a polygon has none.
 * @type {(source: readonly Pair[], target: readonly Pair[]) => Piece[] | null}
 */
export function compatiblePieces(source, target) {
  const from = outlineOf(source),
    to = outlineOf(target),
    common = bestTriangles(from, to, INVALID, INVALID)
  if (tile(from, common) && tile(to, common))
    return common.map((ends) => ({ target: between(target, ends), source: between(source, ends) }))
  const ofSource = bestTriangles(from, to, INVALID, UNWANTED),
    ofTarget = bestTriangles(from, to, UNWANTED, INVALID)
  if (!tile(from, ofSource) || !tile(to, ofTarget)) return null
  return throughConvex(from, to, ofSource, ofTarget)
}

/** @type {(corners: readonly Pair[]) => Outline} */
function outlineOf(corners) {
  return { corners, area: areaOf(corners) }
}

/** @type {(corners: readonly Pair[]) => number} */
function areaOf(corners) {
  return corners.reduce((sum, corner, i) => sum + turn(corners[0], corner, corners[(i + 1) % corners.length]), 0)
}

/** The triangle between corners of these numbers. @type {(corners: readonly Pair[], ends: Corners) => Triangle} */
function between(corners, [i, j, k]) {
  return [corners[i], corners[j], corners[k]]
}

/**
 * Whether triangles between the corners all lie inside, and so tile it.
 * @type {(outline: Outline, triangles: Corners[]) => boolean}
 */
function tile({ corners, area }, triangles) {
  return triangles.every((ends) => turn(...between(corners, ends)) / area > FLATTEST)
}

/**
 * The triangles between the corners whose costs are least in all, by dynamic programming over chains of corners.
 * @type {(source: Outline, target: Outline, sourceCost: number, targetCost: number) => Corners[]}
 */
function bestTriangles(source, target, sourceCost, targetCost) {
  const count = target.corners.length,
    costs = new Float64Array(count * count),
    choice = new Int32Array(count * count)
  for (let length = 2; length < count; length++) {
    for (let start = 0; start + length < count; start++) {
      const end = start + length
      let least = Infinity
      for (let tip = start + 1; tip < end; tip++) {
        const own = triangleCost(source, target, [start, tip, end], sourceCost, targetCost),
          cost = own + (costs[start * count + tip] + costs[tip * count + end])
        if (cost < least) {
          least = cost
          choice[start * count + end] = tip
        }
      }
      costs[start * count + end] = least
    }
  }
  return chosenTriangles(choice, count)
}

/**
 * The triangles of all corners by the best tip of each chain.
 * @type {(choice: Int32Array, count: number) => Corners[]}
 */
function chosenTriangles(choice, count) {
  /** @type {Corners[]} */
  const triangles = [],
    chains = [[0, count - 1]]
  for (let chain = chains.pop(); chain; chain = chains.pop()) {
    const [start, end] = chain
    if (end - start < 2) continue
    const tip = choice[start * count + end]
    triangles.push([start, tip, end])
    chains.push([start, tip], [tip, end])
  }
  return triangles
}

/**
 * How unevenly a triangle is stretched, weighted by its share of the areas, and more where it lies outside.
 * @type {(source: Outline, target: Outline, ends: Corners, sourceCost: number, targetCost: number) => number}
 */
function triangleCost(source, target, [i, j, k], sourceCost, targetCost) {
  const [a, b, c] = [target.corners[i], target.corners[j], target.corners[k]],
    [p, q, r] = [source.corners[i], source.corners[j], source.corners[k]],
    share = turn(a, b, c) / target.area,
    sourceShare = turn(p, q, r) / source.area
  const stretch = dot(a, b, c) * dot(r, q, q) + dot(b, a, c) * dot(p, r, r) + dot(c, a, b) * dot(q, p, p),
    uneven = Math.abs(stretch / (share * sourceShare * target.area * source.area)),
    weighted = uneven * Math.abs(share + sourceShare)
  const cost = weighted < MOST_DISTORTION ? weighted : MOST_DISTORTION
  return cost + sourceCost * Number(sourceShare <= FLATTEST) + targetCost * Number(share <= FLATTEST)
}

/** The product of the ways from one point to two others. @type {(from: Pair, a: Pair, b: Pair) => number} */
function dot(from, a, b) {
  return (a[0] - from[0]) * (b[0] - from[0]) + (a[1] - from[1]) * (b[1] - from[1])
}

/**
 * The map from triangles of the target over a regular polygon to those of the source, cut where they meet.
 * @type {(source: Outline, target: Outline, ofSource: Corners[], ofTarget: Corners[]) => Piece[]}
 */
function throughConvex(source, target, ofSource, ofTarget) {
  const count = target.corners.length,
    angles = target.corners.map((_, i) => (2 * Math.PI * i) / count),
    regular = angles.map((angle) => /** @type {Pair} */ ([Math.cos(angle), Math.sin(angle)]))
  /** @type {Piece[]} */
  const pieces = []
  for (const there of ofTarget) {
    for (const here of ofSource) {
      const overlap = clipped(between(regular, there), between(regular, here))
      if (!overlap.length || areaOf(overlap) <= FLATTEST) continue
      const to = overlap.map((point) => carried(point, between(regular, there), between(target.corners, there))),
        from = overlap.map((point) => carried(point, between(regular, here), between(source.corners, here)))
      for (let k = 1; k + 1 < overlap.length; k++)
        pieces.push({ target: [to[0], to[k], to[k + 1]], source: [from[0], from[k], from[k + 1]] })
    }
  }
  return pieces
}

/**
 * A point carried along with the corners of a triangle that goes to another.
 * @type {(point: Pair, start: Triangle, end: Triangle) => Pair}
 */
function carried(point, [a, b, c], [p, q, r]) {
  const second = turn(a, point, c) / turn(a, b, c),
    third = turn(a, b, point) / turn(a, b, c)
  const along = (/** @type {0 | 1} */ axis) => p[axis] + second * (q[axis] - p[axis]) + third * (r[axis] - p[axis])
  return [along(0), along(1)]
}

/**
 * What of a convex polygon lies in a clockwise triangle.
 * @type {(polygon: readonly Pair[], triangle: Triangle) => readonly Pair[]}
 */
function clipped(polygon, triangle) {
  triangle.forEach((start, side) => {
    const end = triangle[(side + 1) % 3],
      depths = polygon.map((point) => turn(start, end, point))
    /** @type {Pair[]} */
    const kept = []
    polygon.forEach((here, i) => {
      const next = polygon[(i + 1) % polygon.length],
        [depth, after] = [depths[i], depths[(i + 1) % polygon.length]],
        share = depth / (depth - after)
      if (depth >= 0) kept.push(here)
      if (depth * after < 0) kept.push([here[0] + (next[0] - here[0]) * share, here[1] + (next[1] - here[1]) * share])
    })
    polygon = kept
  })
  return polygon
}
