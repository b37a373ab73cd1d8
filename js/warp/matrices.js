// Maps of the plane that take some points to others.

const SMALLEST_DEPTH = 1e-6

/** The affine map [a, b, c, d, e, f] that takes a triangle to another: x' = a x + b y + c, y' = d x + e y + f. */
export function affineMap([p, q, r], [u, v, w]) {
  const x1 = q[0] - p[0],
    y1 = q[1] - p[1],
    x2 = r[0] - p[0],
    y2 = r[1] - p[1],
    area = x1 * y2 - x2 * y1
  const row = (axis) => {
    const d1 = v[axis] - u[axis],
      d2 = w[axis] - u[axis]
    const a = (d1 * y2 - d2 * y1) / area,
      b = (d2 * x1 - d1 * x2) / area
    return [a, b, u[axis] - a * p[0] - b * p[1]]
  }
  return [...row(0), ...row(1)]
}

/** A function that takes the corners of a quadrilateral to those of another, and all points between them. */
export function perspectiveMap(start, end) {
  const middle = [0, 1].map((axis) => start.reduce((sum, point) => sum + point[axis], 0) / start.length)
  const rows = start.flatMap((point, i) => {
    const x = point[0] - middle[0],
      y = point[1] - middle[1],
      [u, v] = end[i]
    return [
      [x, y, 1, 0, 0, 0, -x * u, -y * u, u],
      [0, 0, 0, x, y, 1, -x * v, -y * v, v]
    ]
  })
  const [a, b, c, d, e, f, g, h] = solved(rows)
  return (px, py) => {
    const x = px - middle[0],
      y = py - middle[1],
      depth = Math.max(g * x + h * y + 1, SMALLEST_DEPTH)
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth]
  }
}

/** The solution of linear equations, each a row with its right side last. */
function solved(rows) {
  const count = rows.length
  for (let k = 0; k < count; k++) {
    const best = rows.reduce((top, row, i) => (i >= k && Math.abs(row[k]) > Math.abs(rows[top][k]) ? i : top), k)
    ;[rows[k], rows[best]] = [rows[best], rows[k]]
    for (let i = 0; i < count; i++) {
      const share = i === k ? 0 : rows[i][k] / rows[k][k]
      if (share) for (let j = k; j <= count; j++) rows[i][j] -= share * rows[k][j]
    }
  }
  return rows.map((row, k) => row[count] / row[k])
}
