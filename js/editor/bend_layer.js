// @ts-check
// The picture as the drawing bends it: what moves at its new place, and hatched what it has left.
import { scaledTo } from '../drag/affine.js'
import { editableMask } from '../drag/raster.js'
import { flowByPoints } from '../warp/flow.js'
import { PixelMap } from '../warp/map.js'
import { wholeByPoints } from '../warp/whole.js'
import { contextOf } from './elements.js'
import { sampled } from './mask_layer.js'

/** @import { Drag, Size } from '../drag/types.js' */
/** @import { Mask, Picture, Scene } from './view.js' */

const LONGEST = 1024
const COARSEST = 0.4
const [SLOW, FAST] = [14, 6] // milliseconds
const EMPTY = [20, 22, 30, 235]
const STRIPE = [255, 176, 64, 235]
const STRIPES = 56

export class BendLayer {
  constructor() {
    this.canvas = document.createElement('canvas')
    this.detail = 1
    /** @type {unknown[] | null} */
    this.seen = null
    this.spent = 0
    /** @type {number | null} */
    this.usual = null
    /** @type {PixelMap | null} */
    this.map = null
    /** @type {{ image: CanvasImageSource, size: string, data: Uint8ClampedArray } | null} */
    this.copied = null
  }

  /**
   * Brings the layer up to date; coarser while things move, if that is slow. Returns null where nothing moves.
   * @type {(drag: Drag, scene: Scene, moving: boolean) => HTMLCanvasElement | null}
   */
  update(drag, { picture, under, whole }, moving) {
    if (!picture) return null
    const { size, image } = picture,
      most = Math.min(1, LONGEST / Math.max(...size))
    const side = (/** @type {number} */ length) => Math.max(1, Math.round(length * most * (moving ? this.detail : 1)))
    /** @type {[number, number]} */
    const grid = [side(size[0]), side(size[1])]
    const key = [drag.drags, drag.regions, drag.mask, image, under, whole, String(grid)],
      { seen } = this
    if (!seen || key.some((part, i) => part !== seen[i])) {
      this.seen = key
      const start = performance.now()
      this.draw(drag, grid, image, under, whole)
      this.spent = performance.now() - start
      if (moving) this.adapt()
    }
    return this.map?.moves ? this.canvas : null
  }

  /** Finds, from the time that frames take on the whole, how fine they can be. */
  adapt() {
    this.usual = this.usual === null ? SLOW : 0.7 * this.usual + 0.3 * this.spent
    const share = this.usual > SLOW ? Math.sqrt(SLOW / this.usual) : this.usual < FAST ? 1.1 : 1
    this.detail = Math.min(Math.max(this.detail * share, COARSEST), 1)
  }

  /**
   * @type {(drag: Drag, grid: [number, number], image: CanvasImageSource, under: Mask | null, whole: boolean) => void}
   */
  draw(drag, grid, image, under, whole) {
    const scaled = scaledTo(drag, grid),
      mask = editableMask(scaled, grid, under && sampled(under, grid))
    const map = new PixelMap(scaled, grid, mask, whole ? wholeByPoints : flowByPoints)
    this.map = map
    if (!map.moves) return
    const from = this.pixelsOf(image, grid),
      out = new ImageData(...grid)
    copyContent(map, from, out.data)
    hatchVacated(map, out.data)
    Object.assign(this.canvas, { width: grid[0], height: grid[1] })
    contextOf(this.canvas).putImageData(out, 0, 0)
  }

  /**
   * The colours of the picture at the size of the grid.
   * @type {(image: CanvasImageSource, grid: [number, number]) => Uint8ClampedArray}
   */
  pixelsOf(image, grid) {
    if (this.copied?.image === image && this.copied?.size === String(grid)) return this.copied.data
    const context = contextOf(new OffscreenCanvas(...grid), { willReadFrequently: true })
    context.drawImage(image, 0, 0, ...grid)
    this.copied = { image, size: String(grid), data: context.getImageData(0, 0, ...grid).data }
    return this.copied.data
  }
}

/**
 * Lays the content of every target pixel, mixed from the four pixels around the point it comes from.
 * @type {(map: PixelMap, from: Uint8ClampedArray, to: Uint8ClampedArray) => void}
 */
function copyContent({ target, x, y, width, height }, from, to) {
  for (let at = 0; at < target.length; at++) {
    if (!target[at]) continue
    const px = Math.min(Math.max(x[at] - 0.5, 0), width - 1),
      py = Math.min(Math.max(y[at] - 0.5, 0), height - 1)
    const column = Math.floor(px),
      row = Math.floor(py),
      u = px - column,
      v = py - row
    const a = 4 * (row * width + column),
      b = column + 1 < width ? a + 4 : a,
      down = row + 1 < height ? 4 * width : 0
    for (let k = 0; k < 3; k++) {
      const upper = from[a + k] * (1 - u) + from[b + k] * u,
        lower = from[a + down + k] * (1 - u) + from[b + down + k] * u
      to[4 * at + k] = upper * (1 - v) + lower * v
    }
    to[4 * at + 3] = 255
  }
}

/** @type {(map: PixelMap, to: Uint8ClampedArray) => void} */
function hatchVacated({ vacated, width, height }, to) {
  const stripe = Math.max(Math.round(Math.max(width, height) / STRIPES), 3),
    thick = Math.max(stripe / 5, 1)
  for (let at = 0; at < vacated.length; at++) {
    if (!vacated[at]) continue
    const across = ((at % width) + Math.floor(at / width)) % stripe
    to.set(across < thick ? STRIPE : EMPTY, 4 * at)
  }
}
