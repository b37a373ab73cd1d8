// What the page tests ask of results in the canvas; lives beside `canvasTest` in the page.
window.resultTest = {
  // Load Image -> Drag Canvas -> Drag Warp -> Preview Image, with a preview of what goes in and one of the hole.
  async graph(name, value, first = true) {
    if (first) await app.loadGraphData({ nodes: [], links: [], version: 0.4 })
    canvasTest.lender = null
    const y = first ? 160 : 1000
    const loader = canvasTest.add('LoadImage', [420, y + 40], name),
      canvas = canvasTest.add('DragCanvas', [760, y]),
      warp = canvasTest.add('DragWarp', [1340, y]),
      made = canvasTest.add('PreviewImage', [1640, y])
    canvas.widgets[0].value = value
    warp.widgets.find((widget) => widget.name === 'fill').value = 'neighbours'
    loader.connect(0, canvas, 0)
    canvas.connect(2, canvasTest.add('PreviewImage', [1340, y + 420]), 0)
    canvas.connect(2, warp, 0)
    canvas.connect(0, warp, 1)
    warp.connect(1, canvasTest.add('MaskPreview', [1640, y + 420]), 0)
    warp.connect(0, made, 0)
    canvasTest.look(1)
    return { canvas: canvas.id, made: made.id, warp: warp.id, loader: loader.id }
  },

  // Has Drag Warp work on the picture and its negative.
  twoPictures() {
    const canvas = canvasTest.node(),
      warp = app.graph.nodes.find((node) => node.type === 'DragWarp'),
      negative = canvasTest.add('ImageInvert', [1000, 900]),
      both = canvasTest.add('ImageBatch', [1200, 900])
    canvas.connect(2, negative, 0)
    canvas.connect(2, both, 0)
    negative.connect(0, both, 1)
    both.connect(0, warp, 0)
  },

  // Has what Drag Warp makes blurred so many times before it is shown.
  blurTimes(times, values) {
    const warp = app.graph.nodes.find((node) => node.type === 'DragWarp'),
      shown = warp.getOutputNodes(0)[0]
    let last = warp
    for (let i = 0; i < times; i++) {
      const blur = canvasTest.add('ImageBlur', [1340, 900])
      for (const widget of blur.widgets) widget.value = values[widget.name] ?? widget.value
      last.connect(0, blur, 0)
      last = blur
    }
    last.connect(0, shown, 0)
  },

  unplug(type, name) {
    const node = app.graph.nodes.find((each) => each.type === type)
    node.disconnectInput(node.inputs.findIndex((input) => input.name === name))
  },

  // Connects the canvas's picture to an input.
  plug(type, name) {
    const node = app.graph.nodes.find((each) => each.type === type)
    canvasTest.node().connect(2, node, node.inputs.findIndex((input) => input.name === name))
  },

  // The server begins with a run.
  begin() {
    app.api.dispatchCustomEvent('execution_start', { prompt_id: 'another', timestamp: 0 })
  },

  // A node sends a preview of what it samples: one colour.
  async sample(id, colour) {
    const paper = new OffscreenCanvas(64, 64),
      pen = paper.getContext('2d')
    pen.fillStyle = colour
    pen.fillRect(0, 0, 64, 64)
    const blob = await paper.convertToBlob(),
      [nodeId, displayNodeId, parentNodeId, realNodeId] = Array(4).fill(String(id))
    const about = { nodeId, displayNodeId, parentNodeId, realNodeId, promptId: 'another', jobId: 'another' }
    app.api.dispatchCustomEvent('b_preview_with_metadata', { blob, ...about })
  },

  end() {
    app.api.dispatchCustomEvent('execution_success', { prompt_id: 'another', timestamp: 0 })
  },

  // Opens the graph in app mode: the canvas is asked for, the result is shown.
  async openApp() {
    const { id } = canvasTest.node(),
      made = app.graph.nodes.find((node) => node.type === 'PreviewImage').id,
      workflow = JSON.parse(JSON.stringify(app.rootGraph.serialize()))
    workflow.extra = { ...workflow.extra, linearMode: true, linearData: { inputs: [[id, 'drag']], outputs: [made] } }
    await app.loadGraphData(workflow)
  },

  of(id) {
    return app.graph.getNodeById(id).widgets[0].editor
  },

  // What the canvas shows of results.
  state() {
    const editor = canvasTest.editor(),
      { last, preview, fault, states, at } = editor.scene.results
    const text = (name) => {
      const found = editor.root.querySelector(name)
      return found?.getClientRects().length ? found.innerText.trim() : ''
    }
    return {
      url: last?.picture.url ?? null,
      node: last?.node ?? null,
      number: text('.dragkit-number'),
      preview: Boolean(preview),
      fault,
      states: states.map(({ picture }) => picture),
      at,
      said: text('.dragkit-said'),
      outdated: text('.dragkit-outdated')
    }
  },

  // Puts a loader and its canvas into a subgraph, which the page then stands in for their inputs.
  async enclose(...ids) {
    for (const id of ids) app.canvas.select(app.graph.getNodeById(id))
    await app.extensionManager.command.execute('Comfy.Graph.ConvertToSubgraph')
  },

  results() {
    const canvases = canvasTest.graphs().flatMap((graph) => graph.nodes.filter((node) => node.type === 'DragCanvas'))
    return canvases.map((node) => node.widgets[0].editor.scene.results.last?.picture.size ?? null)
  },

  loaderFile() {
    return app.graph.nodes.find((node) => node.type === 'LoadImage').widgets[0].value
  }
}
