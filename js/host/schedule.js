// The inputs of a node that follow its schedule.

/** Lets a node's widgets show the numbers that come with the schedule chosen; inputs: their specifications by name. */
export function followSchedule(node, inputs) {
  const schedule = node.widgets?.find((widget) => widget.name === 'schedule')
  const numbers = inputs.schedule[1]?.numbers
  if (!schedule || !numbers) return
  const own = {}
  const follow = () => {
    show(node, numbers[schedule.value], own, inputs)
    node.setDirtyCanvas?.(true, true)
  }
  schedule.callback = after(schedule.callback, follow)
  node.onConfigure = after(node.onConfigure, follow)
}

/** A function that does something more afterwards. */
function after(first, then) {
  return function (...given) {
    const answer = first?.apply(this, given)
    then()
    return answer
  }
}

/** Shows the chosen numbers and locks their inputs, or gives the others their own values back. */
function show(node, chosen, own, inputs) {
  for (const widget of node.widgets) {
    const fixed = chosen?.[widget.name]
    if (fixed !== undefined) {
      if (!(widget.name in own)) own[widget.name] = widget.value === fixed ? inputs[widget.name][1].default : widget.value
      widget.value = fixed
      widget.disabled = true
    } else if (widget.name in own) {
      widget.value = own[widget.name]
      widget.disabled = false
      delete own[widget.name]
    }
  }
}
