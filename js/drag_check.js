// @ts-check
// Shows the table of Drag Check on its node.
import { app } from '../../scripts/app.js'
import { showText } from './host/result.js'

app.registerExtension({
  name: 'dragkit.DragCheck',
  nodeCreated(node) {
    if (node.comfyClass === 'DragCheck') showText(node)
  }
})
