// What the page tests ask of the graph editor; lives beside `app` in the page.
window.dragkitTest = {
  frame: window.requestAnimationFrame.bind(window),
  held: null, // what waits for a frame while the page rests

  rest() {
    this.held ??= []
  },

  wake() {
    const held = this.held ?? []
    this.held = null
    for (const call of held) this.frame(call)
  },

  async open(workflow) {
    await app.loadGraphData(workflow)
    this.fit()
  },

  fit() {
    const groups = app.graph.groups.length ? app.graph.groups : app.graph.nodes
    const boxes = groups.map((group) => [...group.pos, ...group.size])
    const left = Math.min(...boxes.map((b) => b[0])), right = Math.max(...boxes.map((b) => b[0] + b[2]))
    const top = Math.min(...boxes.map((b) => b[1])), bottom = Math.max(...boxes.map((b) => b[1] + b[3]))
    const scale = Math.min((innerWidth - 130) / (right - left), (innerHeight - 160) / (bottom - top))
    app.canvas.ds.scale = scale
    app.canvas.ds.offset = [95 / scale - left, 110 / scale - top]
    app.canvas.setDirty(true, true)
  },

  // Boxes with their title bars, [x, y, width, height] in graph units.
  nodeBoxes() {
    const { scale, offset } = app.canvas.ds, title = LiteGraph.NODE_TITLE_HEIGHT
    return app.graph.nodes.map((node) => {
      const drawn = document.querySelector(`[data-node-id="${node.id}"]`)?.getBoundingClientRect()
      if (node.flags.collapsed) return { name: `${node.title} (${node.id})`, box: [...node.pos, 0, 0] }
      const box = drawn
        ? [drawn.x / scale - offset[0], drawn.y / scale - offset[1], drawn.width / scale, drawn.height / scale]
        : [node.pos[0], node.pos[1] - title, node.size[0], node.size[1] + title]
      return { name: `${node.title} (${node.id})`, box }
    })
  },

  groupBoxes() {
    return app.graph.groups.map((group) => ({ name: group.title, box: [...group.pos, ...group.size] }))
  },

  nodes() {
    return app.graph.nodes.map((node) => ({
      id: node.id,
      type: node.type,
      known: node.type in LiteGraph.registered_node_types,
      values: node.serialize().widgets_values ?? []
    }))
  },

  links() {
    return [...app.graph.links.values()].map((link) => {
      const [from, to] = [app.graph.getNodeById(link.origin_id), app.graph.getNodeById(link.target_id)]
      const [output, input] = [from.outputs[link.origin_slot], to.inputs[link.target_slot]]
      return {
        ends: [link.id, link.origin_id, link.origin_slot, link.target_id, link.target_slot, link.type],
        fits: LiteGraph.isValidConnection(output.type, input.type) && link.type === output.type
      }
    })
  },

  // Notes and text boxes whose text does not fit in.
  cutOff() {
    const markdown = '.comfy-markdown-content, .comfy-markdown .tiptap'
    const texts = [...document.querySelectorAll(`${markdown}, textarea:not(.comfy-markdown *, .widget-markdown *)`)]
    const seen = texts.filter((text) => text.offsetParent && text.scrollHeight > text.clientHeight + 2)
    return seen.map((text) => (text.value ?? text.innerText).slice(0, 40))
  },

  // What there is to be seen at the next frame, in short: the boxes of nodes, elements and texts.
  async look() {
    await new Promise(requestAnimationFrame)
    const boxes = this.nodeBoxes().map(({ box }) => box.map(Math.round)),
      page = document.body
    return JSON.stringify([boxes, page.getElementsByTagName('*').length, page.textContent.length])
  },

  async prompt() {
    return (await app.graphToPrompt()).output
  },

  // Resolves to "success" or to what went wrong.
  async run() {
    const ended = new Promise((resolve) => {
      app.api.addEventListener('execution_success', () => resolve('success'), { once: true })
      app.api.addEventListener('execution_error', ({ detail }) => resolve(detail.exception_message), { once: true })
    })
    const queued = await app.queuePrompt(0, 1)
    return queued ? ended : `refused: ${JSON.stringify(app.lastNodeErrors)}`
  },

  shownImages() {
    return Object.fromEntries(Object.entries(app.nodeOutputs).map(([id, output]) => [id, output.images?.length ?? 0]))
  }
}

window.requestAnimationFrame = (call) => {
  const { held, frame } = window.dragkitTest
  return held ? void held.push(call) : frame(call)
}
