// @ts-check
// Writes a drag instruction small and stable, as core/instruction/form.py does.

/** @import { Affine, Drag, Pair, Region, Shape, Stroke } from './types.js' */

const LARGEST_NUMBER = 1e9

/**
 * The JSON object of an instruction, its keys always in the same order. Coordinates to a hundredth of a pixel, to a
 * millionth where they are fractions of the picture (size [1, 1]); what was written is read and written again as it is.
 * @type {(drag: Drag) => Record<string, unknown>}
 */
export function writeDrag({ version, size, drags, regions, mask }) {
  const write = writer(size && size[0] === 1 && size[1] === 1 ? 6 : 2)
  return {
    version,
    ...(size ? { size: [...size] } : {}),
    drags: drags.map(({ handle, target }) => ({ handle: write.point(handle), target: write.point(target) })),
    regions: regions.map(write.region),
    mask: mask.map(write.shape)
  }
}

/** Functions that write the parts of an instruction with a number of decimals. @param {number} decimals */
function writer(decimals) {
  const point = (/** @type {Pair} */ [x, y]) => [short(x, decimals), short(y, decimals)]
  const smallest = 10 ** -decimals // a radius of 0 would not be read again
  const stroke = (/** @type {Stroke} */ s) => ({
    radius: short(Math.max(s.radius, smallest), decimals),
    points: s.points.map(point),
    ...writeErase(s)
  })
  const shape = (/** @type {Shape} */ s) => {
    if (s.brush) return { brush: s.brush.map(stroke) }
    if (s.polygon) return { polygon: s.polygon.map(point), ...writeErase(s) }
    return { outlines: s.outlines.map((ring) => ring.map(point)), ...writeErase(s) }
  }
  const affine = (/** @type {Affine} */ { move, scale, rotate }) => ({
    ...(point(move).some(Boolean) ? { move: point(move) } : {}),
    ...(scale.some((part) => short(part, 4) !== 1) ? { scale: scale.map((part) => short(part, 4)) } : {}),
    ...(short(rotate, 2) ? { rotate: short(rotate, 2) } : {})
  })
  const region = (/** @type {Region} */ r) => ({
    source: shape(r.source),
    ...(r.affine ? { affine: affine(r.affine) } : { target: shape(r.target) })
  })
  return { point, shape, region }
}

/** @type {(part: { readonly erase?: boolean }) => { erase?: true }} */
function writeErase({ erase }) {
  return erase ? { erase: true } : {}
}

/** @type {(value: number, decimals: number) => number} */
function short(value, decimals) {
  return Number(Math.min(Math.max(value, -LARGEST_NUMBER), LARGEST_NUMBER).toFixed(decimals)) || 0
}
