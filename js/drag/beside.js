// @ts-check
// Drags beside regions, as in core/grid/beside.py.
import { targetShape } from './affine.js'
import { filledParts } from './outlines.js'
import { rasterise } from './raster.js'

/** @import { Region, Size } from './types.js' */

/**
 * The parts of the mask, holes filled, that no source or target of a region touches; without regions the mask itself.
 * @type {(mask: Uint8Array, regions: readonly Region[], size: Size) => Uint8Array}
 */
export function maskBesideRegions(mask, regions, size) {
  if (!regions.length) return mask
  const [first] = filledParts(mask, size),
    touched = new Set([0])
  if (!first) return mask
  for (const shape of regions.flatMap((region) => [region.source, targetShape(region)])) {
    rasterise(shape, size).forEach((pixel, at) => pixel && touched.add(first.numbers[at]))
  }
  return Uint8Array.from(first.numbers, (number) => Number(!touched.has(number)))
}
