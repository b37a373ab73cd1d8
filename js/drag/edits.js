// @ts-check
// Edits of a drag instruction; each returns a new one and leaves the old one as it is.
import { IDENTITY, shifted, shiftedPoint } from './affine.js'
import { picturePoint } from './types.js'

/** @import { Affine, Drag, PicturePoint, Pull, PullEnd, RegionEnd, Shape, Size } from './types.js' */

/** @type {(drag: Drag, handle: PicturePoint, target: PicturePoint) => Drag} */
export function addDrag(drag, handle, target) {
  return { ...drag, drags: [...drag.drags, { handle, target }] }
}

/** Moves one end of a drag. @type {(drag: Drag, index: number, end: PullEnd, point: PicturePoint) => Drag} */
export function moveEnd(drag, index, end, point) {
  return { ...drag, drags: replaced(drag.drags, index, (item) => ({ ...item, [end]: point })) }
}

/** @type {(drag: Drag, index: number, dx: number, dy: number) => Drag} */
export function moveDrag(drag, index, dx, dy) {
  const moved = (/** @type {Pull} */ { handle, target }) => ({
    handle: shiftedPoint(handle, dx, dy),
    target: shiftedPoint(target, dx, dy)
  })
  return { ...drag, drags: replaced(drag.drags, index, moved) }
}

/** Makes a drag an anchor, which holds its place. @type {(drag: Drag, index: number) => Drag} */
export function makeAnchor(drag, index) {
  return { ...drag, drags: replaced(drag.drags, index, ({ handle }) => ({ handle, target: handle })) }
}

/** @type {(item: Pull) => boolean} */
export function isAnchor({ handle, target }) {
  return handle[0] === target[0] && handle[1] === target[1]
}

/** Removes a drag or a region. @type {(drag: Drag, kind: 'drags' | 'regions', index: number) => Drag} */
export function removeItem(drag, kind, index) {
  const rest = (/** @type {unknown} */ _, /** @type {number} */ i) => i !== index
  return kind === 'drags'
    ? { ...drag, drags: drag.drags.filter(rest) }
    : { ...drag, regions: drag.regions.filter(rest) }
}

/**
 * Adds a region that stays in place until it gets a transform or a target.
 * @type {(drag: Drag, source: Shape) => Drag}
 */
export function addRegion(drag, source) {
  return { ...drag, regions: [...drag.regions, { source, affine: IDENTITY }] }
}

/** @type {(drag: Drag, index: number, affine: Affine) => Drag} */
export function setAffine(drag, index, affine) {
  return { ...drag, regions: replaced(drag.regions, index, ({ source }) => ({ source, affine })) }
}

/** @type {(drag: Drag, index: number, target: Shape) => Drag} */
export function setTarget(drag, index, target) {
  return { ...drag, regions: replaced(drag.regions, index, ({ source }) => ({ source, target })) }
}

/** Changes one shape of a region. @type {(drag: Drag, index: number, end: RegionEnd, shape: Shape) => Drag} */
export function setShape(drag, index, end, shape) {
  if (end === 'target') return setTarget(drag, index, shape)
  return { ...drag, regions: replaced(drag.regions, index, (region) => ({ ...region, source: shape })) }
}

/**
 * Moves one shape of a region, or the region by its transform.
 * @type {(drag: Drag, index: number, end: RegionEnd, dx: number, dy: number) => Drag}
 */
export function moveRegion(drag, index, end, dx, dy) {
  const { source, target, affine } = drag.regions[index]
  if (end === 'source') return setShape(drag, index, end, shifted(source, dx, dy))
  if (!affine) return setShape(drag, index, end, shifted(target, dx, dy))
  return setAffine(drag, index, { ...affine, move: [affine.move[0] + dx, affine.move[1] + dy] })
}

/**
 * Moves one corner of a region's polygon.
 * @type {(drag: Drag, index: number, end: RegionEnd, corner: number, point: PicturePoint) => Drag}
 */
export function moveCorner(drag, index, end, corner, point) {
  const shape = drag.regions[index][end]
  if (!shape?.polygon) return drag
  return setShape(drag, index, end, { ...shape, polygon: replaced(shape.polygon, corner, () => point) })
}

/**
 * Paints a stroke or a polygon on the mask; strokes in a row share one brush.
 * @type {(drag: Drag, shape: Shape) => Drag}
 */
export function paintMask(drag, shape) {
  const last = drag.mask.at(-1)
  if (!shape.brush || !last?.brush) return { ...drag, mask: [...drag.mask, shape] }
  return { ...drag, mask: [...drag.mask.slice(0, -1), { brush: [...last.brush, ...shape.brush] }] }
}

/** Whether nothing is drawn. @type {(drag: Drag) => boolean} */
export function isEmpty({ drags, regions, mask }) {
  return !drags.length && !regions.length && !mask.length
}

/** @type {(drag: Drag) => Drag} */
export function clearMask(drag) {
  return { ...drag, mask: [] }
}

/**
 * The mask that covers what this one leaves free: a full one in which painting and erasing have changed places.
 * @type {(drag: Drag, size: Size) => Drag}
 */
export function invertMask(drag, [width, height]) {
  const full = [picturePoint(0, 0), picturePoint(width, 0), picturePoint(width, height), picturePoint(0, height)]
  const whole = drag.mask.length > 0 && isWhole(drag.mask[0], full)
  const flipped = (whole ? drag.mask.slice(1) : drag.mask).map(flipShape)
  return { ...drag, mask: whole ? flipped : [{ polygon: full }, ...flipped] }
}

/** @type {(shape: Shape) => Shape} */
function flipShape(shape) {
  return shape.brush ? { brush: shape.brush.map(flip) } : flip(shape)
}

/** @type {<T extends { readonly erase?: boolean }>(part: T) => T} */
function flip(part) {
  const { erase, ...rest } = part
  return /** @type {typeof part} */ (erase ? rest : { ...rest, erase: true })
}

/** @type {(shape: Shape, full: PicturePoint[]) => boolean} */
function isWhole(shape, full) {
  return !shape.erase && JSON.stringify(shape.polygon) === JSON.stringify(full)
}

/** @type {<T>(items: readonly T[], index: number, change: (item: T) => T) => T[]} */
function replaced(items, index, change) {
  return items.map((item, i) => (i === index ? change(item) : item))
}
