// A drag pulled about by a step a frame, and what that takes: the pixels that pass, or the time.
Object.assign(window.canvasTest, {
  // Moves the pointer around the first drag's target, held down or not, and calls `after` at the end of every frame.
  async circle(radius, frames, held, after) {
    const { stage, document } = this.editor(),
      [x, y] = document.drag.drags[0].target
    const fire = (type, point) => {
      const [clientX, clientY] = stage.clientOf(point),
        pointer = { button: 0, buttons: Number(held), isPrimary: true, pointerId: 1, bubbles: true }
      stage.canvas.dispatchEvent(new PointerEvent(type, { clientX, clientY, ...pointer }))
    }
    stage.canvas.setPointerCapture = () => {}
    if (held) fire('pointerdown', [x, y])
    for (let i = 0; i < frames; i++) {
      for (const turn of [i + 0.5, i + 1])
        fire('pointermove', [x + radius * Math.sin(turn / 8), y + radius * Math.cos(turn / 8)])
      await new Promise(requestAnimationFrame)
      after()
    }
    if (held) fire('pointerup', [x + radius / 4, y])
  },

  // The milliseconds that each frame took.
  async frameTimes(radius, frames, held) {
    const times = []
    let last = performance.now()
    await this.circle(radius, frames, held, () => {
      times.push(performance.now() - last)
      last = performance.now()
    })
    return times
  },

  // What each frame of a pull did, and the one after it, by a clock that goes on by so many milliseconds whenever it is looked at: how often
  // everything was drawn, and the pixels read from the picture, bent anew and shaded anew.
  async workOfAPull(radius, frames, tick) {
    const { painter } = this.editor().stage,
      { bend, mask } = painter,
      all = []
    let time = performance.now(),
      work
    const begin = () => (work = { drawn: 0, read: 0, bent: 0, shaded: 0 })
    const undo = [
      replace(painter, 'draw', () => work.drawn++),
      replace(OffscreenCanvasRenderingContext2D.prototype, 'getImageData', (_, [, , w, h]) => (work.read += w * h)),
      replace(CanvasRenderingContext2D.prototype, 'putImageData', ({ canvas }, [{ width, height }]) => {
        if (canvas === bend.canvas) work.bent += width * height
        if (canvas === mask.canvas) work.shaded += width * height
      })
    ]
    const { now } = performance
    performance.now = () => (time += tick)
    begin()
    await this.circle(radius, frames, true, () => {
      all.push(work)
      begin()
    })
    await new Promise(requestAnimationFrame)
    performance.now = now
    for (const each of undo) each()
    return [...all, work]
  }
})

// Has `before` called with the object and the arguments ahead of one of its methods; returns what takes that back.
function replace(object, name, before) {
  const method = object[name]
  object[name] = function (...given) {
    before(this, given)
    return method.apply(this, given)
  }
  return () => (object[name] = method)
}
