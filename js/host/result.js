// @ts-check
// A text that a node shows once it has run.

const STYLE = { font: '10px monospace', overflow: 'auto', margin: '0', userSelect: 'text' }
const WIDTH = 760
const HEIGHT = 480

/**
 * Gives a node a field for the text of its result, which is not saved.
 * @type {(node: GraphNode) => void}
 */
export function showText(node) {
  const field = document.createElement('pre')
  Object.assign(field.style, STYLE)
  node.addDOMWidget('result', 'dragkit_text', field, { serialize: false, getMinHeight: () => HEIGHT / 2 })
  const ran = node.onExecuted
  node.onExecuted = function (output) {
    ran?.call(node, output)
    field.textContent = (output.text ?? []).join('\n')
  }
  node.setSize?.([Math.max(node.size[0], WIDTH), Math.max(node.size[1], HEIGHT)])
}
