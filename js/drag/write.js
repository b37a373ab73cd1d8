// Writes a drag instruction small and stable, as core/drag_json.py does.

/** The JSON object of an instruction; coordinates to a hundredth of a pixel, keys always in the same order. */
export function writeDrag({ version, size, drags, regions, mask }) {
  return {
    version,
    ...(size ? { size: [...size] } : {}),
    drags: drags.map(({ handle, target }) => ({ handle: writePoint(handle), target: writePoint(target) })),
    regions: regions.map(writeRegion),
    mask: mask.map(writeShape)
  }
}

function writeRegion({ source, target, affine }) {
  return { source: writeShape(source), ...(affine ? { affine: writeAffine(affine) } : { target: writeShape(target) }) }
}

function writeAffine({ move, scale, rotate }) {
  const out = {}
  if (move.some((part) => short(part))) out.move = writePoint(move)
  if (scale.some((part) => short(part, 4) !== 1)) out.scale = scale.map((part) => short(part, 4))
  if (short(rotate)) out.rotate = short(rotate)
  return out
}

function writeShape(shape) {
  if (shape.polygon) return { polygon: shape.polygon.map(writePoint), ...writeErase(shape) }
  return {
    brush: shape.brush.map((s) => ({ radius: short(s.radius), points: s.points.map(writePoint), ...writeErase(s) }))
  }
}

function writeErase({ erase }) {
  return erase ? { erase: true } : {}
}

function writePoint([x, y]) {
  return [short(x), short(y)]
}

function short(value, digits = 2) {
  return Number(value.toFixed(digits)) || 0
}
