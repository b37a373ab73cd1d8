// @ts-check
// Registers the drag canvas with the page; the only module here that does anything when it is imported.
import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'
import { addStyle } from './host/style.js'
import { readoptAll } from './host/adopt.js'
import { showNotes } from './host/notes.js'
import { loadStrings } from './host/strings.js'
import { keepTouches } from './host/touch.js'
import { lendWithin, watchHolder } from './host/promoted.js'
import { makeWidget } from './host/widget.js'
import { lookAll } from './result/listen.js'

app.registerExtension({
  name: 'dragkit.DragCanvas',
  async init() {
    keepTouches()
    showNotes(app, api)
    await Promise.all([addStyle(), loadStrings(app, api)])
  },
  getCustomWidgets() {
    return { DRAG_CANVAS: (node, name, spec) => makeWidget(node, name, spec, app, api) }
  },
  nodeCreated(node) {
    if (node.subgraph) watchHolder(node)
  },
  afterConfigureGraph() {
    lendWithin(app.rootGraph ?? app.graph)
    readoptAll()
    lookAll()
  }
})
