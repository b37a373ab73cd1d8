// @ts-check
// A canvas that is promoted onto the node of a subgraph: that node gets an editor of its own, whose drawing the page keeps
// for it, so that each node of a subgraph has another one.
import { Seat } from './seat.js'
import { INPUT_SIDE, linksOf } from './upstream.js'
import { SMALLEST, START, TYPE, addElement, canvasAt, endWith, follow } from './widget.js'

/** @import { Editor } from '../editor/editor.js' */

/** @type {(holder: GraphNode) => void} */
export function watchHolder(holder) {
  const { onAdded, serialize } = holder
  holder.serialize = function () {
    return withCopies(serialize.call(this))
  }
  holder.onAdded = function (...rest) {
    onAdded?.apply(this, rest)
    lendAll(holder)
  }
  const isPromoted = (/** @type {CustomEvent} */ { detail }) =>
    detail.subgraphNode === holder && lendAll(holder, detail.widget) // which is told of before it is linked
  holder.subgraph?.events?.addEventListener('widget-promoted', isPromoted)
}

/**
 * What is saved of a node, with drawings that can be copied: the page's are proxies, so that it could not put the node into
 * a further subgraph.
 * @type {(saved: SavedNode) => SavedNode}
 */
function withCopies(saved) {
  return saved.widgets_values ? { ...saved, widgets_values: JSON.parse(JSON.stringify(saved.widgets_values)) } : saved
}

/** Shows the canvases that are promoted onto nodes of a graph, where the page does not yet. @type {(graph: Graph) => void} */
export function lendWithin(graph) {
  for (const holder of graph.nodes.filter((node) => node.subgraph)) {
    lendWithin(/** @type {Graph} */ (holder.subgraph))
    lendAll(holder)
  }
}

/** @type {(holder: GraphNode, promoted?: Widget | null) => void} */
function lendAll(holder, promoted = null) {
  if (holder.graph?.getNodeById(holder.id) !== holder) return // it is being copied or read
  for (const [slot, input] of holder.inputs.entries()) {
    const kept = input._widget
    if (!kept || kept.seat || kept.type !== TYPE) continue
    const { seat } = shownBy(holder, slot) ?? promoted ?? {}
    if (seat) lend(holder, input, kept, seat)
  }
}

/** The widget of a canvas within a subgraph that an input of its node stands for. @type {(holder: GraphNode, slot: number) => Widget | undefined} */
function shownBy({ subgraph }, slot) {
  const isIt = (/** @type {Link} */ { origin_id, origin_slot }) =>
    Number(origin_id) === INPUT_SIDE && Number(origin_slot) === slot
  const link = linksOf(subgraph ?? null).find(isIt),
    node = link && subgraph?.getNodeById(link.target_id)
  return node?.subgraph ? node.inputs[Number(link?.target_slot)]?._widget : node?.widgets?.find(({ seat }) => seat)
}

/** @type {(holder: GraphNode, input: GraphInput, kept: Widget, within: Seat) => void} */
function lend(holder, input, kept, { node, app, api, lent }) {
  const path = [holder, ...(lent?.path ?? [])],
    canvas = canvasAt(new Seat(node, app, api, { node: holder, input: input.name, path, kept })),
    bring = bringer(canvas.editor, kept),
    following = follow(canvas, bring)
  const add = () =>
    addElement(holder, input.name, canvas, {
      getValue: () => kept.value,
      setValue(value) {
        kept.value = value
        bring()
      }
    })
  const widget = alone(holder, add)
  endWith(widget, following.end)
  Object.defineProperty(widget, 'widgetId', { value: input.widgetId, configurable: true })
  input._widget = widget
  bring()
  following.start()
  enlarge(holder)
}

/** A function that shows the drawing that the page keeps, where it is another one. @type {(editor: Editor, kept: Widget) => () => void} */
function bringer(editor, kept) {
  /** @type {unknown} */
  let seen
  return () => {
    if (kept.value === seen) return
    seen = kept.value
    const text = JSON.stringify(seen)
    if (text !== JSON.stringify(editor.document.value)) editor.load(JSON.parse(text ?? '{"version": 1}'))
  }
}

/**
 * Adds an element to a node of a subgraph without a widget beside those that the page makes of its inputs.
 * @type {(holder: GraphNode, add: () => Widget) => Widget}
 */
function alone(holder, add) {
  holder.addCustomWidget = (/** @type {Widget} */ widget) => widget
  try {
    return add()
  } finally {
    delete holder.addCustomWidget
  }
}

/** Makes room for a canvas on a node that had none. @type {(holder: GraphNode) => void} */
function enlarge(holder) {
  const [width, height] = holder.size
  if (height < SMALLEST) holder.setSize?.([Math.max(width, START[0]), Math.max(height, START[1])])
}
