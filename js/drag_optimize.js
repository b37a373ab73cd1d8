// @ts-check
// Shows the numbers that a schedule of Drag Optimize Latent brings along, in place of those that it does not use.
import { app } from '../../scripts/app.js'
import { followSchedule } from './host/schedule.js'

app.registerExtension({
  name: 'dragkit.DragOptimizeLatent',
  beforeRegisterNodeDef(nodeType, nodeData) {
    if (nodeData.name !== 'DragOptimizeLatent') return
    nodeType.dragkitInputs = { ...nodeData.input.required, ...nodeData.input.optional }
  },
  nodeCreated(node) {
    if (node.constructor.dragkitInputs) followSchedule(node, node.constructor.dragkitInputs)
  }
})
