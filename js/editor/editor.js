// @ts-check
// The editor: the document, the view of it, and the one place where a change of either is applied.
import { isEmpty, removeItem } from '../drag/edits.js'
import { emptyDrag } from '../drag/read.js'
import { fitted, panned, zoomed } from '../drag/frame.js'
import { edited, opened, replaced } from './document.js'
import { ELSEWHERE, NOTHING, START, itemOf, settled, withTool } from './view.js'
import { Stage } from './stage.js'
import { Toolbar } from './toolbar.js'
import { Messages } from './messages.js'
import { listenToKeys } from './keys.js'
import { listenToFiles } from './files.js'
import { element } from './elements.js'
import { Overlay } from './overlay.js'
import { ResultBar } from '../result/bar.js'
import { roomOf } from '../result/layer.js'
import { isCovered } from '../result/state.js'

/** @import { Drag, Note, ScreenPoint, Size } from '../drag/types.js' */
/** @import { Carried, Change, Host } from './change.js' */
/** @import { Document } from './document.js' */
/** @import { Scene, Selection, Tool, View } from './view.js' */

const REACH = 12
/** @type {Size} */
const UNKNOWN = [512, 512]

/** An editor in a root element; the host keeps the value, knows the page, and is told of every change. */
export class Editor {
  /**
   * @param {HTMLElement} root
   * @param {Host} host
   */
  constructor(root, host) {
    this.root = root
    this.host = host
    this.t = host.t
    /**
     * @private
     * @type {{ document: Readonly<Document>, view: Readonly<View>, scene: Readonly<Scene> }}
     */
    this.state = { document: opened(null, null), view: START, scene: NOTHING }
    /** @type {Overlay | null} */
    this.overlay = null
    this.blurredAt = -Infinity
    this.ending = new AbortController()
    this.toolbar = new Toolbar(this)
    this.stage = new Stage(this)
    this.messages = new Messages(this)
    this.results = new ResultBar(this)
    this.build()
  }

  build() {
    this.root.classList.add('dragkit')
    Object.assign(this.root, { tabIndex: 0, ariaLabel: this.t('canvas') })
    this.root.setAttribute('role', 'application')
    this.root.dataset.captureWheel = 'true'
    const sheet = element('div', { class: 'dragkit-sheet' }, [this.stage.canvas, this.messages.root, this.results.said])
    this.root.replaceChildren(this.toolbar.root, sheet, this.results.root, this.toolbar.status)
    this.stage.observe(sheet)
    const onBlur = (/** @type {FocusEvent} */ { relatedTarget }) => {
      this.blurredAt = relatedTarget ? -Infinity : performance.now()
    }
    this.root.addEventListener('focusout', onBlur, { signal: this.ending.signal })
    listenToKeys(this)
    listenToFiles(this)
    this.refresh()
  }

  get document() {
    return this.state.document
  }

  get view() {
    return this.state.view
  }

  get scene() {
    return this.state.scene
  }

  /**
   * Applies a change, all of it at once: nothing else changes document, view or scene.
   * @type {(change: Change) => void}
   */
  apply({ document = this.document, view, scene }) {
    const next = { ...this.view, ...view }
    if (!itemOf(document.drag, next.selection)) next.selection = null
    this.state = {
      document: Object.freeze(document),
      view: Object.freeze(next),
      scene: Object.freeze({ ...this.scene, ...scene })
    }
    this.refresh()
  }

  /** Changes the view alone. @type {(view: Partial<View>) => void} */
  set(view) {
    this.apply({ view })
  }

  /** Shows a change that is still in progress, or none. @type {(draft: Drag | null) => void} */
  show(draft) {
    this.set({ draft })
  }

  /**
   * Stores a finished edit as one step of the workflow's undo, and what the view becomes by it.
   * @type {(drag: Drag, view?: Partial<View>) => void}
   */
  commit(drag, view = {}) {
    if (drag === this.document.drag) return this.set({ draft: null, ...view })
    const document = edited(drag, this.size)
    this.apply({ document, view: { draft: null, lingers: this.view.pointer, ...view } })
    this.host.changed()
  }

  /**
   * Takes a value from outside as a change; throws DragError for what cannot be read.
   * @type {(raw: unknown) => void}
   */
  replace(raw) {
    const document = replaced(raw, this.scene.picture?.size ?? null),
      cleared = isEmpty(document.drag) && !isEmpty(this.document.drag)
    this.apply({ document, view: { selection: null } })
    if (cleared) this.note('cleared')
    this.host.changed()
  }

  /** Says something of what is drawn, until it is changed. @type {(code: string, details?: Note['details']) => void} */
  note(code, details = {}) {
    this.apply({ document: { ...this.document, note: { code, details } } })
  }

  /** Removes everything drawn. */
  empty() {
    if (!isEmpty(this.document.drag)) this.commit(emptyDrag())
  }

  /** Shows a value as it is stored. @type {(value: unknown) => void} */
  load(value) {
    this.stage.cancel()
    const document = opened(value, this.scene.picture?.size ?? null)
    this.apply({ document, view: { draft: null, path: null, awaiting: null } })
  }

  /** The change by which the next editor of a rebuilt node goes on where this one stops. @returns {Carried} */
  carry() {
    return { view: settled(this.view), scene: this.scene }
  }

  end() {
    this.ending.abort()
    this.stage.end()
  }

  /** The size that coordinates belong to, or null where it is not known yet. */
  get size() {
    return this.scene.picture?.size ?? this.document.drag.size
  }

  /** The same, or that of a usual picture. */
  get paper() {
    return this.size ?? UNKNOWN
  }

  get canDraw() {
    return Boolean(this.size) && !this.document.fault && this.scene.pictureState?.kind !== ELSEWHERE
  }

  /** What is on the canvas: the change in progress, else what is stored. */
  get shown() {
    return this.view.draft ?? this.document.drag
  }

  /** The drag or region that is selected. */
  get selected() {
    return itemOf(this.document.drag, this.view.selection)
  }

  /** Whether the picture is shown bent: while the drawing changes, and until the pointer comes to draw on. */
  get bends() {
    const { live, draft, pointer, lingers, stroke, path } = this.view
    const looksOn = Boolean(draft) || !pointer || Boolean(lingers)
    return live && looksOn && !stroke && !path && !isCovered(this)
  }

  /** Where the picture lies on the canvas. */
  get frame() {
    return this.view.frame ?? fitted(this.paper, roomOf(this))
  }

  /** How far from a point a press still takes it, in pixels of the picture. */
  get reach() {
    return (REACH * this.stage.unit) / this.frame.scale
  }

  /** @type {(selection: Selection | null) => void} */
  select(selection) {
    this.set({ selection, awaiting: null })
  }

  /**
   * Removes a drag or a region, the selected one if none is named.
   * @type {(item?: Pick<Selection, 'kind' | 'index'> | null) => void}
   */
  remove(item = this.view.selection) {
    if (item) this.commit(removeItem(this.document.drag, item.kind, item.index))
  }

  /** @type {(tool: Tool) => void} */
  use(tool) {
    this.stage.cancel()
    this.set(withTool(this.view, tool))
  }

  fit() {
    this.set({ frame: null })
  }

  /** @type {(factor: number, point?: ScreenPoint) => void} */
  zoom(factor, point = this.stage.middle) {
    this.set({ frame: zoomed(this.frame, factor, point, fitted(this.paper, roomOf(this)).scale) })
  }

  /** @type {(dx: number, dy: number) => void} */
  pan(dx, dy) {
    this.set({ frame: panned(this.frame, dx, dy) })
  }

  /** Fills the whole page, or goes back into the node. */
  expand(wide = !this.overlay) {
    if (wide && !this.overlay) this.overlay = new Overlay(this)
    else if (!wide && this.overlay) {
      this.overlay.close()
      this.overlay = null
      this.root.focus({ preventScroll: true })
    } else return
    this.fit()
  }

  /** Brings the page up to date with the next frame. */
  refresh() {
    this.stage.redraw()
  }
}
