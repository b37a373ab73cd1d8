// @ts-check
// The canvas as a widget, in both renderers of the page: on its own node, or on that of a subgraph around it.
import { Editor } from '../editor/editor.js'
import { adopt, inherited, leave } from './adopt.js'
import { Seat } from './seat.js'
import { takePicture } from './upload.js'
import { goOn, returnTo } from '../result/go_on.js'
import { lookAll, RunListener } from '../result/listen.js'
import { Live } from '../live/live.js'
import { translate } from './strings.js'
import { watcher } from './watch.js'

/** @import { Host } from '../editor/change.js' */
/** @import { Canvas } from '../result/types.js' */

/** @typedef {Canvas & { live: Live, runs: RunListener }} Complete a canvas and what runs for it */

export const TYPE = 'DRAG_CANVAS'
export const SMALLEST = 360
/** @type {[number, number]} */
export const START = [530, 640]
const LOOK_EVERY = 250

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
