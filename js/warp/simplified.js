// Closed outlines with fewer corners, as in core/mesh/triangulation.py.

/** At most so many corners of an outline, by their numbers: those that the rest lies nearest to. */
export function simplified(corners, most) {
  if (corners.length <= most) return corners.map((_, i) => i)
  const ring = [...corners, corners[0]],
    far = corners.map((corner) => squared(corner, corners[0])),
    half = far.indexOf(Math.max(...far)),
    chains = [farthest(ring, 0, half), farthest(ring, half, corners.length)],
    chosen = [0, half]
  while (chosen.length < most && chains.length) {
    let best = 0
    chains.forEach((chain, i) => {
      if (chain.distance > chains[best].distance) best = i
    })
    const [{ start, tip, end }] = chains.splice(best, 1)
    if (tip <= start || tip >= end) continue
    chosen.push(tip)
    chains.push(farthest(ring, start, tip), farthest(ring, tip, end))
  }
  return chosen.sort((a, b) => a - b)
}

/** Of the points between two, the one farthest from the line between these, and how far it is. */
function farthest(points, start, end) {
  const [first, last] = [points[start], points[end]],
    length = Math.max(squared(first, last), 1e-12),
    found = { distance: 0, start, tip: start, end }
  for (let i = start + 1; i < end; i++) {
    const along = points[i].reduce((sum, part, k) => sum + (part - first[k]) * (last[k] - first[k]), 0) / length,
      share = Math.min(Math.max(along, 0), 1),
      distance = squared(
        points[i],
        first.map((part, k) => part + share * (last[k] - part))
      )
    if (distance > found.distance || found.tip === start) Object.assign(found, { distance, tip: i })
  }
  return found
}

function squared(a, b) {
  return a.reduce((sum, part, i) => sum + (part - b[i]) ** 2, 0)
}
