// What the benchmark asks of the page: when things happen from the release of the pointer to the new picture.
window.liveTest = {
  marks: [],

  // Brings the canvas into view at a scale of 1.
  look() {
    const { pos } = canvasTest.node()
    app.canvas.setGraph?.(canvasTest.node().graph)
    canvasTest.look(1, [120 - pos[0], 120 - pos[1]])
  },

  note(what, more) {
    this.marks.push({ what, at: performance.now(), ...more })
  },

  listen() {
    window.addEventListener('pointerup', () => this.note('release'), true)
    for (const name of ['execution_start', 'execution_success', 'execution_error', 'execution_interrupted'])
      app.api.addEventListener(name, ({ detail }) => this.note(name, { said: detail.exception_message }), { capture: true })
    app.api.addEventListener('executed', ({ detail }) => this.note('executed', { node: String(detail.node) }))
    app.api.socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return
      const { type, data: told } = JSON.parse(data)
      if (type === 'executing' && told.node) this.note('executing', { node: String(told.node) })
    })
    const look = () => {
      const url = canvasTest.editor()?.scene.results?.last?.picture.url ?? null
      if (url !== this.url) this.note('shown')
      this.url = url
      requestAnimationFrame(look)
    }
    look()
  },

  // The ends of what is pulled: that of the last drag, or the middle of the last region's target.
  end() {
    const { drags, regions } = canvasTest.value()
    if (drags.length) return drags.at(-1).target
    const region = canvasTest.editor().document.drag.regions.at(-1)
    const points = region.source.brush?.[0].points ?? region.source.polygon
    const middle = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length)
    return middle.map((value, axis) => value + region.affine.move[axis])
  },

  isOn() {
    return canvasTest.editor().host.live.isOn
  },

  // Whether Live is about to send a prompt.
  isBusy() {
    return canvasTest.editor().host.live.turns.busy
  },

  // When the prompt was sent, and answered.
  sent() {
    return performance
      .getEntriesByType('resource')
      .filter(({ name }) => /\/prompt$/.test(new URL(name).pathname))
      .map(({ startTime, responseEnd }) => ({ startTime, responseEnd }))
  },

  // Gives what has happened so far, and forgets it.
  take() {
    const marks = this.marks
    this.marks = []
    performance.clearResourceTimings()
    return marks
  }
}
window.liveTest.listen()
