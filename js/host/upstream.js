// @ts-check
// Which node's output arrives at an input: through bypassed nodes, reroutes and the borders of subgraphs.

/** @typedef {{ node: GraphNode, slot: number }} Source a node, and its output */

export const [INPUT_SIDE, OUTPUT_SIDE] = [-10, -20]
export const [BYPASSED, MUTED] = [4, 2]

/** What feeds an input, or null. @type {(app: App, node: GraphNode, name: string) => Source | null} */
export function sourceOf(app, node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1
  return slot < 0 ? null : follow(app, linkInto(node, slot), node.graph)
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

/** @type {(app: App, link: Link | null | undefined, graph: Graph | null) => Source | null} */
function follow(app, link, graph) {
  if (!link || !graph) return null
  const slot = Number(link.origin_slot)
  if (Number(link.origin_id) === INPUT_SIDE) return outwards(app, graph, slot)
  const node = graph.getNodeById(link.origin_id)
  if (!node || node.mode === MUTED) return null
  if (node.mode === BYPASSED) return follow(app, bypass(node, slot), graph)
  if (node.subgraph) return inwards(app, node.subgraph, slot)
  if (node.isVirtualNode) return follow(app, linkInto(node, 0), graph)
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

/** @type {(app: App, graph: Graph, slot: number) => Source | null} */
function outwards(app, graph, slot) {
  const holder = holderOf(app.rootGraph ?? app.graph, graph)
  return holder && follow(app, linkInto(holder, slot), holder.graph)
}

/** @type {(app: App, subgraph: Graph, slot: number) => Source | null} */
function inwards(app, subgraph, slot) {
  const inner = linksOf(subgraph).find(
    (link) => Number(link.target_id) === OUTPUT_SIDE && Number(link.target_slot) === slot
  )
  return follow(app, inner, subgraph)
}

/** The node that stands for a subgraph. @type {(graph: Graph, subgraph: Graph) => GraphNode | null} */
export function holderOf(graph, subgraph) {
  for (const node of graph.nodes) {
    if (node.subgraph === subgraph) return node
    const found = node.subgraph && holderOf(node.subgraph, subgraph)
    if (found) return found
  }
  return null
}

/**
 * The widget that an input's value is set by: the node's own, or what stands for it on a subgraph around it; or null.
 * @type {(app: App, node: GraphNode, name: string) => Widget | null}
 */
export function widgetBehind(app, node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1,
    link = slot < 0 ? undefined : linkInto(node, slot)
  if (!link) return node.widgets?.find((widget) => widget.name === name) ?? null
  if (Number(link.origin_id) !== INPUT_SIDE || !node.graph) return null
  const holder = holderOf(app.rootGraph ?? app.graph, node.graph)
  return holder && widgetBehind(app, holder, holder.inputs[Number(link.origin_slot)].name)
}

/**
 * The id of a node as the server knows it, such as 5:1 within a subgraph.
 * @type {(app: App, node: GraphNode) => string}
 */
export function executionId(app, node) {
  const root = app.rootGraph ?? app.graph
  const holder = node.graph && node.graph !== root && !node.graph.isRootGraph ? holderOf(root, node.graph) : null
  return holder ? `${executionId(app, holder)}:${node.id}` : String(node.id)
}

/** What a node has put out last, as the page keeps it. @type {(app: App, node: GraphNode) => NodeOutput | undefined} */
export function outputsOf(app, node) {
  const locator = app.extensionManager?.workflow?.nodeToNodeLocatorId?.(node) ?? String(node.id)
  return app.nodeOutputs?.[locator]
}
