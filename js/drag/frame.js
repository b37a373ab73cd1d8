// @ts-check
// Where the picture lies on the canvas: x on the canvas = scale * x in the picture + offset.
import { picturePoint, screenPoint } from './types.js'

/** @import { PicturePoint, ScreenPoint, Size } from './types.js' */

/** @typedef {{ readonly scale: number, readonly x: number, readonly y: number }} Frame */

const MARGIN = 14
const LARGEST_SCALE = 40

/** The whole picture in the middle of a canvas. @type {(picture: Size, canvas: Size) => Frame} */
export function fitted([width, height], [canvasWidth, canvasHeight]) {
  const scale = Math.max(Math.min((canvasWidth - 2 * MARGIN) / width, (canvasHeight - 2 * MARGIN) / height), 0.001)
  return { scale, x: (canvasWidth - width * scale) / 2, y: (canvasHeight - height * scale) / 2 }
}

/**
 * Zoomed about a point of the canvas, never smaller than a third of what fits.
 * @type {(frame: Frame, factor: number, point: ScreenPoint, smallest: number) => Frame}
 */
export function zoomed(frame, factor, [x, y], smallest) {
  const scale = Math.min(Math.max(frame.scale * factor, smallest / 3), LARGEST_SCALE)
  const grown = scale / frame.scale
  return { scale, x: x - (x - frame.x) * grown, y: y - (y - frame.y) * grown }
}

/** @type {(frame: Frame, dx: number, dy: number) => Frame} */
export function panned(frame, dx, dy) {
  return { ...frame, x: frame.x + dx, y: frame.y + dy }
}

/** @type {(frame: Frame, point: ScreenPoint) => PicturePoint} */
export function toPicture(frame, [x, y]) {
  return picturePoint((x - frame.x) / frame.scale, (y - frame.y) / frame.scale)
}

/** @type {(frame: Frame, point: PicturePoint) => ScreenPoint} */
export function toCanvas(frame, [x, y]) {
  return screenPoint(x * frame.scale + frame.x, y * frame.scale + frame.y)
}
