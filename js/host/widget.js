// @ts-check
// The canvas as a widget of its node, in both renderers of the page.
import { Editor } from '../editor/editor.js'
import { showPicture } from '../editor/picture.js'
import { DragError, readDrag } from '../drag/read.js'
import { adopt, inherited, keyOf, leave } from './adopt.js'
import { movesWhole } from './downstream.js'
import { findBase, findMask, findObjects, findPicture, loadMask, loadPicture } from './picture.js'
import { takePicture } from './upload.js'
import { executionId } from './upstream.js'
import { goOn, returnTo } from '../result/go_on.js'
import { lookAll, RunListener } from '../result/listen.js'
import { Live } from '../live/live.js'
import { translate } from './strings.js'

/** @import { Host } from '../editor/change.js' */
/** @import { Reading } from '../drag/read.js' */
/** @import { Objects } from '../editor/view.js' */
/** @import { Canvas } from '../result/types.js' */
/** @import { Found, NotFound } from './picture.js' */

const TYPE = 'DRAG_CANVAS'
const SMALLEST = 360
const START = [530, 640]
const LOOK_EVERY = 250
const PATIENCE = 3

/** @type {(node: GraphNode, name: string, spec: WidgetSpec, app: App, api: Api) => object} */
export function makeWidget(node, name, [, options], app, api) {
  const root = document.createElement('div')
  /** @type {Canvas} */
  const canvas = Object.freeze({
    node,
    app,
    api,
    get editor() {
      return editor
    }
  })
  const live = new Live(canvas)
  /** @type {Editor} */
  const editor = new Editor(root, hostOf(canvas, live))
  editor.load(structuredClone(options?.default ?? { version: 1 }))
  const widget = node.addDOMWidget(name, TYPE, root, {
    getValue: () => editor.document.value,
    setValue: (/** @type {unknown} */ value) => editor.load(value),
    getMinHeight: () => SMALLEST,
    hideOnZoom: false,
    hideInPanel: true,
    socketless: true,
    selectOn: []
  })
  widget.editor = editor
  keepWidth(widget)
  follow(canvas, widget, live)
  return { widget, minWidth: START[0], minHeight: START[1] }
}

/** The side panel's copy of a widget would leave it with the panel's width. @type {(widget: Widget) => void} */
function keepWidth(widget) {
  Object.defineProperty(widget, 'width', { get: () => undefined, set() {}, configurable: true })
}

/**
 * Lives as long as the node is in a graph: takes its predecessor's place, and looks for picture and mask.
 * @type {(canvas: Canvas, widget: Widget, live: Live) => void}
 */
function follow(canvas, widget, live) {
  const { node, editor } = canvas,
    { onAdded } = node,
    { onRemove } = widget
  /** @type {string | undefined} */
  let key
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer
  const runs = new RunListener(canvas)
  node.onAdded = function (...rest) {
    onAdded?.apply(this, rest)
    key = keyOf(node)
    const before = inherited(key)
    if (before) editor.apply(before.carried)
    adopt(key, editor.root, () => {
      if (before?.wide) editor.expand(true)
      if (before && !editor.view.selection) editor.set({ selection: before.carried.view.selection })
    })
    editor.load(editor.document.value)
    runs.start()
    live.start(key)
    const look = watcher(canvas)
    timer = setInterval(() => {
      look()
      live.changed()
    }, LOOK_EVERY)
  }
  widget.onRemove = function () {
    clearInterval(timer)
    runs.end()
    live.end(key)
    if (key) leave(key, editor)
    editor.end()
    onRemove?.apply(this)
  }
}

/**
 * A function that brings up to date what the page has around the node, where it has changed.
 * @type {(canvas: Canvas) => () => void}
 */
function watcher({ node, editor, app, api }) {
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
    const picture = findPicture(app, api, node),
      mask = findMask(app, api, node),
      base = findBase(app, node)
    missed = picture.urls ? 0 : missed + 1
    const isCurrent = missed === 0 || missed >= PATIENCE ? changed('picture', picture) : null
    if (isCurrent) updatePicture(editor, picture, isCurrent)
    const isCurrentUnder = changed('under', [mask, base])
    if (isCurrentUnder) updateUnder(editor, mask, base, isCurrentUnder)
    const whole = movesWhole(app, node)
    if (changed('whole', whole)) editor.apply({ scene: { whole } })
    const objects = findObjects(app, node)
    if (changed('objects', objects)) editor.apply({ scene: { objects: objectsOf(objects) }, view: { hover: null } })
  }
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
 * @type {(canvas: Canvas, live: Live) => Host}
 */
function hostOf(canvas, live) {
  const { node, app, api } = canvas
  const run = (/** @type {string} */ command) => app.extensionManager.command.execute(command)
  return {
    t: translate,
    changed() {
      node.graph?.setDirtyCanvas?.(true, true)
      const tracker = app.extensionManager.workflow.activeWorkflow?.changeTracker
      if (tracker?.captureCanvasState) tracker.captureCanvasState()
      else tracker?.checkState?.()
      live.changed()
    },
    live,
    undo: () => run('Comfy.Undo'),
    redo: () => run('Comfy.Redo'),
    requestPicture: () => app.queuePrompt(0, 1, [executionId(app, node)]),
    async takePicture(file) {
      try {
        await takePicture(app, api, node, file)
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
