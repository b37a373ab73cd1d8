// @ts-check
// The canvas as a widget, in both renderers of the page: on its own node, or on that of a subgraph around it.
import { Editor } from '../editor/editor.js'
import { showPicture } from '../editor/picture.js'
import { ELSEWHERE } from '../editor/view.js'
import { DragError, readDrag } from '../drag/read.js'
import { adopt, inherited, leave } from './adopt.js'
import { movesWhole } from './downstream.js'
import { findBase, findMask, findObjects, findPicture, loadMask, loadPicture } from './picture.js'
import { Seat } from './seat.js'
import { takePicture } from './upload.js'
import { linkInto } from './upstream.js'
import { goOn, returnTo } from '../result/go_on.js'
import { lookAll, RunListener } from '../result/listen.js'
import { Live } from '../live/live.js'
import { translate } from './strings.js'

/** @import { Host } from '../editor/change.js' */
/** @import { Reading } from '../drag/read.js' */
/** @import { Objects } from '../editor/view.js' */
/** @import { Canvas } from '../result/types.js' */
/** @import { Found, NotFound } from './picture.js' */

/** @typedef {Canvas & { live: Live, runs: RunListener }} Complete a canvas and what runs for it */

export const TYPE = 'DRAG_CANVAS'
export const SMALLEST = 360
/** @type {[number, number]} */
export const START = [530, 640]
const LOOK_EVERY = 250
const PATIENCE = 3

/** @type {(node: GraphNode, name: string, spec: WidgetSpec, app: App, api: Api) => object} */
export function makeWidget(node, name, [, options], app, api) {
  const canvas = canvasAt(new Seat(node, app, api)),
    { editor } = canvas
  editor.load(structuredClone(options?.default ?? { version: 1 }))
  const widget = addElement(node, name, canvas, {
    getValue: () => editor.document.value,
    setValue: (value) => editor.load(value)
  })
  const { onAdded } = node,
    following = follow(canvas)
  node.onAdded = function (...rest) {
    onAdded?.apply(this, rest)
    following.start()
  }
  endWith(widget, following.end)
  return { widget, minWidth: START[0], minHeight: START[1] }
}

/** @type {(seat: Seat) => Complete} */
export function canvasAt(seat) {
  /** @type {Canvas} */
  const canvas = Object.freeze({
    seat,
    get editor() {
      return editor
    }
  })
  const live = new Live(canvas),
    runs = new RunListener(canvas)
  /** @type {Editor} */
  const editor = new Editor(document.createElement('div'), hostOf(canvas, live, runs))
  return { seat, editor, live, runs }
}

/**
 * Puts a canvas on a node.
 * @type {(node: GraphNode, name: string, canvas: Canvas, value: { getValue: () => unknown, setValue: (value: unknown) => void }) => Widget}
 */
export function addElement(node, name, { seat, editor }, value) {
  const widget = node.addDOMWidget(name, TYPE, editor.root, {
    ...value,
    getMinHeight: () => SMALLEST,
    hideOnZoom: false,
    hideInPanel: true,
    selectOn: []
  })
  Object.assign(widget, { seat, editor })
  keepWidth(widget)
  return widget
}

/** Ends something with a widget; the page may tell of that end more than once. @type {(widget: Widget, end: () => void) => void} */
export function endWith(widget, end) {
  const { onRemove } = widget
  let hasEnded = false
  widget.onRemove = function () {
    if (!hasEnded) end()
    hasEnded = true
    onRemove?.apply(this)
  }
}

/** The side panel's copy of a widget would leave it with the panel's width. @type {(widget: Widget) => void} */
function keepWidth(widget) {
  Object.defineProperty(widget, 'width', { get: () => undefined, set() {}, configurable: true })
}

/**
 * What goes on as long as a canvas is in a graph: it takes its predecessor's place, and looks for picture and mask, and
 * before that for what else may have changed.
 * @type {(canvas: Complete, lookFirst?: () => void) => { start: () => void, end: () => void }}
 */
export function follow({ seat, editor, live, runs }, lookFirst = () => {}) {
  /** @type {string | undefined} */
  let key
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer
  const start = () => {
    key = seat.key
    const before = inherited(key)
    if (before) editor.apply(before.carried)
    adopt(key, editor.root, () => {
      if (before?.wide) editor.expand(true)
      if (before && !editor.view.selection) editor.set({ selection: before.carried.view.selection })
    })
    editor.load(editor.document.value)
    runs.start()
    live.start(key)
    const look = watcher({ seat, editor })
    timer = setInterval(() => {
      lookFirst()
      look()
      runs.lookForRefusal()
      live.changed()
    }, LOOK_EVERY)
  }
  const end = () => {
    clearInterval(timer)
    runs.end()
    live.end(key)
    if (key) leave(key, editor)
    editor.end()
  }
  return { start, end }
}

/**
 * A function that brings up to date what the page has around the canvas, where it has changed.
 * @type {(canvas: Canvas) => () => void}
 */
function watcher({ seat, editor }) {
  /** @type {Record<string, string>} */
  const seen = {}
  const changed = (/** @type {string} */ name, /** @type {unknown} */ found) => {
    const key = JSON.stringify(found)
    if (seen[name] === key) return null
    seen[name] = key
    return () => seen[name] === key
  }
  let missed = 0
  return () => {
    const picture = shownElsewhere(seat) ?? findPicture(seat),
      mask = findMask(seat),
      base = findBase(seat)
    missed = picture.urls ? 0 : missed + 1
    const isCurrent = missed === 0 || missed >= PATIENCE ? changed('picture', picture) : null
    if (isCurrent) updatePicture(editor, picture, isCurrent)
    const isCurrentUnder = changed('under', [mask, base])
    if (isCurrentUnder) updateUnder(editor, mask, base, isCurrentUnder)
    const whole = movesWhole(seat)
    if (changed('whole', whole)) editor.apply({ scene: { whole } })
    const objects = findObjects(seat)
    if (changed('objects', objects)) editor.apply({ scene: { objects: objectsOf(objects) }, view: { hover: null } })
  }
}

/** Why a canvas that another node shows is not drawn on here. @type {(seat: Seat) => NotFound | null} */
function shownElsewhere({ node, lent }) {
  if (lent) return null
  const slot = node.inputs?.findIndex(({ name }) => name === 'drag') ?? -1
  return slot >= 0 && linkInto(node, slot) ? { kind: ELSEWHERE } : null
}

/** @type {(editor: Editor, found: Found | NotFound, isCurrent: () => boolean) => Promise<void>} */
async function updatePicture(editor, found, isCurrent) {
  if (!found.urls) return showPicture(editor, null, found)
  if (editor.scene.picture?.url === found.urls[0]) return editor.refresh()
  try {
    const picture = await loadPicture(found.urls)
    if (isCurrent()) showPicture(editor, picture)
  } catch (error) {
    const isLost = error instanceof TypeError || (error instanceof DOMException && error.name === 'EncodingError')
    if (!isLost) throw error
    if (isCurrent()) showPicture(editor, null, { kind: 'failed', name: found.name })
  }
}

/** @type {(editor: Editor, mask: string[] | null, base: unknown, isCurrent: () => boolean) => Promise<void>} */
async function updateUnder(editor, mask, base, isCurrent) {
  const under = mask && (await loadMask(mask).catch(() => null))
  if (isCurrent()) editor.apply({ scene: { under, base: base ? readable(base) : null } })
}

/** @type {(base: unknown) => Reading | null} */
function readable(base) {
  try {
    return readDrag(base)
  } catch (error) {
    if (error instanceof DragError) return null
    throw error
  }
}

/** @type {(raw: unknown) => Objects | null} */
function objectsOf(raw) {
  const read = raw ? readable(raw) : null
  return read?.size ? { shapes: read.mask, size: read.size } : null
}

/**
 * What the editor asks of the page.
 * @type {(canvas: Canvas, live: Live, runs: RunListener) => Host}
 */
function hostOf(canvas, live, runs) {
  const { seat } = canvas,
    { app } = seat
  const run = (/** @type {string} */ command) => app.extensionManager.command.execute(command)
  return {
    t: translate,
    changed() {
      if (seat.lent) seat.lent.kept.value = canvas.editor.document.value
      seat.owner.graph?.setDirtyCanvas?.(true, true)
      const tracker = app.extensionManager.workflow.activeWorkflow?.changeTracker
      if (tracker?.captureCanvasState) tracker.captureCanvasState()
      else tracker?.checkState?.()
      live.changed()
    },
    live,
    undo: () => run('Comfy.Undo'),
    redo: () => run('Comfy.Redo'),
    requestPicture: () => app.queuePrompt(0, 1, [seat.id]),
    async takePicture(file) {
      try {
        await takePicture(seat, file)
        return true
      } catch (error) {
        app.extensionManager.toast.add({
          severity: 'error',
          summary: translate('picture.refused'),
          detail: error instanceof Error ? error.message : String(error),
          life: 8000
        })
        return false
      }
    },
    showOther: (by) => runs.step(by),
    goOn: () => goOn(canvas),
    returnTo(index) {
      returnTo(canvas, index)
      lookAll()
    },
    graphPans: () => app.canvas.read_only,
    forwardWheel: (event) => !LiteGraph.vueNodesMode && app.canvas.processMouseWheel(event),
    forwardPan: (event) => !LiteGraph.vueNodesMode && app.canvas.processMouseDown(event)
  }
}
