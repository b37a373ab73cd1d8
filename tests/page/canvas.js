// What the page tests ask of the drag canvas; lives beside `app` in the page.
window.canvasTest = {
  lender: null, // the node that the canvas is promoted onto

  // A graph of a Load Image node and a canvas; without a name there is no picture.
  async fresh(name, value) {
    await app.loadGraphData({ nodes: [], links: [], version: 0.4 })
    this.lender = null
    const canvas = this.add('DragCanvas', [760, 160])
    if (value) canvas.widgets[0].value = value
    if (name) this.add('LoadImage', [420, 200], name).connect(0, canvas, 0)
    this.look(1)
    return String(canvas.id)
  },

  // Makes the graph as it is now the first step of the undo history.
  settle() {
    app.graph.updateExecutionOrder()
    const tracker = app.extensionManager.workflow.activeWorkflow.changeTracker
    tracker.captureCanvasState ? tracker.captureCanvasState() : tracker.checkState()
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
    return this.graphs()
      .flatMap((graph) => graph.nodes)
      .filter((node) => node.type === 'DragCanvas')
      .at(-1)
  },

  // The widget that is drawn on: that of the canvas, or of the node it is promoted onto.
  widget() {
    const owner = this.lender === null ? this.node() : app.graph.getNodeById(this.lender)
    return owner.widgets.find((widget) => widget.editor)
  },

  editor() {
    return this.widget().editor
  },

  value() {
    return this.widget().value
  },

  at(x, y) {
    return this.editor().stage.clientOf([x, y])
  },

  state() {
    const editor = this.editor(),
      { picture, pictureState, under } = editor.scene,
      { tool, selection, frame } = editor.view
    const text = (name) => editor.root.querySelector(name)?.innerText ?? ''
    return {
      shown: Boolean(editor.stage.canvas.getClientRects().length) && editor.root.isConnected,
      picture: picture?.size ?? null,
      url: picture?.url ?? '',
      missing: pictureState?.kind ?? null,
      tool,
      selection,
      view: frame,
      under: Boolean(under),
      whole: editor.scene.whole,
      focused: document.activeElement === editor.root,
      message: text('.dragkit-messages'),
      hint: text('.dragkit-hint'),
      place: text('.dragkit-place'),
      count: text('.dragkit-count')
    }
  },

  // The colour on the canvas at a point of the picture.
  colour(x, y) {
    const { stage } = this.editor(),
      [left, top] = stage.clientOf([x, y]),
      box = stage.canvas.getBoundingClientRect()
    const grown = stage.canvas.width / box.width
    return [
      ...stage.canvas.getContext('2d').getImageData((left - box.left) * grown, (top - box.top) * grown, 1, 1).data
    ]
  },

  // Where what is shown bent comes from.
  bent() {
    const { map } = this.editor().stage.painter.bend
    return map ? Array.from(map.x).join() : null
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
  },

  // Opens the workflow in app mode, with the canvas among its inputs.
  async openApp() {
    const { id } = this.node(),
      workflow = JSON.parse(JSON.stringify(app.rootGraph.serialize()))
    workflow.extra = { ...workflow.extra, linearMode: true, linearData: { inputs: [[id, 'drag']], outputs: [id] } }
    await app.loadGraphData(workflow)
  },

  copy() {
    const copy = this.node().clone()
    copy.pos = [1300, 160]
    app.graph.add(copy)
  },

  paste() {
    app.canvas.selectNode(this.node())
    app.canvas.copyToClipboard()
    app.canvas.pasteFromClipboard()
  },

  counts() {
    return app.graph.nodes
      .filter((node) => node.type === 'DragCanvas')
      .map((node) => node.widgets[0].value.drags.length)
  },

  // Puts the canvas into a subgraph, and opens that.
  async enclose() {
    app.canvas.selectNode(this.node())
    await app.extensionManager.command.execute('Comfy.Graph.ConvertToSubgraph')
    const holder = app.graph.nodes.find((node) => node.subgraph)
    app.canvas.openSubgraph(holder.subgraph, holder)
    this.look(1)
  },

  // Puts the canvas into a subgraph, and lets it be seen on the node of that, as Edit Subgraph Widgets does.
  async promote() {
    const canvas = this.node()
    app.canvas.deselectAll()
    app.canvas.select(canvas)
    await app.extensionManager.command.execute('Comfy.Graph.ConvertToSubgraph')
    const holder = app.graph.nodes.find((node) => node.subgraph),
      inner = holder.subgraph.nodes.find((node) => node.type === 'DragCanvas')
    const slot = inner.inputs.find((input) => input.name === 'drag')
    holder.subgraph.addInput('drag', slot.type).connect(slot, inner)
    this.lender = holder.id
  },

  // Puts the node of the subgraph into another subgraph, and promotes the canvas onto the node of that.
  async promoteFurther() {
    app.canvas.deselectAll()
    app.canvas.select(app.graph.getNodeById(this.lender))
    await app.extensionManager.command.execute('Comfy.Graph.ConvertToSubgraph')
    const outer = app.graph.nodes.find((node) => node.subgraph),
      inner = outer.subgraph.nodes.find((node) => node.subgraph)
    const slot = inner.inputs.find((input) => input.name === 'drag')
    outer.subgraph.addInput('drag', slot.type).connect(slot, inner)
    this.lender = outer.id
  },

  // Adds another node of the subgraph by copying it, fed as the first one is, and turns to that.
  again() {
    const holder = app.graph.getNodeById(this.lender),
      before = [...app.graph.nodes]
    app.canvas.deselectAll()
    app.canvas.select(holder)
    app.canvas.copyToClipboard()
    app.canvas.pasteFromClipboard()
    const copy = app.graph.nodes.find((node) => !before.includes(node)),
      link = [...app.graph.links.values()].find((each) => String(each.target_id) === String(holder.id))
    copy.pos = [760, 900]
    app.graph.getNodeById(link.origin_id).connect(link.origin_slot, copy, link.target_slot)
    this.lender = copy.id
  },

  pasteText(text) {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', text)
    document.activeElement.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    )
  },

  // Connects the loader's mask to the canvas, and the canvas's mask to a preview.
  connectMask() {
    const loader = app.graph.nodes.find((node) => node.type === 'LoadImage'),
      show = this.add('MaskToImage', [1300, 160])
    loader.connect(1, this.node(), 1)
    this.node().connect(1, show, 0)
    show.connect(0, this.add('PreviewImage', [1300, 300]), 0)
  },

  // Hands the canvas's drag on to Drag Warp by way of Drag Crop; how: how that is to move things.
  handOn(how) {
    const crop = this.add('DragCrop', [1300, 160]),
      warp = this.add('DragWarp', [1700, 160])
    const into = (node, type) => node.inputs.findIndex((input) => input.type === type)
    this.node().connect(0, crop, into(crop, 'DRAG'))
    crop.connect(1, warp, into(warp, 'DRAG'))
    warp.widgets.find((widget) => widget.name === 'move').value = how
  },

  // The picture that a preview node shows, as zeros and ones.
  async previewed() {
    const node = app.graph.nodes.find((each) => each.type === 'PreviewImage'),
      picture = new Image()
    picture.src = app.api.apiURL(`/view?${new URLSearchParams(app.nodeOutputs[node.id].images[0])}`)
    await picture.decode()
    const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d')
    pen.drawImage(picture, 0, 0)
    const { data } = pen.getImageData(0, 0, picture.width, picture.height)
    return [...data]
      .filter((_, i) => i % 4 === 0)
      .map((value) => Number(value > 127))
      .join('')
  },

  // Where the knob is that turns a region.
  async knob(index) {
    const { gripsOf } = await import(new URL('extensions/dragkit/editor/regions.js', location))
    return gripsOf(this.editor(), this.editor().document.drag.regions[index]).find((grip) => grip.side === 'turn').point
  },

  // Where the numbers of the drags are on the screen.
  async labels() {
    const { placeLabels } = await import(new URL('extensions/dragkit/editor/labels.js', location))
    const at = (point) => this.at(...point)
    return placeLabels(
      this.value().drags.map(({ handle, target }) => ({ handle: at(handle), target: at(target) })),
      1
    )
  },

  // Lets the loader show another file.
  chooseAgain(file) {
    this.choose(
      app.graph.nodes.find((node) => node.type === 'LoadImage'),
      file
    )
  },

  // Puts a node between the canvas and what feeds its image.
  insert(type, mode) {
    const canvas = this.node(),
      link = canvas.getInputLink(0),
      from = app.graph.getNodeById(link.origin_id)
    const node = this.add(type, [500, 700])
    node.mode = mode
    from.connect(link.origin_slot, node, 0)
    node.connect(0, canvas, 0)
  },

  // Drops or pastes a file onto the canvas.
  give(way, name, bytes) {
    const data = new DataTransfer(),
      root = this.editor().root
    data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }))
    root.focus()
    const options = { bubbles: true, cancelable: true }
    root.dispatchEvent(
      way === 'drop'
        ? new DragEvent('drop', { ...options, dataTransfer: data })
        : new ClipboardEvent('paste', { ...options, clipboardData: data })
    )
  },

  holdsItsButtons() {
    const { root } = this.editor(),
      outer = root.getBoundingClientRect()
    const boxes = [...root.querySelectorAll('button, select')].map((each) => each.getBoundingClientRect())
    return boxes.every((box) => box.right <= outer.right + 1 && box.bottom <= outer.bottom + 1)
  },

  // Texts of the bars and of the line below that do not fit in.
  cutOff() {
    const texts = [...this.editor().root.querySelectorAll('.dragkit-bars *, .dragkit-results *, .dragkit-status *')]
    const isCut = (text) => text.scrollWidth > text.clientWidth + 1 || text.scrollHeight > text.clientHeight + 1
    return texts.filter((text) => text.clientWidth && isCut(text)).map((text) => text.innerText)
  },

  // How well the texts of the bars read: the contrast of each with what is behind it.
  contrasts() {
    const luminance = ([r, g, b]) =>
      [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    const light = (colour) => luminance(colour).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
    const rgb = (colour) => {
      const pen = new OffscreenCanvas(1, 1).getContext('2d')
      pen.fillStyle = colour
      pen.fillRect(0, 0, 1, 1)
      return [...pen.getImageData(0, 0, 1, 1).data]
    }
    const bars = [...this.editor().root.querySelectorAll('.dragkit-bars, .dragkit-status')]
    return bars.flatMap((bar) => {
      const paper = light(rgb(getComputedStyle(bar).backgroundColor))
      const texts = [bar, ...bar.querySelectorAll('button, .dragkit-tip, .dragkit-count')]
      return texts
        .map((text) => light(rgb(getComputedStyle(text).color)))
        .map((ink) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05))
    })
  }
}
