// @ts-check
// The drawing surface: pointers become gestures, the wheel zooms, changes are drawn once a frame.
import { toCanvas, toPicture } from '../drag/frame.js'
import { distance } from '../drag/hits.js'
import { screenPoint } from '../drag/types.js'
import { isOnDivider } from '../result/layer.js'
import { panning, pressing } from './holds.js'
import { cursorFor, hoverAt, isAtSide } from './hover.js'
import { Painter } from './painter.js'
import { Pinch } from './pinch.js'
import { element } from './elements.js'

/** @import { Pair, PicturePoint, ScreenPoint, Size } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { Gesture } from './gestures.js' */
/** @import { Hold } from './holds.js' */

const WHEEL_STEP = 0.0015
const LINGERS_FOR = 10 // pixels of the screen
const ON_A_MAC = /Mac|iP(hone|ad)/.test(navigator.platform)

export class Stage {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor
    this.canvas = element('canvas', { class: 'dragkit-canvas' })
    this.painter = new Painter(editor, this)
    /** @type {Size} */
    this.size = [1, 1]
    /** @type {Hold | null} */
    this.gesture = null
    /** @type {Gesture | null} what the keyboard's cross is at */
    this.crossing = null
    /** @type {number | null} */
    this.pointerId = null
    /** @type {number | null} */
    this.frame = null
    this.pinch = new Pinch(editor)
    this.space = false
    this.observer = new ResizeObserver(() => this.resize())
    this.listen()
  }

  listen() {
    const { canvas } = this,
      { signal } = this.editor.ending
    canvas.addEventListener('pointerdown', (event) => this.down(event), { signal })
    canvas.addEventListener('pointermove', (event) => this.move(event), { signal })
    canvas.addEventListener('pointerup', (event) => this.up(event), { signal })
    canvas.addEventListener('pointercancel', (event) => this.lose(event), { signal })
    canvas.addEventListener('lostpointercapture', (event) => this.lose(event), { signal })
    canvas.addEventListener('pointerleave', () => this.leave(), { signal })
    canvas.addEventListener('contextmenu', (event) => this.menu(event), { signal })
    canvas.addEventListener('wheel', (event) => this.wheel(event), { signal, passive: false })
    for (const name of ['auxclick', 'dblclick', 'click'])
      canvas.addEventListener(name, (event) => event.stopPropagation(), { signal })
  }

  /** Lies on an element of the page, and is as large. @type {(sheet: HTMLElement) => void} */
  observe(sheet) {
    this.sheet = sheet
    this.observer.observe(sheet)
  }

  end() {
    this.observer.disconnect()
    if (this.frame !== null) cancelAnimationFrame(this.frame)
    this.cancel()
  }

  resize() {
    if (this.sheet) this.size = [Math.max(this.sheet.clientWidth, 1), Math.max(this.sheet.clientHeight, 1)]
    this.editor.refresh()
  }

  get middle() {
    return screenPoint(this.size[0] / 2, this.size[1] / 2)
  }

  /** The length of a pixel of the screen on the canvas, which the graph may show smaller. */
  get unit() {
    const shown = this.canvas.getBoundingClientRect().width
    return shown ? Math.min(Math.max(this.canvas.clientWidth / shown, 0.5), 4) : 1
  }

  /** Where an event is on the canvas. @type {(event: MouseEvent) => ScreenPoint} */
  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect(),
      shrunk = this.canvas.clientWidth / (box.width || 1)
    return screenPoint((clientX - box.left) * shrunk, (clientY - box.top) * shrunk)
  }

  /** Where an event is in the picture. @type {(event: MouseEvent) => PicturePoint} */
  point(event) {
    return toPicture(this.editor.frame, this.place(event))
  }

  /** @type {(event: PointerEvent) => void} */
  down(event) {
    this.editor.root.focus({ preventScroll: true })
    if (event.button === 1) return this.editor.host.forwardPan(event)
    if (this.editor.host.graphPans()) return
    event.stopPropagation()
    if (event.pointerType === 'touch' && this.pinch.down(event.pointerId, this.place(event))) return this.cancel()
    if (event.button !== 0 || !event.isPrimary || this.gesture || this.isOfTheGraph(event)) return
    this.canvas.setPointerCapture(event.pointerId)
    this.pointerId = event.pointerId
    this.gesture = this.space || this.editor.view.tool === 'hand' ? panning(this, event) : pressing(this, event)
    this.track(event)
  }

  /**
   * Ctrl with a click belongs to the graph, but at the side of a frame, which it bends; on a Mac it is a right click, and
   * Cmd bends.
   * @type {(event: PointerEvent) => boolean}
   */
  isOfTheGraph(event) {
    if (ON_A_MAC && event.ctrlKey) return true
    return (event.ctrlKey || (ON_A_MAC && event.metaKey)) && !isAtSide(this.editor, this.point(event))
  }

  /** @type {(event: PointerEvent) => void} */
  move(event) {
    if (this.pinch.move(event.pointerId, this.place(event))) return
    this.track(event)
    if (this.gesture && event.pointerId === this.pointerId) {
      event.stopPropagation()
      const passed = event.getCoalescedEvents?.() ?? []
      for (const each of passed.length ? passed : [event]) this.gesture?.move(each)
    }
  }

  /** @type {(event: PointerEvent) => void} */
  up(event) {
    this.pinch.up(event.pointerId)
    if (event.pointerId !== this.pointerId || !this.gesture) return
    event.stopPropagation()
    const gesture = this.gesture
    this.gesture = this.pointerId = null
    gesture.release(event)
    this.editor.refresh()
  }

  /** @type {(event: PointerEvent) => void} */
  lose(event) {
    this.pinch.up(event.pointerId)
    if (event.pointerId === this.pointerId) this.cancel()
  }

  /** Ends the gesture in progress without a trace. */
  cancel() {
    const gesture = this.gesture
    this.gesture = this.pointerId = null
    gesture?.cancel()
    this.painter.mask.forget()
    this.editor.set({ draft: null })
  }

  leave() {
    this.editor.set({ pointer: null, hover: null })
  }

  /**
   * Lets the keyboard's cross be at something, or at nothing; returns what it was at.
   * @type {(next: Gesture | null) => Gesture | null}
   */
  cross(next) {
    const before = this.crossing
    this.crossing = next
    return before
  }

  /** Lets presses move the picture for as long as the space key is held. @type {(held: boolean) => void} */
  holdSpace(held) {
    this.space = held
  }

  /**
   * Remembers where the pointer is, for the coordinates, the cursor and what lights up under it. The bent picture stays
   * until the pointer goes on from where it was released.
   * @type {(event: PointerEvent) => void}
   */
  track(event) {
    const { editor } = this,
      { lingers } = editor.view,
      pointer = this.point(event)
    const stays = lingers && distance(lingers, pointer) * editor.frame.scale <= LINGERS_FOR * this.unit
    editor.set({
      pointer,
      lingers: stays ? lingers : null,
      hover: this.gesture ? null : hoverAt(editor, pointer)
    })
    const place = this.place(event)
    this.canvas.style.cursor = this.space ? 'grab' : isOnDivider(editor, place) ? 'ew-resize' : cursorFor(editor)
  }

  /** @type {(event: MouseEvent) => void} */
  menu(event) {
    event.preventDefault()
    event.stopPropagation()
    if (this.gesture || !this.editor.canDraw) return
    const found = hoverAt(this.editor, this.point(event))
    if (found && found.kind !== 'given') this.editor.remove(found)
  }

  /** @type {(event: WheelEvent) => void} */
  wheel(event) {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
    const ours = this.editor.root.contains(document.activeElement) && !event.ctrlKey && !event.metaKey && !sideways
    if (!ours) return this.editor.host.forwardWheel(event)
    event.preventDefault()
    event.stopPropagation()
    const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY
    this.editor.zoom(Math.exp(-step * WHEEL_STEP), this.place(event))
  }

  /** Where a point of the picture is in the window. @type {(point: PicturePoint) => Pair} */
  clientOf(point) {
    const box = this.canvas.getBoundingClientRect(),
      [x, y] = toCanvas(this.editor.frame, point)
    const grown = box.width / this.canvas.clientWidth
    return [box.left + x * grown, box.top + y * grown]
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null
      this.editor.toolbar.update()
      this.editor.messages.update()
      this.editor.results.update()
      this.painter.draw()
      this.editor.toolbar.updateStatus()
    })
  }
}
