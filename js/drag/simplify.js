// Fewer points on a hand-drawn line (Ramer, Douglas and Peucker).

/** The points of a line that are needed to stay within a tolerance of it. */
export function simplify(points, tolerance) {
  const kept = new Set([0, points.length - 1])
  const open = [[0, points.length - 1]]
  while (open.length) {
    const [first, last] = open.pop()
    const [index, distance] = farthest(points, first, last)
    if (distance <= tolerance) continue
    kept.add(index)
    open.push([first, index], [index, last])
  }
  return [...kept].sort((a, b) => a - b).map((index) => points[index])
}

function farthest(points, first, last) {
  let found = first,
    most = -1
  for (let i = first + 1; i < last; i++) {
    const distance = segmentDistance(points[i], points[first], points[last])
    if (distance > most) [found, most] = [i, distance]
  }
  return [found, most]
}

/** The distance of a point to a line from start to end. */
export function segmentDistance([x, y], [x0, y0], [x1, y1]) {
  const dx = x1 - x0,
    dy = y1 - y0,
    length = dx * dx + dy * dy
  const along = length ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1) : 0
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy)
}
