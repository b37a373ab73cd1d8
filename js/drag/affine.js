// Shapes, their bounds and their transforms, by the definitions of core/instruction/spec.py.

export const IDENTITY = { move: [0, 0], scale: [1, 1], rotate: 0 }

/** The smallest upright box [left, top, right, bottom] around points, widened by a margin. */
function boundsOf(points, margin = 0) {
  const x = points.map((p) => p[0]),
    y = points.map((p) => p[1])
  return [Math.min(...x) - margin, Math.min(...y) - margin, Math.max(...x) + margin, Math.max(...y) + margin]
}

/** The box around a shape; erasing strokes do not count. */
export function shapeBounds(shape) {
  if (shape.polygon) return boundsOf(shape.polygon)
  const boxes = shape.brush.filter((s) => !s.erase).map((s) => boundsOf(s.points, s.radius))
  if (!boxes.length) return [0, 0, 0, 0]
  return boxes.reduce(([a, b, c, d], [e, f, g, h]) => [Math.min(a, e), Math.min(b, f), Math.max(c, g), Math.max(d, h)])
}

export function centreOf(shape) {
  const [left, top, right, bottom] = shapeBounds(shape)
  return [(left + right) / 2, (top + bottom) / 2]
}

/** The matrix [a, b, c, d] that acts on offsets from the centre: x' = a x + b y, y' = c x + d y. */
export function linearOf({ scale: [sx, sy], rotate }) {
  const angle = (rotate * Math.PI) / 180
  const cos = Math.cos(angle),
    sin = Math.sin(angle)
  return [cos * sx, -sin * sy, sin * sx, cos * sy]
}

/** A point under a transform about a centre. */
export function applied(affine, [px, py], [cx, cy]) {
  const [a, b, c, d] = linearOf(affine)
  const x = px - cx,
    y = py - cy
  return [a * x + b * y + cx + affine.move[0], c * x + d * y + cy + affine.move[1]]
}

/** A shape under a transform about its own centre. */
function transformed(shape, affine) {
  const centre = centreOf(shape),
    at = (point) => applied(affine, point, centre)
  if (shape.polygon) return { ...shape, polygon: shape.polygon.map(at) }
  const growth = Math.sqrt(Math.abs(affine.scale[0] * affine.scale[1]))
  return { brush: shape.brush.map((s) => ({ ...s, radius: s.radius * growth, points: s.points.map(at) })) }
}

/** The target of a region as a shape. */
export function targetShape({ source, target, affine }) {
  return affine ? transformed(source, affine) : target
}

export function isIdentity({ move, scale, rotate }) {
  return move[0] === 0 && move[1] === 0 && scale[0] === 1 && scale[1] === 1 && rotate === 0
}

/** The same shape somewhere else. */
export function shifted(shape, dx, dy) {
  return mapShape(shape, ([x, y]) => [x + dx, y + dy])
}

/** A shape with every point mapped and every radius multiplied. */
function mapShape(shape, map, growth = 1) {
  if (shape.polygon) return { ...shape, polygon: shape.polygon.map(map) }
  return { brush: shape.brush.map((s) => ({ ...s, radius: s.radius * growth, points: s.points.map(map) })) }
}

/** The same instruction for a picture of another size. */
export function scaledTo(drag, size) {
  if (!drag.size || (drag.size[0] === size[0] && drag.size[1] === size[1])) return { ...drag, size }
  const sx = size[0] / drag.size[0],
    sy = size[1] / drag.size[1]
  const point = ([x, y]) => [x * sx, y * sy],
    shape = (s) => mapShape(s, point, Math.sqrt(sx * sy))
  return {
    ...drag,
    size,
    drags: drag.drags.map(({ handle, target }) => ({ handle: point(handle), target: point(target) })),
    regions: drag.regions.map(({ source, target, affine }) =>
      affine
        ? { source: shape(source), affine: { ...affine, move: point(affine.move) } }
        : { source: shape(source), target: shape(target) }
    ),
    mask: drag.mask.map(shape)
  }
}
