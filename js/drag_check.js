// Shows the table of Drag Check on its node.
import { app } from '../../scripts/app.js'
import { ComfyWidgets } from '../../scripts/widgets.js'
import { showText } from './host/result.js'

app.registerExtension({
  name: 'dragkit.DragCheck',
  nodeCreated(node) {
    if (node.comfyClass !== 'DragCheck') return
    showText(node, ComfyWidgets.STRING(node, 'result', ['STRING', { multiline: true }], app).widget)
  }
})
