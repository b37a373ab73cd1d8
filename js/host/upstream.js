// Which node's output arrives at an input: through bypassed nodes, reroutes and the borders of subgraphs.

const INPUT_SIDE = -10
const OUTPUT_SIDE = -20
const BYPASSED = 4
const MUTED = 2

/** The node and output {node, slot} that feed an input, or null. */
export function sourceOf(app, node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1
  return slot < 0 ? null : follow(app, linkInto(node, slot), node.graph)
}

/** The link into an input; a node's own getInputLink answers for the inside where the node is a subgraph. */
function linkInto(node, slot) {
  return linksOf(node.graph).find(
    (link) => String(link.target_id) === String(node.id) && Number(link.target_slot) === slot
  )
}

function linksOf(graph) {
  return [...(graph.links.values?.() ?? Object.values(graph.links))]
}

function follow(app, link, graph) {
  if (!link || !graph) return null
  if (Number(link.origin_id) === INPUT_SIDE) return outwards(app, graph, link.origin_slot)
  const node = graph.getNodeById(link.origin_id)
  if (!node || node.mode === MUTED) return null
  if (node.mode === BYPASSED) return follow(app, bypass(node, link.origin_slot), graph)
  if (node.isVirtualNode) return follow(app, linkInto(node, 0), graph)
  if (node.subgraph) return inwards(app, node.subgraph, link.origin_slot)
  return { node, slot: Number(link.origin_slot) }
}

/** The link that a bypassed node hands on: that of its first input of the output's type. */
function bypass(node, slot) {
  const index = node.inputs.findIndex((input) => input.type === node.outputs[slot].type)
  return index < 0 ? null : linkInto(node, index)
}

function outwards(app, graph, slot) {
  const holder = holderOf(app.rootGraph ?? app.graph, graph)
  return holder && follow(app, linkInto(holder, slot), holder.graph)
}

function inwards(app, subgraph, slot) {
  const inner = linksOf(subgraph).find(
    (link) => Number(link.target_id) === OUTPUT_SIDE && Number(link.target_slot) === slot
  )
  return follow(app, inner, subgraph)
}

/** The node that stands for a subgraph. */
function holderOf(graph, subgraph) {
  for (const node of graph.nodes) {
    if (node.subgraph === subgraph) return node
    const found = node.subgraph && holderOf(node.subgraph, subgraph)
    if (found) return found
  }
  return null
}

/** The id of a node as the server knows it, such as 5:1 within a subgraph. */
export function executionId(app, node) {
  const root = app.rootGraph ?? app.graph
  if (node.graph === root || node.graph.isRootGraph) return String(node.id)
  return `${executionId(app, holderOf(root, node.graph))}:${node.id}`
}

/** What a node has put out last, as the page keeps it. */
export function outputsOf(app, node) {
  const locator = app.extensionManager?.workflow?.nodeToNodeLocatorId?.(node) ?? String(node.id)
  return app.nodeOutputs?.[locator]
}
