// Two simple polygons cut into triangles that correspond, as in core/mesh/compatible.py.

const FLATTEST = 1e-9
const MOST_DISTORTION = 1e6
const INVALID = 1e12
const UNWANTED = 1e3

/** Triangles [target, source] that tile the target, corner onto corner; null where a polygon has none. */
export function compatiblePieces(source, target) {
  const outlines = [source, target].map((corners) => ({ corners, area: areaOf(corners) })),
    common = bestTriangles(...outlines, INVALID, INVALID)
  if (outlines.every((outline) => tile(outline, common)))
    return common.map((triangle) => [target, source].map((corners) => triangle.map((i) => corners[i])))
  const own = [bestTriangles(...outlines, INVALID, UNWANTED), bestTriangles(...outlines, UNWANTED, INVALID)]
  if (!outlines.every((outline, i) => tile(outline, own[i]))) return null
  return throughConvex(...outlines, ...own)
}

/** Twice the signed area of a triangle, positive where it turns clockwise on the screen. */
export function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

function areaOf(corners) {
  return corners.reduce((sum, corner, i) => sum + turn(corners[0], corner, corners[(i + 1) % corners.length]), 0)
}

function tile({ corners, area }, triangles) {
  return triangles.every((triangle) => turn(...triangle.map((i) => corners[i])) / area > FLATTEST)
}

/** The triangles between the corners whose costs are least in all, by dynamic programming over chains of corners. */
function bestTriangles(source, target, sourceCost, targetCost) {
  const count = target.corners.length,
    costs = new Float64Array(count * count),
    choice = new Int32Array(count * count)
  for (let length = 2; length < count; length++) {
    for (let start = 0; start + length < count; start++) {
      const end = start + length
      let least = Infinity
      for (let tip = start + 1; tip < end; tip++) {
        const own = triangleCost(source, target, start, tip, end, sourceCost, targetCost),
          cost = own + (costs[start * count + tip] + costs[tip * count + end])
        if (cost < least) {
          least = cost
          choice[start * count + end] = tip
        }
      }
      costs[start * count + end] = least
    }
  }
  const triangles = [],
    chains = [[0, count - 1]]
  while (chains.length) {
    const [start, end] = chains.pop()
    if (end - start < 2) continue
    const tip = choice[start * count + end]
    triangles.push([start, tip, end])
    chains.push([start, tip], [tip, end])
  }
  return triangles
}

/** How unevenly a triangle is stretched, weighted by its share of the areas, and more where it lies outside. */
function triangleCost(source, target, i, j, k, sourceCost, targetCost) {
  const [a, b, c] = [target.corners[i], target.corners[j], target.corners[k]],
    [p, q, r] = [source.corners[i], source.corners[j], source.corners[k]],
    share = turn(a, b, c) / target.area,
    sourceShare = turn(p, q, r) / source.area
  const stretch = dot(a, b, c) * dot(r, q, q) + dot(b, a, c) * dot(p, r, r) + dot(c, a, b) * dot(q, p, p),
    uneven = Math.abs(stretch / (share * sourceShare * target.area * source.area)),
    weighted = uneven * Math.abs(share + sourceShare)
  const cost = weighted < MOST_DISTORTION ? weighted : MOST_DISTORTION
  return cost + sourceCost * Number(sourceShare <= FLATTEST) + targetCost * Number(share <= FLATTEST)
}

/** The product of the ways from one point to two others. */
function dot(from, a, b) {
  return (a[0] - from[0]) * (b[0] - from[0]) + (a[1] - from[1]) * (b[1] - from[1])
}

/** The map from triangles of the target over a regular polygon to those of the source, cut where they meet. */
function throughConvex(source, target, ofSource, ofTarget) {
  const count = target.corners.length,
    regular = target.corners.map((_, i) => [Math.cos((2 * Math.PI * i) / count), Math.sin((2 * Math.PI * i) / count)]),
    corners = (triangle, of) => triangle.map((i) => of[i]),
    pieces = []
  for (const there of ofTarget) {
    for (const here of ofSource) {
      const overlap = clipped(corners(there, regular), corners(here, regular))
      if (areaOf(overlap.length ? overlap : [[0, 0]]) <= FLATTEST) continue
      const ends = [
        overlap.map((point) => carried(point, corners(there, regular), corners(there, target.corners))),
        overlap.map((point) => carried(point, corners(here, regular), corners(here, source.corners)))
      ]
      for (let k = 1; k + 1 < overlap.length; k++) pieces.push(ends.map((end) => [end[0], end[k], end[k + 1]]))
    }
  }
  return pieces
}

/** A point carried along with the corners of a triangle that goes to another. */
function carried(point, [a, b, c], [p, q, r]) {
  const second = turn(a, point, c) / turn(a, b, c),
    third = turn(a, b, point) / turn(a, b, c)
  return [0, 1].map((axis) => p[axis] + second * (q[axis] - p[axis]) + third * (r[axis] - p[axis]))
}

/** What of a convex polygon lies in a clockwise triangle. */
function clipped(polygon, triangle) {
  triangle.forEach((start, side) => {
    const end = triangle[(side + 1) % 3],
      depths = polygon.map((point) => turn(start, end, point)),
      kept = []
    polygon.forEach((here, i) => {
      const next = (i + 1) % polygon.length,
        [depth, after] = [depths[i], depths[next]]
      if (depth >= 0) kept.push(here)
      if (depth * after < 0)
        kept.push(here.map((part, axis) => part + (polygon[next][axis] - part) * (depth / (depth - after))))
    })
    polygon = kept
  })
  return polygon
}
