// @ts-check
// The node that a canvas's picture comes from; a picture of the user's own takes its place for all that used it.
import { linksOf, sourceOf } from './upstream.js'

/** @import { Seat } from './seat.js' */
/** @import { Source } from './upstream.js' */

const GAP = 60

/**
 * The Load Image node upstream, or a new one in place of whatever was there.
 * @type {(seat: Seat) => GraphNode}
 */
export function loaderFor(seat) {
  const { node } = seat,
    source = sourceOf(seat, node, 'image')
  if (source?.node.type === 'LoadImage') return source.node
  const loader = LiteGraph.createNode('LoadImage')
  if (source?.node.graph) replace(source, loader)
  else {
    node.graph?.add(loader)
    place(loader, node)
    const slot = node.inputs.findIndex((input) => input.name === 'image')
    loader.connect(0, node, slot)
  }
  return loader
}

/**
 * Hands all that took a source's picture over to a loader; a source that nothing else needs goes.
 * @type {(source: Source, loader: GraphNode) => void}
 */
function replace({ node, slot }, loader) {
  const graph = /** @type {Graph} */ (node.graph),
    given = linksOf(graph).filter((link) => String(link.origin_id) === String(node.id))
  const isMade = linksOf(graph).some((link) => String(link.target_id) === String(node.id))
  graph.add(loader)
  for (const link of given.filter((each) => Number(each.origin_slot) === slot)) {
    const taker = graph.getNodeById(link.target_id)
    if (!taker || (isMade && !taker.outputs?.length)) continue
    loader.connect(0, taker, Number(link.target_slot))
  }
  const isLeft = !isMade && given.every((link) => Number(link.origin_slot) === slot)
  if (isLeft) {
    loader.pos = [...node.pos]
    graph.remove(node)
  }
  place(loader, node, isLeft)
}

/**
 * Puts a loader to the left of a node, or where it is, and further down where something lies already.
 * @type {(loader: GraphNode, node: GraphNode, isThere?: boolean) => void}
 */
function place(loader, node, isThere = false) {
  if (!isThere) loader.pos = [node.pos[0] - loader.size[0] - GAP, node.pos[1]]
  const others = loader.graph?.nodes.filter((each) => each !== loader) ?? []
  for (let below = others.find((each) => meets(each, loader)); below; below = others.find((each) => meets(each, loader)))
    loader.pos = [loader.pos[0], below.pos[1] + below.size[1] + GAP]
}

/** @type {(a: GraphNode, b: GraphNode) => boolean} */
function meets(a, b) {
  return [0, 1].every((axis) => {
    const title = axis * GAP
    return a.pos[axis] - title < b.pos[axis] + b.size[axis] && b.pos[axis] - title < a.pos[axis] + a.size[axis]
  })
}
