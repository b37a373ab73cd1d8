// @ts-check
// A model of some colours: a mixture of Gaussians, found by k-means from far apart colours.

const ROUNDS = 6
const FLOOR = 12 // the least variance in a direction

/**
 * @typedef {object} Part
 * @property {number} share log of its weight, with the Gaussian's own factor
 * @property {number[]} mean
 * @property {number[]} inverse the upper triangle of the inverse covariance
 */

/**
 * A mixture of at most `most` parts for weighted colours of three numbers each.
 * @type {(colours: Float32Array, weights: Float32Array, most: number) => Part[]}
 */
export function mixtureOf(colours, weights, most) {
  const means = spreadOut(colours, weights, most)
  if (!means.length) return []
  const nearest = new Int32Array(weights.length)
  for (let round = 0; round < ROUNDS; round++) {
    assign(colours, weights, means, nearest)
    if (round + 1 < ROUNDS) recentre(colours, weights, means, nearest)
  }
  let total = 0
  for (const weight of weights) total += weight
  return means.map((_, k) => gaussian(colours, weights, nearest, k, total)).filter((part) => part !== null)
}

/**
 * The heaviest colour, then always the one that is far from those taken and heavy.
 * @type {(colours: Float32Array, weights: Float32Array, most: number) => number[][]}
 */
function spreadOut(colours, weights, most) {
  const distances = new Float32Array(weights.length).fill(1)
  /** @type {number[][]} */
  const means = []
  while (means.length < most) {
    let best = -1,
      score = 0
    for (let i = 0; i < weights.length; i++) {
      const here = distances[i] * Math.sqrt(weights[i])
      if (here > score) [best, score] = [i, here]
    }
    if (best < 0) break
    const mean = [0, 1, 2].map((c) => colours[3 * best + c])
    for (let i = 0; i < weights.length; i++) {
      const d = squared(colours, i, mean)
      distances[i] = means.length ? Math.min(distances[i], d) : d
      if (distances[i] < FLOOR) distances[i] = 0
    }
    means.push(mean)
  }
  return means
}

/** @type {(colours: Float32Array, i: number, mean: number[]) => number} */
function squared(colours, i, mean) {
  const l = colours[3 * i] - mean[0],
    a = colours[3 * i + 1] - mean[1],
    b = colours[3 * i + 2] - mean[2]
  return l * l + a * a + b * b
}

/** @type {(colours: Float32Array, weights: Float32Array, means: number[][], nearest: Int32Array) => void} */
function assign(colours, weights, means, nearest) {
  for (let i = 0; i < weights.length; i++) {
    if (!weights[i]) continue
    let least = Infinity
    for (let k = 0; k < means.length; k++) {
      const d = squared(colours, i, means[k])
      if (d < least) [least, nearest[i]] = [d, k]
    }
  }
}

/** @type {(colours: Float32Array, weights: Float32Array, means: number[][], nearest: Int32Array) => void} */
function recentre(colours, weights, means, nearest) {
  const sums = means.map(() => [0, 0, 0, 0])
  for (let i = 0; i < weights.length; i++) {
    const sum = sums[nearest[i]]
    for (let c = 0; c < 3; c++) sum[c] += weights[i] * colours[3 * i + c]
    sum[3] += weights[i]
  }
  sums.forEach((sum, k) => {
    if (sum[3]) means[k] = [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]]
  })
}

/**
 * @param {Float32Array} colours
 * @param {Float32Array} weights
 * @param {Int32Array} nearest
 * @param {number} k
 * @param {number} total
 * @returns {Part | null}
 */
function gaussian(colours, weights, nearest, k, total) {
  let weight = 0
  const mean = [0, 0, 0],
    cov = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < weights.length; i++) {
    if (nearest[i] !== k || !weights[i]) continue
    weight += weights[i]
    for (let c = 0; c < 3; c++) mean[c] += weights[i] * colours[3 * i + c]
  }
  if (!weight) return null
  for (let c = 0; c < 3; c++) mean[c] /= weight
  for (let i = 0; i < weights.length; i++) {
    if (nearest[i] !== k || !weights[i]) continue
    const l = colours[3 * i] - mean[0],
      a = colours[3 * i + 1] - mean[1],
      b = colours[3 * i + 2] - mean[2],
      w = weights[i] / weight
    cov[0] += w * l * l
    cov[1] += w * l * a
    cov[2] += w * l * b
    cov[3] += w * a * a
    cov[4] += w * a * b
    cov[5] += w * b * b
  }
  const [xx, xy, xz, yy, yz, zz] = [cov[0] + FLOOR, cov[1], cov[2], cov[3] + FLOOR, cov[4], cov[5] + FLOOR]
  const minors = [
    yy * zz - yz * yz,
    xz * yz - xy * zz,
    xy * yz - xz * yy,
    xx * zz - xz * xz,
    xy * xz - xx * yz,
    xx * yy - xy * xy
  ]
  const det = xx * minors[0] + xy * minors[1] + xz * minors[2]
  return { share: Math.log(weight / total) - 0.5 * Math.log(det), mean, inverse: minors.map((m) => m / det) }
}

/**
 * The negative logarithm of how likely a colour is, up to a constant that all mixtures share.
 * @type {(parts: Part[], colours: Float32Array, i: number) => number}
 */
export function surprise(parts, colours, i) {
  let best = -Infinity
  for (const { share, mean, inverse: v } of parts) {
    const l = colours[3 * i] - mean[0],
      a = colours[3 * i + 1] - mean[1],
      b = colours[3 * i + 2] - mean[2]
    const d = v[0] * l * l + v[3] * a * a + v[5] * b * b + 2 * (v[1] * l * a + v[2] * l * b + v[4] * a * b)
    best = Math.max(best, share - 0.5 * d)
  }
  return -best
}
