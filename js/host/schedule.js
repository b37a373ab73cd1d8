// @ts-check
// The inputs of a node that follow its schedule.

/** @typedef {(this: any, ...given: unknown[]) => unknown} Callback */

/**
 * Lets a node's widgets show the numbers that come with the schedule chosen; inputs: their specifications by name.
 * @type {(node: GraphNode, inputs: Record<string, InputSpec>) => void}
 */
export function followSchedule(node, inputs) {
  const schedule = node.widgets?.find((widget) => widget.name === 'schedule')
  const numbers = inputs.schedule[1]?.numbers
  if (!schedule || !numbers) return
  /** @type {Record<string, unknown>} */
  const own = {}
  const follow = () => {
    show(node, numbers[String(schedule.value)], own, inputs)
    node.setDirtyCanvas?.(true, true)
  }
  schedule.callback = after(schedule.callback, follow)
  node.onConfigure = after(node.onConfigure, follow)
}

/**
 * A function that does something more afterwards.
 * @type {(first: Callback | undefined, then: () => void) => Callback}
 */
function after(first, then) {
  return function (/** @type {unknown[]} */ ...given) {
    const answer = first?.apply(this, given)
    then()
    return answer
  }
}

/**
 * Shows the chosen numbers and locks their inputs, or gives the others their own values back.
 * @param {GraphNode} node
 * @param {Record<string, unknown> | undefined} chosen
 * @param {Record<string, unknown>} own
 * @param {Record<string, InputSpec>} inputs
 */
function show(node, chosen, own, inputs) {
  for (const widget of node.widgets ?? []) {
    const fixed = chosen?.[widget.name]
    if (fixed !== undefined) {
      const { default: usual } = inputs[widget.name][1] ?? {}
      if (!(widget.name in own)) own[widget.name] = widget.value === fixed ? usual : widget.value
      widget.value = fixed
      widget.disabled = true
    } else if (widget.name in own) {
      widget.value = own[widget.name]
      widget.disabled = false
      delete own[widget.name]
    }
  }
}
