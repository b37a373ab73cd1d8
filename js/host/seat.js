// @ts-check
// Where a canvas stands: on its own node, or on a node that stands for the subgraph around that.
import { findHolder, holdersOf } from './holders.js'

/**
 * A canvas that is shown on the node of a subgraph.
 * @typedef {object} Lent
 * @property {GraphNode} node that node
 * @property {string} input the input of it that the drawing is
 * @property {GraphNode[]} path the nodes of the subgraphs from there to the canvas, that node first
 * @property {Widget} kept what keeps the drawing for the page
 */

const ROOT = ''

export class Seat {
  /**
   * @param {GraphNode} node the Drag Canvas
   * @param {App} app
   * @param {Api} api
   * @param {Lent | null} lent
   */
  constructor(node, app, api, lent = null) {
    this.node = node
    this.app = app
    this.api = api
    this.lent = lent
  }

  /** The node that the canvas is seen on. */
  get owner() {
    return this.lent?.node ?? this.node
  }

  get root() {
    return this.app.rootGraph ?? this.app.graph
  }

  /** What tells it from others in all graphs of a workflow. */
  get key() {
    return `${this.owner.graph?.id ?? ROOT}:${this.owner.id}:${this.lent?.input ?? ROOT}`
  }

  /** The id of the canvas as the server knows it, such as 5:1 within a subgraph. */
  get id() {
    return this.idOf(this.node)
  }

  /** @type {(node: GraphNode) => string} */
  idOf(node) {
    const holder = node.graph && node.graph !== this.root && !node.graph.isRootGraph ? this.holderOf(node.graph) : null
    return holder ? `${this.idOf(holder)}:${node.id}` : String(node.id)
  }

  /** The node that stands for a subgraph, seen from here. @type {(subgraph: Graph) => GraphNode | null} */
  holderOf(subgraph) {
    return this.lent?.path.find((node) => node.subgraph === subgraph) ?? findHolder(this.root, subgraph)
  }

  /**
   * Whether a change in a graph is one of several nodes that stand for it, or for a graph around it.
   * @type {(graph: Graph | null) => boolean}
   */
  isShared(graph) {
    const holders = graph && graph !== this.root ? holdersOf(this.root, graph) : []
    return holders.length > 1 || holders.some((holder) => this.isShared(holder.graph))
  }

  /** What the workflow keeps of it under a name. @type {(name: string) => unknown} */
  saved(name) {
    return this.owner.properties?.[this.nameOf(name)]
  }

  /** @type {(name: string, value: unknown) => void} */
  save(name, value) {
    this.owner.properties = { ...this.owner.properties, [this.nameOf(name)]: value }
  }

  /** @type {(name: string) => string} */
  nameOf(name) {
    return this.lent ? `${name}:${this.lent.input}` : name
  }
}
