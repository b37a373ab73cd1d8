// @ts-check
// The mask as a shade over the picture: what may not change is darkened and hatched, the edge is drawn.
import { editableMask, paintStroke } from '../drag/raster.js'
import { scaledTo } from '../drag/affine.js'
import { picturePoint } from '../drag/types.js'
import { contextOf } from './elements.js'

/** @import { Drag, Size, Stroke } from '../drag/types.js' */
/** @import { Mask } from './view.js' */

const LONGEST = 1024
const [SHADE, HATCH, EDGE] = [
  [8, 10, 16, 150],
  [92, 98, 112, 140],
  [255, 255, 255, 190]
].map(asWord)
const STRIPES = 48

export class MaskLayer {
  constructor() {
    this.canvas = document.createElement('canvas')
    /** @type {{ mask: Drag['mask'], under: Mask | null, size: Size } | null} */
    this.seen = null
    this.painted = 0
    /** @type {[number, number]} */
    this.size = [1, 1]
    /** @type {Uint8Array | null} */
    this.pixels = null
  }

  /** Lets the next update draw everything again. */
  forget() {
    this.seen = null
    this.painted = 0
  }

  /**
   * Brings the shade up to date; `line` is a stroke in progress. Returns null where all may change.
   * @type {(drag: Drag, size: Size, under: Mask | null, line: Stroke | null) => HTMLCanvasElement | null}
   */
  update(drag, size, under, line) {
    const fresh =
      !this.seen || this.seen.mask !== drag.mask || this.seen.under !== under || String(this.seen.size) !== String(size)
    if (fresh || (!line && this.painted)) this.restart(drag, size, under)
    if (line) this.extend(line, size)
    return this.pixels ? this.canvas : null
  }

  /** @type {(drag: Drag, size: Size, under: Mask | null) => void} */
  restart(drag, size, under) {
    this.seen = { mask: drag.mask, under, size }
    this.painted = 0
    const shrink = Math.min(1, LONGEST / Math.max(...size))
    const side = (/** @type {number} */ length) => Math.max(1, Math.round(length * shrink))
    this.size = [side(size[0]), side(size[1])]
    this.pixels = editableMask(scaledTo({ ...drag, size }, this.size), this.size, under && sampled(under, this.size))
    if (this.pixels) this.shade(0, this.size[1])
  }

  /** Paints the part of a stroke that is new since the last update. @type {(line: Stroke, size: Size) => void} */
  extend(line, size) {
    const [width, height] = this.size,
      grown = width / size[0]
    this.pixels ??= new Uint8Array(width * height)
    const points = line.points.map(([x, y]) => picturePoint(x * grown, y * grown)),
      radius = line.radius * grown
    const from = Math.max(this.painted - 1, 0),
      rows = points.slice(from).map((point) => point[1])
    paintStroke(this.pixels, width, height, { radius, points, erase: line.erase }, from)
    const whole = !this.painted
    this.painted = points.length
    if (whole) this.shade(0, height)
    else
      this.shade(
        Math.max(Math.floor(Math.min(...rows) - radius) - 2, 0),
        Math.min(Math.ceil(Math.max(...rows) + radius) + 2, height)
      )
  }

  /** @type {(top: number, bottom: number) => void} */
  shade(top, bottom) {
    const [width, height] = this.size
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height })
    if (bottom <= top) return
    const image = new ImageData(width, bottom - top),
      words = new Uint32Array(image.data.buffer)
    const stripe = Math.max(Math.round(Math.max(width, height) / STRIPES), 4)
    for (let row = top, at = 0; row < bottom; row++) {
      for (let column = 0; column < width; column++) words[at++] = this.colourAt(column, row, stripe)
    }
    contextOf(this.canvas).putImageData(image, 0, top)
  }

  /** @type {(column: number, row: number, stripe: number) => number} */
  colourAt(column, row, stripe) {
    const [width, height] = this.size,
      at = row * width + column,
      { pixels } = this
    if (!pixels?.[at]) return (column + row) % stripe ? SHADE : HATCH
    const outside =
      (column > 0 && !pixels[at - 1]) ||
      (column + 1 < width && !pixels[at + 1]) ||
      (row > 0 && !pixels[at - width]) ||
      (row + 1 < height && !pixels[at + width])
    return outside ? EDGE : 0
  }
}

/** A mask at the pixel centres of another size. @type {(mask: Mask, size: Size) => Uint8Array} */
export function sampled({ pixels, size: [width, height] }, [newWidth, newHeight]) {
  if (width === newWidth && height === newHeight) return pixels
  const out = new Uint8Array(newWidth * newHeight)
  for (let row = 0; row < newHeight; row++) {
    const from = Math.floor(((row + 0.5) * height) / newHeight) * width
    for (let column = 0; column < newWidth; column++) {
      out[row * newWidth + column] = pixels[from + Math.floor(((column + 0.5) * width) / newWidth)]
    }
  }
  return out
}

/** A colour as one word of a picture's data. @type {(colour: number[]) => number} */
function asWord(colour) {
  return new Uint32Array(Uint8ClampedArray.from(colour).buffer)[0]
}
