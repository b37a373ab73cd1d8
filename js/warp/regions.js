// @ts-check
// Which rule moves which region, as in core/maps/regions.py.
import { isIdentity } from '../drag/affine.js'
import { imageOf } from '../drag/images.js'
import { rasterise } from '../drag/raster.js'
import { matchAffine, matchImage } from './whole.js'
import { maskBesideRegions } from '../drag/beside.js'
import { bendByPoints, flowByPoints } from './flow.js'
import { matchPolygons } from './polygons.js'
import { matchRowsAndColumns } from './rows_and_columns.js'

/** @import { Drag, Mapped, Pull, Region, Size, Transformed } from '../drag/types.js' */
/** @import { Match, ByPoints } from './map.js' */

/**
 * Maps the parts of the mask that drags move, then every region; a shape that cannot be mapped moves nothing. With
 * nothing painted the picture bends around the drags.
 * @type {(drag: Drag, size: Size, mask: Uint8Array | null, byPoints?: ByPoints) => Generator<Match>}
 */
export function* matchSpec({ drags, regions }, size, mask, byPoints = flowByPoints) {
  if (!mask && !regions.length && byPoints === flowByPoints) return yield* bendByPoints(drags, size)
  if (mask && drags.length) {
    const beside = maskBesideRegions(mask, regions, size)
    for (const match of byPoints(beside, drags, size)) yield { ...match, free: true }
  }
  for (const region of regions) yield* matchRegion(region, drags, size, byPoints)
}

/** @type {(region: Region, drags: readonly Pull[], size: Size, byPoints: ByPoints) => Generator<Match>} */
function* matchRegion(region, drags, size, byPoints) {
  if (region.affine) return yield* matchTransformed(region, drags, size, byPoints)
  const match = matchShapes(region, size)
  if (match) yield match
}

/** @type {(region: Mapped, size: Size) => Match | null} */
function matchShapes({ source, target }, size) {
  if (source.polygon && target.polygon && source.polygon.length === target.polygon.length)
    return matchPolygons(source.polygon, target.polygon, size)
  const back = imageOf(target, source),
    [area, landing] = [rasterise(source, size), rasterise(target, size)]
  return back ? matchImage(back, area, landing, size) : matchRowsAndColumns(area, landing, size)
}

/**
 * Maps a region by its transform, or by the drags in it where the transform leaves it in place.
 * @type {(region: Transformed, drags: readonly Pull[], size: Size, byPoints: ByPoints) => Generator<Match>}
 */
function* matchTransformed({ source, affine }, drags, size, byPoints) {
  const area = rasterise(source, size),
    flowing = isIdentity(affine) ? [...byPoints(area, drags, size)] : []
  if (flowing.length) yield* flowing
  else yield matchAffine(area, source, affine, size)
}
