// @ts-check
// The cheapest cut of a graph between two ends (Dinic, 1970).

/**
 * A graph of nodes that are each tied to both ends, and to each other.
 * @typedef {object} Ties
 * @property {Float64Array} inside what it costs a node to be outside
 * @property {Float64Array} outside what it costs a node to be inside
 * @property {Int32Array} from
 * @property {Int32Array} to
 * @property {Float32Array} costs of parting two nodes, either way
 */

const EPSILON = 1e-9

/** One for each node that the cheapest cut leaves inside. @type {(ties: Ties) => Uint8Array} */
export function minCut({ inside, outside, from, to, costs }) {
  const count = inside.length,
    graph = arcsOf(count, from, to, costs)
  // what both ties of a node let through flows at once
  const excess = Float64Array.from(inside, (value, i) => Math.max(value - outside[i], 0)),
    room = Float64Array.from(outside, (value, i) => Math.max(value - inside[i], 0))
  const levels = new Int32Array(count),
    places = new Int32Array(count)
  while (layer(graph, excess, room, levels)) {
    places.set(graph.starts.subarray(0, count))
    for (let node = 0; node < count; node++) {
      while (excess[node] > EPSILON && levels[node] === 1)
        if (!augment(graph, node, excess, room, levels, places)) break
    }
  }
  return Uint8Array.from(levels, (level) => Number(level > 0))
}

/**
 * @typedef {object} Arcs those of a node stand in a row, from its start to the next one's
 * @property {Int32Array} starts
 * @property {Int32Array} heads
 * @property {Int32Array} backs
 * @property {Float64Array} left what still fits through
 */

/** @type {(count: number, from: Int32Array, to: Int32Array, costs: Float32Array) => Arcs} */
function arcsOf(count, from, to, costs) {
  const starts = new Int32Array(count + 1)
  for (let e = 0; e < from.length; e++) {
    starts[from[e] + 1]++
    starts[to[e] + 1]++
  }
  for (let i = 0; i < count; i++) starts[i + 1] += starts[i]
  const next = starts.slice(),
    arcs = 2 * from.length
  const heads = new Int32Array(arcs),
    backs = new Int32Array(arcs),
    left = new Float64Array(arcs)
  for (let e = 0; e < from.length; e++) {
    const a = next[from[e]]++,
      b = next[to[e]]++
    heads[a] = to[e]
    heads[b] = from[e]
    backs[a] = b
    backs[b] = a
    left[a] = left[b] = costs[e]
  }
  return { starts, heads, backs, left }
}

/**
 * Numbers the nodes by their distance from where there is excess; tells whether any with room was reached.
 * @type {(graph: Arcs, excess: Float64Array, room: Float64Array, levels: Int32Array) => boolean}
 */
function layer({ starts, heads, left }, excess, room, levels) {
  const queue = new Int32Array(levels.length)
  let filled = 0,
    reached = false
  levels.fill(0)
  for (let i = 0; i < levels.length; i++) {
    if (excess[i] <= EPSILON) continue
    levels[i] = 1
    queue[filled++] = i
  }
  for (let taken = 0; taken < filled; taken++) {
    const node = queue[taken]
    if (room[node] > EPSILON) reached = true
    for (let arc = starts[node]; arc < starts[node + 1]; arc++) {
      const head = heads[arc]
      if (levels[head] || left[arc] <= EPSILON) continue
      levels[head] = levels[node] + 1
      queue[filled++] = head
    }
  }
  return reached
}

/**
 * Sends excess of a node along layers to one with room; tells whether there was a way.
 * @param {Arcs} graph
 * @param {number} start
 * @param {Float64Array} excess
 * @param {Float64Array} room
 * @param {Int32Array} levels
 * @param {Int32Array} places
 * @returns {boolean}
 */
function augment({ starts, heads, backs, left }, start, excess, room, levels, places) {
  /** @type {number[]} */
  const way = []
  let node = start
  while (room[node] <= EPSILON) {
    let arc = places[node]
    while (arc < starts[node + 1] && (left[arc] <= EPSILON || levels[heads[arc]] !== levels[node] + 1)) arc++
    places[node] = arc
    if (arc < starts[node + 1]) {
      way.push(arc)
      node = heads[arc]
    } else {
      const last = way.pop()
      if (last === undefined) return false
      node = heads[backs[last]]
      places[node]++
    }
  }
  let flow = Math.min(excess[start], room[node])
  for (const arc of way) flow = Math.min(flow, left[arc])
  excess[start] -= flow
  room[node] -= flow
  for (const arc of way) {
    left[arc] -= flow
    left[backs[arc]] += flow
  }
  return true
}
