// The editor: what is drawn, what is selected, and how a change becomes the value.
import { scaledTo } from '../drag/affine.js'
import { emptyDrag, readDrag, DragError } from '../drag/read.js'
import { writeDrag } from '../drag/write.js'
import { removeItem } from '../drag/edits.js'
import { fitted, panned, zoomed } from '../drag/view.js'
import { Stage } from './stage.js'
import { Toolbar } from './toolbar.js'
import { Messages } from './messages.js'
import { listenToKeys } from './keys.js'
import { listenToFiles } from './files.js'
import { element } from './elements.js'
import { Overlay } from './overlay.js'

const REACH = 12
const SELECTS = { drag: 'drags', anchor: 'drags', region: 'regions' }
const START = { tool: 'drag', radius: 24, cut: false, source: 'polygon', target: 'frame', live: true, view: null }

/** An editor in a root element; the host keeps the value, knows the page, and is told of every change. */
export class Editor {
  constructor(root, host, carried = {}) {
    this.root = root
    this.host = host
    this.t = host.t
    this.value = null
    this.drag = emptyDrag()
    this.draft = this.fault = this.note = this.selection = this.path = this.awaiting = null
    this.picture = this.pictureState = this.under = this.base = null
    this.pointer = this.hover = this.lingers = null
    this.stroke = this.cross = this.crossing = this.overlay = null
    this.blurredAt = -Infinity
    this.ending = new AbortController()
    Object.assign(this, START, carried)
    this.build()
  }

  build() {
    this.root.classList.add('dragkit')
    Object.assign(this.root, { tabIndex: 0, ariaLabel: this.t('canvas') })
    this.root.setAttribute('role', 'application')
    this.root.dataset.captureWheel = 'true'
    this.toolbar = new Toolbar(this)
    this.stage = new Stage(this)
    this.messages = new Messages(this)
    const sheet = element('div', { class: 'dragkit-sheet' }, [this.stage.canvas, this.messages.root])
    this.root.replaceChildren(this.toolbar.root, sheet, this.toolbar.status)
    this.stage.observe(sheet)
    const onBlur = ({ relatedTarget }) => (this.blurredAt = relatedTarget ? -Infinity : performance.now())
    this.root.addEventListener('focusout', onBlur, { signal: this.ending.signal })
    listenToKeys(this)
    listenToFiles(this)
    this.refresh()
  }

  /** What outlives a rebuild of the node, as by undo. */
  carry() {
    const { tool, radius, cut, source, target, live, view, selection, picture, pictureState, under, base } = this
    return { tool, radius, cut, source, target, live, view, selection, picture, pictureState, under, base }
  }

  /** Fills the whole page, or goes back into the node. */
  expand(wide = !this.overlay) {
    if (wide === Boolean(this.overlay)) return
    if (wide) this.overlay = new Overlay(this)
    else {
      this.overlay.close()
      this.overlay = null
      this.root.focus({ preventScroll: true })
    }
    this.fit()
  }

  end() {
    this.ending.abort()
    this.stage.end()
  }

  /** Shows a value; one that cannot be read is kept as it is, and said to be so. */
  load(value) {
    this.stage?.cancel()
    this.value = value
    this.draft = this.path = this.awaiting = this.fault = this.note = null
    try {
      this.take(readDrag(value))
    } catch (error) {
      if (!(error instanceof DragError)) throw error
      this.drag = emptyDrag()
      this.fault = error
    }
    if (!this.selected) this.selection = null
    this.refresh()
  }

  /** Shows what was read, and what there is to say of it until it is changed. */
  take({ notes, ...drag }) {
    this.drag = this.picture ? scaledTo(drag, this.picture.size) : drag
    this.note = notes[0] ?? null
  }

  /** Shows a picture, or tells why there is none; `state` is a key of the strings. */
  setPicture(picture, state = null) {
    const resized = String(picture?.size) !== String(this.picture?.size)
    this.picture = picture
    this.pictureState = state
    if (resized) {
      this.view = null
      this.load(this.value)
    }
    this.refresh()
  }

  setUnder(under, base) {
    this.under = under
    this.base = base
    this.refresh()
  }

  /** The size that coordinates belong to, or null where it is not known yet. */
  get size() {
    return this.picture?.size ?? this.drag.size
  }

  get canDraw() {
    return Boolean(this.size) && !this.fault
  }

  /** What is on the canvas: the change in progress, else what is stored. */
  get shown() {
    return this.draft ?? this.drag
  }

  /** Whether the picture is shown bent: while the drawing changes, and until the pointer comes to draw on. */
  get bends() {
    const looksOn = Boolean(this.draft) || !this.pointer || this.lingers
    return this.live && looksOn && !this.stroke && !this.path && this.picture !== null
  }

  get selected() {
    return this.selection && this.drag[this.selection.kind][this.selection.index]
  }

  /** Stores a finished change as one step of the workflow's undo. */
  commit(drag) {
    this.draft = null
    if (drag !== this.drag) {
      this.note = null
      this.drag = { ...drag, size: this.size }
      this.value = writeDrag(this.drag)
      this.host.changed()
      this.lingers = this.pointer
    }
    if (!this.selected) this.selection = null
    this.refresh()
  }

  /** Takes a value from outside, such as pasted text, as a change; throws DragError for what cannot be read. */
  replace(raw) {
    this.take(readDrag(raw))
    this.fault = null
    this.selection = null
    this.value = writeDrag(this.drag)
    this.host.changed()
    this.refresh()
  }

  show(draft) {
    this.draft = draft
    this.refresh()
  }

  select(selection) {
    this.selection = selection
    this.awaiting = null
    this.refresh()
  }

  remove({ kind, index } = this.selection ?? {}) {
    if (kind) this.commit(removeItem(this.drag, kind, index))
  }

  use(tool) {
    this.stage.cancel()
    this.path = this.awaiting = null
    this.tool = tool
    if (this.selection?.kind !== SELECTS[tool]) this.selection = null
    this.refresh()
  }

  set(options) {
    Object.assign(this, options)
    this.refresh()
  }

  fit() {
    this.view = null
    this.refresh()
  }

  zoom(factor, point = this.stage.middle) {
    this.view = zoomed(this.viewNow, factor, point, fitted(this.size ?? [1, 1], this.stage.size).scale)
    this.refresh()
  }

  pan(dx, dy) {
    this.view = panned(this.viewNow, dx, dy)
    this.refresh()
  }

  get viewNow() {
    return this.view ?? fitted(this.size ?? [512, 512], this.stage.size)
  }

  /** How far from a point a press still takes it, in pixels of the picture. */
  get reach() {
    return (REACH * this.stage.unit) / this.viewNow.scale
  }

  /** Brings the page up to date with the next frame. */
  refresh() {
    this.stage?.redraw()
  }
}
