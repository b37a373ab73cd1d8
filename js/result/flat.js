// @ts-check
// The graph as the server runs it: no subgraphs, reroutes, muted or bypassed nodes, each node by its execution id.

/** @import { Holder } from './types.js' */

/**
 * @typedef {{ id: string, slot: number }} Origin an output of a node
 * @typedef {{ id: string, node: GraphNode, from: (Origin | null)[] }} Entry a node, and what feeds each of its inputs
 * @typedef {Map<string, Entry>} Entries
 */

const INPUT_SIDE = -10
const OUTPUT_SIDE = -20
const [MUTED, BYPASSED] = [2, 4]

/** @type {(root: Graph) => Entries} */
export function flattened(root) {
  /** @type {Entries} */
  const entries = new Map()
  collect(new Place(root, []), entries)
  return entries
}

/** @type {(place: Place, entries: Entries) => void} */
function collect(place, entries) {
  for (const node of place.graph.nodes) {
    if (node.mode === MUTED || node.mode === BYPASSED) continue
    if (node.subgraph) collect(place.within(node), entries)
    else if (!node.isVirtualNode) {
      const id = place.idOf(node)
      const from = (node.inputs ?? []).map((input, slot) => place.originOf(node.id, slot, input.type))
      entries.set(id, { id, node, from })
    }
  }
}

/** A graph, and the nodes that stand for it and for those around it. */
export class Place {
  /**
   * @param {Graph} graph
   * @param {readonly Holder[]} holders from the outermost in
   */
  constructor(graph, holders) {
    this.graph = graph
    this.holders = holders
    this.into = new Map(linksOf(graph).map((link) => [`${link.target_id}:${link.target_slot}`, link]))
  }

  /** @type {(node: GraphNode) => Place} */
  within(node) {
    if (!node.subgraph) throw new TypeError(`Node ${node.id} is no subgraph.`)
    return new Place(node.subgraph, [...this.holders, { node, place: this }])
  }

  /** @type {(node: GraphNode) => string} */
  idOf(node) {
    return [...this.holders.map((holder) => holder.node.id), node.id].join(':')
  }

  /** What feeds an input that takes a type. @type {(id: number | string, slot: number, type: unknown) => Origin | null} */
  originOf(id, slot, type) {
    const link = this.into.get(`${id}:${slot}`)
    if (!link) return null
    const output = Number(link.origin_slot)
    if (Number(link.origin_id) === INPUT_SIDE) {
      const holder = this.holders.at(-1)
      return holder ? holder.place.originOf(holder.node.id, output, type) : null
    }
    const node = this.graph.getNodeById(link.origin_id)
    return node && this.resolved(node, output, type)
  }

  /** Where an output of a node really comes from. @type {(node: GraphNode, slot: number, type: unknown) => Origin | null} */
  resolved(node, slot, type) {
    if (node.mode === MUTED) return null
    if (node.mode === BYPASSED) return this.originOf(node.id, bypassed(node, slot, type), type)
    if (node.subgraph) return this.within(node).originOf(OUTPUT_SIDE, slot, type)
    if (node.isVirtualNode) return this.originOf(node.id, 0, type)
    return { id: this.idOf(node), slot }
  }
}

/**
 * The input that a bypassed node hands on as an output: the one beside it if it fits, else the first of the type.
 * @type {(node: GraphNode, slot: number, type: unknown) => number}
 */
function bypassed({ inputs, outputs }, slot, type) {
  const wanted = type === '*' ? outputs[slot]?.type : type
  return inputs[slot]?.type === wanted ? slot : inputs.findIndex((input) => input.type === wanted)
}

/** @type {(graph: Graph) => Link[]} */
function linksOf({ links }) {
  return typeof links.values === 'function' ? [...links.values()] : Object.values(links)
}
