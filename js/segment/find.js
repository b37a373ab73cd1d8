// @ts-check
// The thing that strokes mean: colour models of inside and outside, geodesic distance and the cheapest cut, as in
// GrabCut (Rother, Kolmogorov and Blake, 2004) and geodesic matting (Bai and Sapiro, 2007), on cells.
import { connected, distancesFrom, withHolesFilled } from './geodesic.js'
import { scaledBy } from './marks.js'
import { minCut } from './min_cut.js'
import { mixtureOf, surprise } from './mixture.js'
import { refined } from './refine.js'
import { outerWeights, seedsOf, weightsOutside } from './seeds.js'

/** @import { Cells, Marks, Mask, Study } from './types.js' */
/** @import { Seeds } from './seeds.js' */

// how much each part of the evidence counts: what does best on photographs
const ROUNDS = 4
const [COLOURS_IN, COLOURS_OUT] = [4, 6]
const BY_COLOUR = 0.5
const MOST_BY_COLOUR = 4
const BY_WAY = 4
const BY_EDGE = 6
const BY_LENGTH = 0.3
const STEP = 1.5 // what a step to the next cell costs without any contrast
const CERTAIN = 1e9

/** Where the thing is that marks mean, as large as the picture. @type {(study: Study, marks: Marks) => Mask} */
export function found({ cells, shrink, fine }, marks) {
  return refined(fine, cells, cellsInside(cells, seedsOf(cells, scaledBy(marks, 1 / shrink))), shrink)
}

/** One for each cell of the thing. @type {(cells: Cells, seeds: Seeds) => Uint8Array} */
function cellsInside(cells, seeds) {
  const { borders, colours, weights } = cells,
    costs = costsOf(cells),
    own = Uint8Array.from(seeds.known, (known) => Number(known > 0)),
    isStroked = own.includes(1)
  if (!isStroked && !seeds.area) return own
  let isIn = seeds.area ?? own
  let outer = outerWeights(cells, seeds, distancesFrom(own, borders, plainSteps(borders.contrasts)))
  for (let round = 0; round < ROUNDS; round++) {
    const inner = weights.map((weight, k) => weight * isIn[k])
    const leaning = colourLeaning(colours, inner, outer)
    const pull = isStroked ? geodesicPull(cells, own, outer, leaning) : null
    const all = leaning.map((value, k) => value + (pull ? BY_WAY * pull[k] : 0))
    isIn = cut(cells, seeds.known, all, costs)
    if (isStroked) isIn = connected(cells, isIn, own)
    outer = weightsOutside(cells, seeds, isIn)
  }
  return withHolesFilled(cells, isIn)
}

/** @type {(contrasts: Float32Array) => Float32Array} */
function plainSteps(contrasts) {
  return contrasts.map((contrast) => contrast + STEP)
}

/** What it costs to part neighbours: little where the picture changes. @type {(cells: Cells) => Float32Array} */
function costsOf({ borders: { lengths, contrasts } }) {
  const usual = contrasts.reduce((sum, contrast) => sum + contrast * contrast, 0) / (contrasts.length || 1) || 1
  return lengths.map((length, e) => length * (BY_LENGTH + BY_EDGE * Math.exp(-(contrasts[e] ** 2) / (2 * usual))))
}

/**
 * How much likelier each cell's colour is inside than outside, as a logarithm, within bounds.
 * @type {(colours: Float32Array, inner: Float32Array, outer: Float32Array) => Float32Array}
 */
function colourLeaning(colours, inner, outer) {
  const inside = mixtureOf(colours, inner, COLOURS_IN),
    outside = mixtureOf(colours, outer, COLOURS_OUT)
  return inner.map((_, k) => {
    const ratio = BY_COLOUR * (surprise(outside, colours, k) - surprise(inside, colours, k))
    return Math.min(Math.max(ratio, -MOST_BY_COLOUR), MOST_BY_COLOUR)
  })
}

/**
 * How much nearer each cell is to the strokes than to the outside, in -1 ... 1. Ways are long where the picture changes,
 * longer still from a colour of the thing to another.
 * @type {(cells: Cells, own: Uint8Array, outer: Float32Array, leaning: Float32Array) => Float32Array}
 */
function geodesicPull({ borders, rims }, own, outer, leaning) {
  const chance = leaning.map((value) => 1 / (1 + Math.exp(-value)))
  const steps = borders.contrasts.map((contrast, e) => {
    const change = Math.abs(chance[borders.from[e]] - chance[borders.to[e]])
    return STEP + contrast * (0.3 + change) + 12 * change
  })
  const beyond = outer.map((weight, k) => Number(weight > 0 && rims[k] > 0 && leaning[k] < 0))
  const near = distancesFrom(own, borders, steps),
    far = distancesFrom(beyond.includes(1) ? beyond : outer, borders, steps)
  return near.map((way, k) => (way + far[k] > 0 && far[k] < Infinity ? (far[k] - way) / (far[k] + way) : 1))
}

/** @type {(cells: Cells, known: Int8Array, leaning: Float32Array, costs: Float32Array) => Uint8Array} */
function cut({ borders: { from, to }, weights, count }, known, leaning, costs) {
  const inside = new Float64Array(count),
    outside = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const tie = known[k] ? known[k] * CERTAIN : leaning[k] * Math.sqrt(weights[k])
    if (tie > 0) inside[k] = tie
    else outside[k] = -tie
  }
  return minCut({ inside, outside, from, to, costs })
}
