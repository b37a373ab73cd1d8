// Shapes to pixels, to the bit as core/masks.py: a pixel belongs to a shape where its centre does.

/** The editable area as bytes (height x width), or null where everything is; `under` is a mask below the shapes. */
export function editableMask({ mask }, [width, height], under = null) {
  if (!mask.length && !under) return null
  const pixels = under ? Uint8Array.from(under) : new Uint8Array(width * height)
  for (const shape of mask) paint(pixels, width, height, shape)
  return pixels
}

/** The pixels of one shape. */
export function rasterise(shape, [width, height]) {
  const pixels = new Uint8Array(width * height)
  paint(pixels, width, height, shape)
  return pixels
}

export function paint(pixels, width, height, shape) {
  if (shape.polygon) paintPolygon(pixels, width, height, shape.polygon, shape.erase ? 0 : 1)
  else for (const stroke of shape.brush) paintStroke(pixels, width, height, stroke)
}

function paintPolygon(pixels, width, height, corners, value) {
  const y = corners.map((corner) => corner[1])
  const top = Math.min(...y),
    bottom = Math.max(...y)
  const first = clamp(Math.floor(top - 0.5), height),
    last = clamp(Math.ceil(bottom + 0.5), height)
  for (let row = first; row < last; row++) {
    const centre = row + 0.5
    if (centre <= top || centre >= bottom) continue
    const starts = crossings(corners, centre)
      .map((x) => clamp(Math.ceil(x - 0.5), width))
      .sort((a, b) => a - b)
    for (let i = 0; i + 1 < starts.length; i += 2)
      pixels.fill(value, row * width + starts[i], row * width + starts[i + 1])
  }
}

/** Where the sides of a polygon cross the line through the centres of a row. */
function crossings(corners, centre) {
  const found = []
  for (let i = 0; i < corners.length; i++) {
    const [x0, y0] = corners[i],
      [x1, y1] = corners[(i + 1) % corners.length]
    if (y0 <= centre !== y1 <= centre) found.push(x0 + ((centre - y0) / (y1 - y0)) * (x1 - x0))
  }
  return found
}

/** Sets (or clears) every pixel whose centre is within the radius of a stroke's line, from one of its points on. */
export function paintStroke(pixels, width, height, { radius, points, erase }, from = 0) {
  const value = erase ? 0 : 1
  if (points.length === 1) paintSegment(pixels, width, height, points[0], points[0], radius, value)
  for (let i = from; i + 1 < points.length; i++)
    paintSegment(pixels, width, height, points[i], points[i + 1], radius, value)
}

function paintSegment(pixels, width, height, [x0, y0], [x1, y1], radius, value) {
  const dx = x1 - x0,
    dy = y1 - y0,
    length = dx * dx + dy * dy,
    reach = radius * radius
  const [left, right] = range(Math.min(x0, x1) - radius, Math.max(x0, x1) + radius, width)
  const [top, bottom] = range(Math.min(y0, y1) - radius, Math.max(y0, y1) + radius, height)
  for (let row = top; row < bottom; row++) {
    const y = row + 0.5
    for (let column = left; column < right; column++) {
      const x = column + 0.5
      const along = length ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1) : 0
      const ex = x - x0 - along * dx,
        ey = y - y0 - along * dy
      if (ex * ex + ey * ey <= reach) pixels[row * width + column] = value
    }
  }
}

function range(low, high, limit) {
  return [clamp(Math.trunc(low), limit), clamp(Math.trunc(high) + 1, limit)]
}

function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit)
}
