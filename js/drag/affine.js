// @ts-check
// Shapes, their bounds and their transforms, by the definitions of core/instruction/spec.py and geometry.py.
import { picturePoint } from './types.js'

/** @import { Affine, Box, Corners, Drag, Linear, Outlines, Pair, PicturePoint } from './types.js' */
/** @import { Polygon, Region, Shape, Size } from './types.js' */

/** @type {Affine} */
export const IDENTITY = { move: [0, 0], scale: [1, 1], rotate: 0 }

/**
 * The smallest upright box around points, widened by a margin.
 * @type {(points: readonly Pair[], margin?: number) => Box}
 */
function boundsOf(points, margin = 0) {
  const x = points.map((p) => p[0]),
    y = points.map((p) => p[1])
  return [Math.min(...x) - margin, Math.min(...y) - margin, Math.max(...x) + margin, Math.max(...y) + margin]
}

/** The box around a shape; erasing strokes do not count. @type {(shape: Shape) => Box} */
export function shapeBounds(shape) {
  if (!shape.brush) return boundsOf(ringsOf(shape).flat())
  const boxes = shape.brush.filter((s) => !s.erase).map((s) => boundsOf(s.points, s.radius))
  if (!boxes.length) return [0, 0, 0, 0]
  return boxes.reduce(([a, b, c, d], [e, f, g, h]) => [Math.min(a, e), Math.min(b, f), Math.max(c, g), Math.max(d, h)])
}

/** The closed outlines of a shape. @type {(shape: Polygon | Outlines) => readonly Corners[]} */
export function ringsOf({ polygon, outlines }) {
  return polygon ? [polygon] : outlines
}

/** @type {(shape: Shape) => PicturePoint} */
export function centreOf(shape) {
  const [left, top, right, bottom] = shapeBounds(shape)
  return picturePoint((left + right) / 2, (top + bottom) / 2)
}

/**
 * The matrix that acts on offsets from the centre.
 * @type {(affine: Pick<Affine, 'scale' | 'rotate'>) => Linear}
 */
export function linearOf({ scale: [sx, sy], rotate }) {
  const angle = (rotate * Math.PI) / 180
  const cos = Math.cos(angle),
    sin = Math.sin(angle)
  return [cos * sx, -sin * sy, sin * sx, cos * sy]
}

/**
 * A point under a transform about a centre.
 * @type {(affine: Affine, point: PicturePoint, centre: PicturePoint) => PicturePoint}
 */
export function applied(affine, [px, py], [cx, cy]) {
  const [a, b, c, d] = linearOf(affine)
  const x = px - cx,
    y = py - cy
  return picturePoint(a * x + b * y + cx + affine.move[0], c * x + d * y + cy + affine.move[1])
}

/** A shape under a transform about its own centre. @type {(shape: Shape, affine: Affine) => Shape} */
function transformed(shape, affine) {
  const centre = centreOf(shape),
    growth = Math.sqrt(Math.abs(affine.scale[0] * affine.scale[1]))
  return mapShape(shape, (point) => applied(affine, point, centre), growth)
}

/** The target of a region as a shape. @type {(region: Region) => Shape} */
export function targetShape({ source, target, affine }) {
  return affine ? transformed(source, affine) : target
}

/** @type {(affine: Affine) => boolean} */
export function isIdentity({ move, scale, rotate }) {
  return move[0] === 0 && move[1] === 0 && scale[0] === 1 && scale[1] === 1 && rotate === 0
}

/** The same point somewhere else. @type {(point: PicturePoint, dx: number, dy: number) => PicturePoint} */
export function shiftedPoint([x, y], dx, dy) {
  return picturePoint(x + dx, y + dy)
}

/** The same shape somewhere else. @type {<S extends Shape>(shape: S, dx: number, dy: number) => S} */
export function shifted(shape, dx, dy) {
  return mapShape(shape, (point) => shiftedPoint(point, dx, dy))
}

/**
 * A shape with every point mapped and every radius multiplied.
 * @type {<S extends Shape>(shape: S, map: (point: PicturePoint) => PicturePoint, growth?: number) => S}
 */
export function mapShape(shape, map, growth = 1) {
  if (shape.polygon) return { ...shape, polygon: shape.polygon.map(map) }
  if (shape.outlines) return { ...shape, outlines: shape.outlines.map((ring) => ring.map(map)) }
  return { ...shape, brush: shape.brush.map((s) => ({ ...s, radius: s.radius * growth, points: s.points.map(map) })) }
}

/** The same instruction for a picture of another size. @type {(drag: Drag, size: Size) => Drag} */
export function scaledTo(drag, size) {
  if (!drag.size || (drag.size[0] === size[0] && drag.size[1] === size[1])) return { ...drag, size }
  const sx = size[0] / drag.size[0],
    sy = size[1] / drag.size[1]
  /** @type {(point: PicturePoint) => PicturePoint} */
  const point = ([x, y]) => picturePoint(x * sx, y * sy)
  /** @type {(shape: Shape) => Shape} */
  const shape = (s) => mapShape(s, point, Math.sqrt(sx * sy))
  return {
    ...drag,
    size,
    drags: drag.drags.map(({ handle, target }) => ({ handle: point(handle), target: point(target) })),
    regions: drag.regions.map(({ source, target, affine }) =>
      affine
        ? { source: shape(source), affine: { ...affine, move: [affine.move[0] * sx, affine.move[1] * sy] } }
        : { source: shape(source), target: shape(target) }
    ),
    mask: drag.mask.map(shape)
  }
}
