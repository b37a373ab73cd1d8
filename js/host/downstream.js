// @ts-check
// How the nodes behind a canvas carry its drag out, also behind nodes that hand drags on and in subgraphs.
import { BYPASSED, INPUT_SIDE, MUTED, OUTPUT_SIDE, linksOf } from './upstream.js'

/** @import { Seat } from './seat.js' */

const DRAG = 'DRAG'
const WHOLE = 'as a whole'

/** Whether all of them move what is pulled as a whole. @type {(seat: Seat) => boolean} */
export function movesWhole(seat) {
  const ways = [...waysBehind(seat, seat.node, new Set())]
  return ways.length > 0 && ways.every((way) => way === WHOLE)
}

/** @type {(seat: Seat, node: GraphNode, passed: Set<GraphNode>) => Generator<unknown>} */
function* waysBehind(seat, node, passed) {
  passed.add(node)
  const slots = [...node.outputs.keys()].filter((slot) => node.outputs[slot].type === DRAG || node.isVirtualNode)
  for (const next of slots.flatMap((slot) => [...fedBy(seat, node.graph, node.id, slot)])) {
    if (passed.has(next) || next.mode === MUTED) continue
    const move = next.mode === BYPASSED ? null : next.widgets?.find(({ name }) => name === 'move')
    if (move) yield move.value
    else yield* waysBehind(seat, next, passed)
  }
}

/**
 * The nodes that an output goes to.
 * @type {(seat: Seat, graph: Graph | null, id: number | string, slot: number) => Generator<GraphNode>}
 */
function* fedBy(seat, graph, id, slot) {
  for (const link of linksOf(graph)) {
    if (!graph || String(link.origin_id) !== String(id) || Number(link.origin_slot) !== slot) continue
    const into = Number(link.target_slot)
    if (Number(link.target_id) === OUTPUT_SIDE) {
      const holder = seat.holderOf(graph)
      if (holder) yield* fedBy(seat, holder.graph, holder.id, into)
      continue
    }
    const node = graph.getNodeById(link.target_id)
    if (node?.subgraph) yield* fedBy(seat, node.subgraph, INPUT_SIDE, into)
    else if (node) yield node
  }
}
