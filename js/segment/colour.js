// @ts-check
// Colours as the eye tells them apart: CIE L*a*b*, from tables.

const LEVELS = 4096
const LINEAR = Float32Array.from({ length: 256 }, (_, i) => linear(i / 255))
const ROOTS = Float32Array.from({ length: LEVELS + 2 }, (_, i) => root(i / LEVELS))

/** @type {(value: number) => number} */
function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

/** @type {(value: number) => number} */
function root(value) {
  return value > 216 / 24389 ? Math.cbrt(value) : (24389 / 27) * (value / 116) + 16 / 116
}

/** @type {(value: number) => number} */
function rootOf(value) {
  const at = Math.min(Math.max(value, 0), 1) * LEVELS,
    below = Math.floor(at)
  return ROOTS[below] + (ROOTS[below + 1] - ROOTS[below]) * (at - below)
}

/**
 * Writes L*, a* and b* of the colour at an offset of a picture's data.
 * @type {(data: Uint8ClampedArray, from: number, out: Float32Array, to: number) => void}
 */
export function labAt(data, from, out, to) {
  const r = LINEAR[data[from]],
    g = LINEAR[data[from + 1]],
    b = LINEAR[data[from + 2]]
  const x = rootOf(0.4339 * r + 0.3762 * g + 0.1899 * b),
    y = rootOf(0.2126 * r + 0.7152 * g + 0.0722 * b),
    z = rootOf(0.0178 * r + 0.1094 * g + 0.8729 * b)
  out[to] = 116 * y - 16
  out[to + 1] = 500 * (x - y)
  out[to + 2] = 200 * (y - z)
}

/** The colours of a picture, three numbers a pixel. @type {(data: Uint8ClampedArray) => Float32Array} */
export function labOf(data) {
  const out = new Float32Array((data.length / 4) * 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) labAt(data, from, out, to)
  return out
}
