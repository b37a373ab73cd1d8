// What the page tests ask of the drag canvas; lives beside `app` in the page.
window.canvasTest = {
  // A graph of a Load Image node and a canvas; without a name there is no picture.
  async fresh(name, value) {
    await app.loadGraphData({ nodes: [], links: [], version: 0.4 })
    const canvas = this.add('DragCanvas', [760, 160])
    if (value) canvas.widgets[0].value = value
    if (name) this.add('LoadImage', [420, 200], name).connect(0, canvas, 0)
    this.look(1)
    return String(canvas.id)
  },

  add(type, pos, file) {
    const node = LiteGraph.createNode(type)
    node.pos = pos
    app.graph.add(node)
    if (file) this.choose(node, file)
    return node
  },

  choose(loader, file) {
    loader.widgets[0].value = file
    loader.widgets[0].callback?.(file)
  },

  look(scale, offset = [0, 0]) {
    app.canvas.ds.scale = scale
    app.canvas.ds.offset = offset
    app.canvas.setDirty(true, true)
  },

  graphs(graph = app.rootGraph ?? app.graph) {
    return [graph, ...graph.nodes.flatMap((node) => (node.subgraph ? this.graphs(node.subgraph) : []))]
  },

  // The canvas node that was made last.
  node() {
    return this.graphs().flatMap((graph) => graph.nodes).filter((node) => node.type === 'DragCanvas').at(-1)
  },

  editor() {
    return this.node().widgets[0].editor
  },

  value() {
    return this.node().widgets[0].value
  },

  at(x, y) {
    return this.editor().stage.clientOf([x, y])
  },

  state() {
    const editor = this.editor(), { picture, pictureState, tool, selection, view, under } = editor
    const text = (name) => editor.root.querySelector(name)?.innerText ?? ''
    return {
      shown: Boolean(editor.stage.canvas.getClientRects().length) && editor.root.isConnected,
      picture: picture?.size ?? null, url: picture?.url ?? '', missing: pictureState?.kind ?? null,
      tool, selection, view, under: Boolean(under), focused: document.activeElement === editor.root,
      message: text('.dragkit-messages'), hint: text('.dragkit-hint'), place: text('.dragkit-place'), count: text('.dragkit-count')
    }
  },

  // The colour on the canvas at a point of the picture.
  colour(x, y) {
    const { stage } = this.editor(), [left, top] = stage.clientOf([x, y]), box = stage.canvas.getBoundingClientRect()
    const grown = stage.canvas.width / box.width
    return [...stage.canvas.getContext('2d').getImageData((left - box.left) * grown, (top - box.top) * grown, 1, 1).data]
  },

  // The mask as the page shows it: a string of 0 and 1, row by row.
  mask() {
    const { pixels } = this.editor().stage.painter.mask
    return pixels ? pixels.join('') : null
  },

  undoSteps() {
    return app.extensionManager.workflow.activeWorkflow.changeTracker.undoQueue.length
  },

  async reload() {
    await app.loadGraphData(JSON.parse(JSON.stringify(app.rootGraph?.serialize() ?? app.graph.serialize())))
  }
}
