// @ts-check
// Which node's output arrives at an input: through bypassed nodes, reroutes and the borders of subgraphs.

/** @import { Seat } from './seat.js' */

/**
 * @typedef {{ node: GraphNode, slot: number }} Source a node, and its output
 * @typedef {{ node: GraphNode, widget: Widget }} Setting a widget, and the node that it is on
 */

export const [INPUT_SIDE, OUTPUT_SIDE] = [-10, -20]
export const [BYPASSED, MUTED] = [4, 2]

/** What feeds an input, or null. @type {(seat: Seat, node: GraphNode, name: string) => Source | null} */
export function sourceOf(seat, node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1
  return slot < 0 ? null : follow(seat, linkInto(node, slot), node.graph)
}

/**
 * The link into an input; a node's own getInputLink answers for the inside where the node is a subgraph.
 * @type {(node: GraphNode, slot: number) => Link | undefined}
 */
export function linkInto(node, slot) {
  return linksOf(node.graph).find(
    (link) => String(link.target_id) === String(node.id) && Number(link.target_slot) === slot
  )
}

/** @type {(graph: Graph | null) => Link[]} */
export function linksOf(graph) {
  const links = graph?.links ?? {}
  return typeof links.values === 'function' ? [...links.values()] : Object.values(links)
}

/** @type {(seat: Seat, link: Link | null | undefined, graph: Graph | null) => Source | null} */
function follow(seat, link, graph) {
  if (!link || !graph) return null
  const slot = Number(link.origin_slot)
  if (Number(link.origin_id) === INPUT_SIDE) return outwards(seat, graph, slot)
  const node = graph.getNodeById(link.origin_id)
  if (!node || node.mode === MUTED) return null
  if (node.mode === BYPASSED) return follow(seat, bypass(node, slot), graph)
  if (node.subgraph) return inwards(seat, node.subgraph, slot)
  if (node.isVirtualNode) return follow(seat, linkInto(node, 0), graph)
  return { node, slot }
}

/**
 * The link that a bypassed node hands on: that of its first input of the output's type.
 * @type {(node: GraphNode, slot: number) => Link | null | undefined}
 */
function bypass(node, slot) {
  const index = node.inputs.findIndex((input) => input.type === node.outputs[slot].type)
  return index < 0 ? null : linkInto(node, index)
}

/** @type {(seat: Seat, graph: Graph, slot: number) => Source | null} */
function outwards(seat, graph, slot) {
  const holder = seat.holderOf(graph)
  return holder && follow(seat, linkInto(holder, slot), holder.graph)
}

/** @type {(seat: Seat, subgraph: Graph, slot: number) => Source | null} */
function inwards(seat, subgraph, slot) {
  const inner = linksOf(subgraph).find(
    (link) => Number(link.target_id) === OUTPUT_SIDE && Number(link.target_slot) === slot
  )
  return follow(seat, inner, subgraph)
}

/**
 * The widget that an input's value is set by: the node's own, or what stands for it on a subgraph around it; or null.
 * @type {(seat: Seat, node: GraphNode, name: string) => Setting | null}
 */
export function settingOf(seat, node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1,
    link = slot < 0 ? undefined : linkInto(node, slot)
  const widget = node.widgets?.find((each) => each.name === name)
  if (!link) return widget ? { node, widget } : null
  if (Number(link.origin_id) !== INPUT_SIDE || !node.graph) return null
  const holder = seat.holderOf(node.graph)
  return holder && settingOf(seat, holder, holder.inputs[Number(link.origin_slot)].name)
}

/** What a node has put out last, as the page keeps it. @type {(app: App, node: GraphNode) => NodeOutput | undefined} */
export function outputsOf(app, node) {
  const locator = app.extensionManager?.workflow?.nodeToNodeLocatorId?.(node) ?? String(node.id)
  return app.nodeOutputs?.[locator]
}
