// The drawing surface: pointers become gestures, the wheel zooms, changes are drawn once a frame.
import { toCanvas, toPicture } from '../drag/view.js'
import { distance } from '../drag/hits.js'
import { press } from './tools.js'
import { cursorFor, hoverAt } from './hover.js'
import { Painter } from './painter.js'
import { element } from './elements.js'

const WHEEL_STEP = 0.0015
const LINGERS_FOR = 10 // pixels of the screen
const ON_A_MAC = /Mac|iP(hone|ad)/.test(navigator.platform)

export class Stage {
  constructor(editor) {
    this.editor = editor
    this.canvas = element('canvas', { class: 'dragkit-canvas' })
    this.painter = new Painter(editor, this)
    this.size = [1, 1]
    this.gesture = this.pointerId = this.frame = null
    this.touches = new Map()
    this.space = false
    const on = (name, listener, options) =>
      this.canvas.addEventListener(name, listener, { signal: editor.ending.signal, ...options })
    on('pointerdown', (event) => this.down(event))
    on('pointermove', (event) => this.move(event))
    on('pointerup', (event) => this.up(event))
    for (const name of ['pointercancel', 'lostpointercapture']) on(name, (event) => this.lose(event))
    on('pointerleave', () => this.leave())
    on('contextmenu', (event) => this.menu(event))
    on('wheel', (event) => this.wheel(event), { passive: false })
    for (const name of ['auxclick', 'dblclick', 'click']) on(name, (event) => event.stopPropagation())
  }

  observe(sheet) {
    this.sheet = sheet
    this.observer = new ResizeObserver(() => this.resize())
    this.observer.observe(sheet)
  }

  end() {
    this.observer.disconnect()
    cancelAnimationFrame(this.frame)
    this.cancel()
  }

  resize() {
    this.size = [Math.max(this.sheet.clientWidth, 1), Math.max(this.sheet.clientHeight, 1)]
    this.editor.refresh()
  }

  get middle() {
    return [this.size[0] / 2, this.size[1] / 2]
  }

  /** The length of a pixel of the screen on the canvas, which the graph may show smaller. */
  get unit() {
    const shown = this.canvas.getBoundingClientRect().width
    return shown ? Math.min(Math.max(this.canvas.clientWidth / shown, 0.5), 4) : 1
  }

  /** Where an event is on the canvas. */
  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect(),
      shrunk = this.canvas.clientWidth / (box.width || 1)
    return [(clientX - box.left) * shrunk, (clientY - box.top) * shrunk]
  }

  point(event) {
    return toPicture(this.editor.viewNow, this.place(event))
  }

  down(event) {
    this.editor.root.focus({ preventScroll: true })
    if (event.button === 1) return this.editor.host.forwardPan(event)
    if (this.editor.host.graphPans()) return
    event.stopPropagation()
    if (event.pointerType === 'touch') this.touches.set(event.pointerId, this.place(event))
    if (this.touches.size === 2) return this.pinch()
    if (event.button !== 0 || !event.isPrimary || this.gesture || isMenuClick(event)) return
    this.canvas.setPointerCapture(event.pointerId)
    this.pointerId = event.pointerId
    this.gesture =
      this.space || this.editor.tool === 'hand' ? this.panning(event) : press(this.editor, this.point(event), event)
    this.track(event)
  }

  move(event) {
    if (this.touches.has(event.pointerId)) this.touches.set(event.pointerId, this.place(event))
    if (this.spread) return this.pinched()
    this.track(event)
    if (this.gesture && event.pointerId === this.pointerId) {
      event.stopPropagation()
      const passed = event.getCoalescedEvents?.() ?? []
      for (const each of passed.length ? passed : [event]) this.gesture.move(this.point(each), each)
    }
  }

  up(event) {
    this.touches.delete(event.pointerId)
    if (this.touches.size < 2) this.spread = null
    if (event.pointerId !== this.pointerId || !this.gesture) return
    event.stopPropagation()
    const gesture = this.gesture
    this.gesture = this.pointerId = null
    gesture.release(this.point(event), event)
    this.editor.refresh()
  }

  lose(event) {
    this.touches.delete(event.pointerId)
    if (event.pointerId === this.pointerId) this.cancel()
  }

  /** Ends the gesture in progress without a trace. */
  cancel() {
    const gesture = this.gesture
    this.gesture = this.pointerId = null
    gesture?.cancel()
    this.editor.draft = null
    this.painter.mask.forget()
    this.editor.refresh()
  }

  leave() {
    this.editor.pointer = this.editor.hover = null
    this.editor.refresh()
  }

  /** Remembers where the pointer is, for the coordinates, the cursor and what lights up under it. */
  track(event) {
    this.editor.pointer = this.point(event)
    this.forgetBend()
    this.editor.hover = this.gesture ? null : hoverAt(this.editor, this.editor.pointer)
    this.canvas.style.cursor = this.space ? 'grab' : cursorFor(this.editor)
    this.editor.refresh()
  }

  /** The bent picture stays until the pointer goes on from where it was released. */
  forgetBend() {
    const { lingers, pointer, viewNow } = this.editor
    if (lingers && distance(lingers, pointer) * viewNow.scale > LINGERS_FOR * this.unit) this.editor.lingers = null
  }

  menu(event) {
    event.preventDefault()
    event.stopPropagation()
    if (this.gesture) return
    const found = this.editor.canDraw && hoverAt(this.editor, this.point(event))
    if (found) this.editor.remove(found)
  }

  panning(event) {
    let last = this.place(event)
    return {
      move: (_, moved) => {
        const now = this.place(moved)
        this.editor.pan(now[0] - last[0], now[1] - last[1])
        last = now
      },
      release() {},
      cancel() {}
    }
  }

  pinch() {
    this.cancel()
    this.spread = this.fingers()
  }

  pinched() {
    const now = this.fingers(),
      before = this.spread
    this.editor.pan(now.middle[0] - before.middle[0], now.middle[1] - before.middle[1])
    this.editor.zoom(now.width / before.width, now.middle)
    this.spread = now
  }

  fingers() {
    const [a, b] = [...this.touches.values()]
    return { middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], width: Math.max(distance(a, b), 1) }
  }

  wheel(event) {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
    const ours = this.editor.root.contains(document.activeElement) && !event.ctrlKey && !event.metaKey && !sideways
    if (!ours) return this.editor.host.forwardWheel(event)
    event.preventDefault()
    event.stopPropagation()
    const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY
    this.editor.zoom(Math.exp(-step * WHEEL_STEP), this.place(event))
  }

  /** Where a point of the picture is on the screen. */
  clientOf(point) {
    const box = this.canvas.getBoundingClientRect(),
      [x, y] = toCanvas(this.editor.viewNow, point)
    const grown = box.width / this.canvas.clientWidth
    return [box.left + x * grown, box.top + y * grown]
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null
      this.editor.toolbar.update()
      this.editor.messages.update()
      this.painter.draw()
      this.editor.toolbar.updateStatus()
    })
  }
}

/** A Mac's right click by one button; elsewhere Ctrl with a click belongs to the graph. */
function isMenuClick(event) {
  return event.ctrlKey || (ON_A_MAC && event.metaKey)
}
