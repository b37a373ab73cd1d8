// @ts-check
// Pictures looked at for the object tool, each once.
import { studied } from '../segment/study.js'
import { contextOf } from './elements.js'

/** @import { Size } from '../drag/types.js' */
/** @import { Study } from '../segment/types.js' */
/** @import { Picture } from './view.js' */

const FINEST = 1024 // the longer side of what outlines are found on
/** @type {WeakMap<HTMLImageElement, Study>} */
const studies = new WeakMap()

/**
 * Looks at a picture as soon as the page is free, so that a stroke that has begun is answered at once.
 * @type {(picture: Picture) => void}
 */
export function lookAhead(picture) {
  if (!studies.has(picture.image)) setTimeout(() => studyOf(picture))
}

/** @type {(picture: Picture) => Study} */
export function studyOf({ image, size }) {
  const known = studies.get(image)
  if (known) return known
  const shrink = Math.min(1, FINEST / Math.max(...size))
  const side = (/** @type {number} */ length) => Math.max(1, Math.round(length * shrink))
  /** @type {Size} */
  const grid = [side(size[0]), side(size[1])]
  const context = contextOf(new OffscreenCanvas(...grid), { willReadFrequently: true })
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, ...grid)
  const study = studied({ data: context.getImageData(0, 0, ...grid).data, size: grid })
  studies.set(image, study)
  return study
}
