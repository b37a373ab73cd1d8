// @ts-check
// Which nodes show what becomes of a canvas's drawing.
import { flattened } from './flat.js'

/** @import { Seat } from '../host/seat.js' */
/** @import { Entries, Entry, Origin } from './flat.js' */

/**
 * @typedef {{ id: string, node: GraphNode }} Target a node that shows a result, by its execution id
 *
 * @typedef {object} Downstream what depends on a canvas
 * @property {Target[]} targets the best first
 * @property {Map<string, GraphNode | null>} makers what makes them; and the node that cut out what it works on, if any
 * @property {Set<string>} reached all that depends on the drawing
 * @property {Set<string>} needed all that results are made by, and what shows them
 */

const CANVAS = 'DragCanvas'
const DRAWING = [0, 1] // outputs: drag, mask
const ADDS_TO = ['base', 'mask']
const PICTURES = ['IMAGE', 'LATENT', 'INVERSION']
const [PART, WHOLE] = ['DragCrop', 'DragStitch']
const LEAVE_IT = [PART, 'DragPreview'] // take picture and drawing, and do not apply one to the other

/** What depends on a canvas. @type {(seat: Seat) => Downstream} */
export function downstreamOf(seat) {
  return found(flattened(seat.root), seat.node, seat.lent ? seat.id : null)
}

/**
 * The same in a graph without subgraphs, for all places that a canvas has there, or the only one. A result is a picture that something
 * dependent on the drawing was applied to; the best is one that no other is made from, then the nearest. What another
 * canvas makes of it is that canvas's own.
 * @type {(entries: Entries, canvas: GraphNode, only?: string | null) => Downstream}
 */
export function found(entries, canvas, only = null) {
  const { far, sources } = reach(entries, canvas, only),
    chains = new Chains(entries, sources)
  const shown = [...far.keys()].map((id) => entryOf(entries, id)).filter(showsPicture)
  const edited = shown.filter((entry) => chains.showsEdit(entry) && !chains.cutOf(entry.id))
  const behind = new Map(edited.map((entry) => [entry.id, ancestors(entries, entry)]))
  const isPassed = (/** @type {Entry} */ { id }) =>
    edited.some((other) => isWithin(behind.get(id), behind.get(other.id)))
  const order = (/** @type {Entry} */ entry) => [Number(isPassed(entry)), far.get(entry.id) ?? 0]
  const targets = edited.toSorted((a, b) => compared(order(a), order(b))).map(({ id, node }) => ({ id, node }))
  const makers = [...behind.values()].flatMap((ids) => [...ids]).filter((id) => chains.isEdited(id))
  return {
    targets,
    makers: new Map(makers.map((id) => [id, chains.cutOf(id)])),
    reached: new Set([...far.keys(), ...sources]),
    needed: new Set([...behind].flatMap(([id, ids]) => [id, ...ids]))
  }
}

/**
 * The nodes that depend on a canvas's drag or mask, with how many steps away they are; and those of them that hand it on.
 * @type {(entries: Entries, canvas: GraphNode, only: string | null) => { far: Map<string, number>, sources: Set<string> }}
 */
function reach(entries, canvas, only) {
  /** @type {Map<string, number>} */
  const far = new Map()
  const all = [...entries.values()],
    starts = all.filter(({ id, node }) => node === canvas && id === (only ?? id)).map(({ id }) => id)
  const sources = new Set(starts)
  let edge = sources
  for (let steps = 1; edge.size; steps++) {
    const fed = all.filter(({ id, from }) => !sources.has(id) && from.some((origin) => carries(entries, edge, origin)))
    for (const { id } of fed) if (!far.has(id)) far.set(id, steps)
    edge = new Set(fed.filter((entry) => !isCanvas(entry) || addsTo(entries, edge, entry)).map(({ id }) => id))
    for (const id of edge) sources.add(id)
  }
  return { far, sources }
}

/** @type {(entries: Entries, sources: Set<string>, origin: Origin | null) => boolean} */
function carries(entries, sources, origin) {
  if (!origin || !sources.has(origin.id)) return false
  return !isCanvas(entryOf(entries, origin.id)) || DRAWING.includes(origin.slot)
}

/** Whether another canvas draws on. @type {(entries: Entries, sources: Set<string>, entry: Entry) => boolean} */
function addsTo(entries, sources, { node, from }) {
  return from.some((origin, i) => ADDS_TO.includes(node.inputs[i].name) && carries(entries, sources, origin))
}

/** What a picture is made from, step by step. */
class Chains {
  /**
   * @param {Entries} entries
   * @param {Set<string>} sources what depends on the drawing
   */
  constructor(entries, sources) {
    this.entries = entries
    this.sources = sources
    /** @type {Map<string, boolean>} */
    this.edited = new Map()
    /** @type {Map<string, GraphNode | null>} */
    this.cuts = new Map()
  }

  /** Whether a node gives a picture that something dependent on the drawing was applied to. @type {(id: string) => boolean} */
  isEdited(id) {
    return remembered(this.edited, id, false, () => {
      const entry = entryOf(this.entries, id)
      return !isCanvas(entry) && (this.applies(entry) || this.showsEdit(entry))
    })
  }

  /** Whether a node is given such a picture. @type {(entry: Entry) => boolean} */
  showsEdit(entry) {
    return pictures(entry).some(({ id }) => this.isEdited(id))
  }

  /** The node that cut out what a node works on, unless it was put back. @type {(id: string) => GraphNode | null} */
  cutOf(id) {
    return remembered(this.cuts, id, null, () => {
      const entry = entryOf(this.entries, id)
      if (typeOf(entry) === PART) return entry.node
      if (typeOf(entry) === WHOLE || isCanvas(entry)) return null
      const cuts = entry.from.map((origin) => origin && this.cutOf(origin.id))
      return cuts.find((cut) => cut !== null) ?? null
    })
  }

  /** Whether a node applies something that depends on the drawing to a picture. @type {(entry: Entry) => boolean} */
  applies(entry) {
    const { node, from } = entry
    if (!pictures(entry).length || LEAVE_IT.includes(typeOf(entry))) return false
    return from.some((origin, i) => !isPicture(node.inputs[i].type) && carries(this.entries, this.sources, origin))
  }
}

/**
 * What a table knows of a node, found once; a graph that leads back to itself ends at what it begins with.
 * @type {<T>(table: Map<string, T>, id: string, begin: T, find: () => T) => T}
 */
function remembered(table, id, begin, find) {
  const known = table.get(id)
  if (known !== undefined) return known
  table.set(id, begin)
  const value = find()
  table.set(id, value)
  return value
}

/** All that a node is made by. @type {(entries: Entries, entry: Entry) => Set<string>} */
function ancestors(entries, entry) {
  /** @type {Set<string>} */
  const ids = new Set()
  const visit = (/** @type {Entry} */ next) => {
    for (const origin of next.from) {
      if (!origin || ids.has(origin.id)) continue
      ids.add(origin.id)
      visit(entryOf(entries, origin.id))
    }
  }
  visit(entry)
  return ids
}

/** Where a node's pictures come from. @type {(entry: Entry) => Origin[]} */
function pictures({ node, from }) {
  return from.filter((origin, i) => origin && isPicture(node.inputs[i].type)).map((origin) => /** @type {Origin} */ (origin))
}

/** @type {(type: unknown) => boolean} */
function isPicture(type) {
  return String(type)
    .split(',')
    .some((each) => PICTURES.includes(each))
}

/** @type {(entry: Entry) => boolean} */
function showsPicture(entry) {
  return Boolean(entry.node.constructor.nodeData?.output_node) && pictures(entry).length > 0
}

/** @type {(inner: Set<string> | undefined, outer: Set<string> | undefined) => boolean} */
function isWithin(inner, outer) {
  return Boolean(inner && outer && inner.size < outer.size && [...inner].every((id) => outer.has(id)))
}

/** @type {(a: number[], b: number[]) => number} */
function compared(a, b) {
  return a.map((each, i) => each - b[i]).find(Boolean) ?? 0
}

/** @type {(entry: Entry) => boolean} */
function isCanvas(entry) {
  return typeOf(entry) === CANVAS
}

/** @type {(entry: Entry) => string} */
function typeOf({ node }) {
  return node.comfyClass ?? node.type
}

/** @type {(entries: Entries, id: string) => Entry} */
function entryOf(entries, id) {
  const entry = entries.get(id)
  if (!entry) throw new RangeError(`There is no node ${id}.`)
  return entry
}
