// @ts-check
// Where the content of every pixel comes from when an instruction is carried out, as in core/maps/map.py.
import { matchSpec } from './regions.js'

/** @import { Drag, Pull, Size } from '../drag/types.js' */

/** @typedef {(at: number, x: number, y: number) => void} Put takes a pixel by its index, and where that comes from */

/**
 * Where a region comes from and goes to.
 * @typedef {object} Match
 * @property {Uint8Array} area the source region as a whole
 * @property {(put: Put) => void} lay calls `put` for every pixel that receives content, later calls on top
 * @property {boolean} [free] moves by drags beside the regions, so the mask does not limit where it lands
 */

/**
 * The rule by which drags move an area of pixels.
 * @typedef {(area: Uint8Array, drags: readonly Pull[], size: Size) => Generator<Match>} ByPoints
 */

/** The map of an instruction at a picture's size; `mask` is its editable area in bytes, or null. */
export class PixelMap {
  /**
   * @param {Drag} drag
   * @param {Size} size
   * @param {Uint8Array | null} mask
   * @param {ByPoints} [byPoints]
   */
  constructor(drag, size, mask, byPoints) {
    const [width, height] = size,
      count = width * height
    this.width = width
    this.height = height
    this.target = new Uint8Array(count)
    this.source = new Uint8Array(count)
    this.free = new Uint8Array(count)
    this.x = new Float32Array(count)
    this.y = new Float32Array(count)
    /** @type {Float64Array | undefined} */
    this.xs = undefined
    /** @type {Float64Array | undefined} */
    this.ys = undefined
    for (const match of matchSpec(drag, size, mask, byPoints)) this.add(match)
    const limit = drag.regions.length ? mask : null
    if (limit) this.limit(limit)
    this.vacated = this.findVacated(limit)
  }

  /** @type {(mask: Uint8Array | null) => Uint8Array} */
  findVacated(mask) {
    const { source, target } = this,
      vacated = new Uint8Array(source.length)
    for (let at = 0; at < source.length; at++) vacated[at] = source[at] && !target[at] && (!mask || mask[at]) ? 1 : 0
    return vacated
  }

  /** Whether anything moves. */
  get moves() {
    return this.target.includes(1) || this.source.includes(1)
  }

  /**
   * Lays one region on top; one that leaves everything in place counts as neither source nor target.
   * @type {(match: Match) => void}
   */
  add({ area, lay, free }) {
    const { width, height, x: mapX, y: mapY } = this,
      got = new Uint8Array(mapX.length)
    const xs = (this.xs ??= new Float64Array(mapX.length)),
      ys = (this.ys ??= new Float64Array(mapX.length))
    lay((at, x, y) => {
      got[at] = 1
      xs[at] = x
      ys[at] = y
    })
    const counts = Number(!stays(got, xs, ys, width))
    for (let at = 0; at < got.length; at++) {
      if (area[at] && counts) this.source[at] = 1
      if (!got[at]) continue
      this.target[at] = counts
      if (free) this.free[at] = counts
      if (!counts) this.source[at] = 0
      mapX[at] = Math.min(Math.max(xs[at], 0), width)
      mapY[at] = Math.min(Math.max(ys[at], 0), height)
    }
  }

  /** @type {(mask: Uint8Array) => void} */
  limit(mask) {
    for (let at = 0; at < mask.length; at++) if (!mask[at] && !this.free[at]) this.target[at] = 0
  }
}

/**
 * Tells whether pixels got their own content, and there are any.
 * @type {(got: Uint8Array, xs: Float64Array, ys: Float64Array, width: number) => boolean}
 */
function stays(got, xs, ys, width) {
  for (let at = got.indexOf(1); at >= 0 && at < got.length; at++) {
    if (got[at] && (xs[at] !== (at % width) + 0.5 || ys[at] !== Math.floor(at / width) + 0.5)) return false
  }
  return got.includes(1)
}
