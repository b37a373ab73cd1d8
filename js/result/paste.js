// @ts-check
// What is sampled of a part of the picture, where it was cut out.
import { contextOf } from '../editor/elements.js'

/** @import { Box } from '../drag/types.js' */
/** @import { Preview } from './types.js' */

const LARGEST = 1024

/**
 * A picture with a part laid over a box of it, in pixels of the picture; as large as a preview needs to be.
 * @type {(picture: Preview, part: Preview, box: Box) => Preview}
 */
export function pasted({ image, size }, part, [left, top, width, height]) {
  const scale = Math.min(1, LARGEST / Math.max(...size)),
    [w, h] = size.map((side) => Math.max(Math.round(side * scale), 1))
  const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h }),
    context = contextOf(canvas)
  context.drawImage(image, 0, 0, w, h)
  context.drawImage(part.image, left * scale, top * scale, width * scale, height * scale)
  return { image: canvas, size: [w, h] }
}
