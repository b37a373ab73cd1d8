// Edits of a drag instruction; each returns a new one and leaves the old one as it is.
import { IDENTITY, shifted } from './affine.js'

export function addDrag(drag, handle, target) {
  return { ...drag, drags: [...drag.drags, { handle, target }] }
}

/** Moves one end of a drag; `end` is 'handle' or 'target'. An anchor keeps its ends together. */
export function moveEnd(drag, index, end, point) {
  return { ...drag, drags: replaced(drag.drags, index, (item) => ({ ...item, [end]: point })) }
}

export function moveDrag(drag, index, dx, dy) {
  const move = ([x, y]) => [x + dx, y + dy]
  return { ...drag, drags: replaced(drag.drags, index, (d) => ({ handle: move(d.handle), target: move(d.target) })) }
}

/** Makes a drag an anchor, which holds its place. */
export function makeAnchor(drag, index) {
  return { ...drag, drags: replaced(drag.drags, index, ({ handle }) => ({ handle, target: handle })) }
}

export function isAnchor({ handle, target }) {
  return handle[0] === target[0] && handle[1] === target[1]
}

/** Removes a drag or a region; `kind` is 'drags' or 'regions'. */
export function removeItem(drag, kind, index) {
  return { ...drag, [kind]: drag[kind].filter((_, i) => i !== index) }
}

/** Adds a region that stays in place until it gets a transform or a target. */
export function addRegion(drag, source) {
  return { ...drag, regions: [...drag.regions, { source, affine: IDENTITY }] }
}

export function setAffine(drag, index, affine) {
  return { ...drag, regions: replaced(drag.regions, index, ({ source }) => ({ source, affine })) }
}

export function setTarget(drag, index, target) {
  return { ...drag, regions: replaced(drag.regions, index, ({ source }) => ({ source, target })) }
}

/** Changes one shape of a region; `end` is 'source' or 'target'. */
export function setShape(drag, index, end, shape) {
  return { ...drag, regions: replaced(drag.regions, index, (region) => ({ ...region, [end]: shape })) }
}

export function moveShape(drag, index, end, dx, dy) {
  return setShape(drag, index, end, shifted(drag.regions[index][end], dx, dy))
}

/** Moves one corner of a region's polygon. */
export function moveCorner(drag, index, end, corner, point) {
  const polygon = replaced(drag.regions[index][end].polygon, corner, () => point)
  return setShape(drag, index, end, { ...drag.regions[index][end], polygon })
}

/** Paints a stroke or a polygon on the mask; strokes in a row share one brush. */
export function paintMask(drag, shape) {
  const last = drag.mask.at(-1)
  if (!shape.brush || !last?.brush) return { ...drag, mask: [...drag.mask, shape] }
  return { ...drag, mask: [...drag.mask.slice(0, -1), { brush: [...last.brush, ...shape.brush] }] }
}

export function clearMask(drag) {
  return { ...drag, mask: [] }
}

/** The mask that covers what this one leaves free: a full one in which painting and erasing have changed places. */
export function invertMask(drag, [width, height]) {
  const full = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height]
  ]
  const whole = drag.mask.length && isWhole(drag.mask[0], full)
  const flipped = (whole ? drag.mask.slice(1) : drag.mask).map(flip)
  return { ...drag, mask: whole ? flipped : [{ polygon: full }, ...flipped] }
}

function flip(shape) {
  const { erase, ...rest } = shape
  if (shape.brush) return { brush: shape.brush.map(flip) }
  return erase ? rest : { ...rest, erase: true }
}

function isWhole(shape, full) {
  return !shape.erase && JSON.stringify(shape.polygon) === JSON.stringify(full)
}

function replaced(items, index, change) {
  return items.map((item, i) => (i === index ? change(item) : item))
}
