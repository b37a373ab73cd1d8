// A text that a node shows once it has run.

const STYLE = { fontFamily: 'monospace', whiteSpace: 'pre', overflow: 'auto', fontSize: '10px' }
const SIZE = [760, 480]

/** Makes a text field show a node's result: not to be written in, and not saved. */
export function showText(node, field) {
  field.serialize = false
  field.options.serialize = false
  field.options.read_only = true
  const area = field.inputEl ?? field.element
  if (area) {
    area.readOnly = true
    Object.assign(area.style, STYLE)
  }
  const ran = node.onExecuted
  node.onExecuted = function (output) {
    ran?.apply(this, arguments)
    field.value = [output.text ?? []].flat().join('\n')
  }
  node.setSize(node.size.map((length, axis) => Math.max(length, SIZE[axis])))
}
