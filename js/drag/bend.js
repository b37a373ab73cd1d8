// @ts-check
// A region bent by a side of its frame: the side goes, the middle and the opposite side stay, and what lies between
// follows a parabola.
import { targetShape } from './affine.js'
import { setShape, setTarget } from './edits.js'
import { boxPlacement, placeAt, sharesAt } from './placement.js'
import { picturePoint } from './types.js'

/** @import { Corners, Drag, Pair, PicturePoint, Region, Shape, Stroke } from './types.js' */

/** @typedef {(source: PicturePoint, target: PicturePoint) => PicturePoint} Mapping of a point and of where it has gone */

const TERMS = 5
const FEWEST = TERMS + 1 // points that no parabolas fit by chance
const MISFIT = 0.25 // pixels, that points may be off, as they are rounded
const PARTS = 8 // of a stroke of few points, so that it can bend
const NOTHING = 1e-9 // of a factor that other factors make up for, as those of points on a line

/**
 * Bends a region, whose target is an image of its source or bent already, so that the middle of a side goes a way.
 * @type {(drag: Drag, index: number, side: Pair, way: Pair) => Drag}
 */
export function bentBySide(drag, index, side, way) {
  const region = finer(drag.regions[index]),
    box = boxPlacement(region.source)
  const bent = followed(region.source, targetShape(region), (source, [x, y]) => {
    const share = bendShare(sharesAt(box, source), side)
    return picturePoint(x + share * way[0], y + share * way[1])
  })
  return setTarget(setShape(drag, index, 'source', region.source), index, bent)
}

/** The same region, its strokes with points enough to bend. @type {(region: Region) => Region} */
function finer(region) {
  const { source, target } = region
  if (!source.brush || linesOf(source).flat().length >= FEWEST) return region
  const own = { ...source, brush: source.brush.map(divided) }
  return target?.brush ? { source: own, target: { ...target, brush: target.brush.map(divided) } } : { ...region, source: own }
}

/** @type {(stroke: Stroke) => Stroke} */
function divided(stroke) {
  const parts = Math.ceil(PARTS / Math.max(stroke.points.length - 1, 1))
  const points = stroke.points.flatMap((to, i, { [i - 1]: from }) =>
    from ? Array.from({ length: parts }, (_, k) => between(from, to, (k + 1) / parts)) : [to]
  )
  return { ...stroke, points }
}

/** @type {(from: PicturePoint, to: PicturePoint, share: number) => PicturePoint} */
function between(from, to, share) {
  return picturePoint(from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1]))
}

/** How far a point at shares of the half sides goes with a side. @type {(at: Pair, side: Pair) => number} */
export function bendShare([u, v], side) {
  const along = u * side[0] + v * side[1]
  return (along * (along + 1)) / 2
}

/**
 * Where a point at shares of the half sides of a source has gone, whose target was bent; null for any other target.
 * @type {(region: Region, at: Pair) => PicturePoint | null}
 */
export function bentPoint({ source, target }, at) {
  if (!target || String(linesOf(source).map(countOf)) !== String(linesOf(target).map(countOf))) return null
  const box = boxPlacement(source),
    points = linesOf(source).flat(),
    rows = points.map((point) => termsOf(sharesAt(box, point))),
    ways = linesOf(target)
      .flat()
      .map(([x, y], i) => [x - points[i][0], y - points[i][1]])
  if (rows.length < FEWEST) return null
  const [x, y] = [0, 1].map((axis) => fitted(rows, ways.map((way) => way[axis])))
  const misfits = rows.map((row, i) => Math.hypot(sumOf(row, x) - ways[i][0], sumOf(row, y) - ways[i][1]))
  if (Math.max(...misfits) > MISFIT) return null
  const from = placeAt(box, at)
  return picturePoint(from[0] + sumOf(termsOf(at), x), from[1] + sumOf(termsOf(at), y))
}

/** What the way of a bent point is made of. @type {(at: Pair) => number[]} */
function termsOf([u, v]) {
  return [1, u, v, u * u, v * v]
}

/** The factors of least squares, by Gauss and Jordan. @type {(rows: number[][], goals: number[]) => number[]} */
function fitted(rows, goals) {
  const system = rows[0].map((_, i) => [
    ...rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[i] * row[k], 0)),
    rows.reduce((sum, row, n) => sum + row[i] * goals[n], 0)
  ])
  for (let i = 0; i < TERMS; i++) {
    const pivot = Math.abs(system[i][i]) > NOTHING ? system[i][i] : Infinity
    system[i] = system[i].map((value) => value / pivot)
    for (let k = 0; k < TERMS; k++) {
      const factor = system[k][i]
      if (k !== i) system[k] = system[k].map((value, n) => value - factor * system[i][n])
    }
  }
  return system.map((row) => row[TERMS])
}

/** @type {(terms: number[], factors: number[]) => number} */
function sumOf(terms, factors) {
  return terms.reduce((sum, term, i) => sum + term * factors[i], 0)
}

/** A target whose points are mapped with those of its source. @type {(source: Shape, target: Shape, to: Mapping) => Shape} */
function followed(source, target, to) {
  const lines = linesOf(source),
    line = (/** @type {Corners} */ points, /** @type {number} */ i) => points.map((point, k) => to(lines[i][k], point))
  if (target.polygon) return { ...target, polygon: line(target.polygon, 0) }
  if (target.outlines) return { ...target, outlines: target.outlines.map(line) }
  return { ...target, brush: target.brush.map((stroke, i) => ({ ...stroke, points: line(stroke.points, i) })) }
}

/** @type {(shape: Shape) => readonly Corners[]} */
function linesOf({ polygon, outlines, brush }) {
  return polygon ? [polygon] : (outlines ?? brush.map((stroke) => stroke.points))
}

/** @type {(line: readonly unknown[]) => number} */
function countOf(line) {
  return line.length
}
