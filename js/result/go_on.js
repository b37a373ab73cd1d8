// @ts-check
// Going on from a result: it becomes the picture, and the pictures before it can be returned to.
import { emptyDrag } from '../drag/read.js'
import { edited, opened } from '../editor/document.js'
import { showPicture } from '../editor/picture.js'
import { findPicture, viewUrl } from '../host/picture.js'
import { loaderFor } from '../host/source.js'
import { translate } from '../host/strings.js'
import { choose, upload } from '../host/upload.js'
import { sourceOf, widgetBehind } from '../host/upstream.js'
import { fileOf } from './names.js'
import { NO_RESULTS, goneOn, nextName, readHistory, returned } from './state.js'

/** @import { Document } from '../editor/document.js' */
/** @import { Editor } from '../editor/editor.js' */
/** @import { Picture } from '../editor/view.js' */
/** @import { History } from './state.js' */
/** @import { Canvas, Results, State } from './types.js' */

const SAVED = 'dragkit_states'

/** The states that a node's workflow keeps. @type {(api: Api, node: GraphNode) => Pick<Results, 'states' | 'at'>} */
export function readStates(api, node) {
  const { states, at } = readHistory(node.properties?.[SAVED])
  return { states: states.map((state) => ({ ...state, url: viewUrl(api, fileOf(state.picture)) })), at }
}

/** Makes the result the picture, or says why not. @type {(canvas: Canvas) => Promise<void>} */
export async function goOn(canvas) {
  const { editor, api, node, app } = canvas,
    { last } = editor.scene.results
  if (!last) return
  try {
    const chosen = pictureWidget(app, node),
      file = await (await fetch(last.picture.url)).blob(),
      from = typeof chosen?.value === 'string' ? fileOf(chosen.value).filename : 'picture'
    const name = await upload(api, new File([file], nextName(from, file.type), { type: file.type }))
    const widget = chosen ?? (await renderedAsFile(canvas)) // the last to wait for: what changes the graph is one step
    if (!widget) return say(editor, whyNot(app, node, name))
    const empty = edited(emptyDrag(), last.picture.size)
    const next = { picture: name, drag: empty.value }
    change(canvas, widget, goneOn(historyOf(node), stateNow(editor, widget), next), empty)
    showAtOnce(canvas, last.picture)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    say(editor, translate('result.notKept', { reason: error.message }))
  }
}

/** Returns to an earlier picture and the drawing on it. @type {(canvas: Canvas, index: number) => void} */
export function returnTo(canvas, index) {
  const { editor, node, app } = canvas,
    widget = pictureWidget(app, node),
    history = historyOf(node),
    state = history.states[index]
  if (!state) return
  if (!widget) return say(editor, whyNot(app, node, state.picture))
  change(canvas, widget, returned(history, stateNow(editor, widget), index), opened(state.drag, null))
}

/** @type {(node: GraphNode) => History} */
function historyOf(node) {
  return readHistory(node.properties?.[SAVED])
}

/** @type {(editor: Editor, widget: Widget) => State} */
function stateNow(editor, widget) {
  return { picture: String(widget.value), drag: editor.document.value }
}

/**
 * Changes picture and drawing as one step of the workflow's undo.
 * @type {(canvas: Canvas, widget: Widget, history: History, document: Document) => void}
 */
function change({ editor, node, api }, widget, history, document) {
  choose(widget, history.states[history.at].picture)
  node.properties = { ...node.properties, [SAVED]: history }
  editor.stage.cancel()
  editor.apply({
    document,
    view: { selection: null, frame: null },
    scene: { results: { ...NO_RESULTS, ...readStates(api, node) } }
  })
  editor.host.changed()
}

/** Shows the result as the picture that it has become, without waiting for it. @type {(canvas: Canvas, picture: Picture) => void} */
function showAtOnce({ app, api, node, editor }, picture) {
  const [url] = findPicture(app, api, node).urls ?? []
  if (url) showPicture(editor, { ...picture, url })
}

/**
 * A rendered picture as a file of a Load Image node, which takes its place.
 * @type {(canvas: Canvas) => Promise<Widget | null>}
 */
async function renderedAsFile({ editor, api, node, app }) {
  const { picture } = editor.scene
  if (!picture || sourceOf(app, node, 'image')?.node.type !== 'DragDemoPicture') return null
  const file = await (await fetch(picture.url)).blob(),
    name = await upload(api, new File([file], 'rendered.png', { type: file.type })),
    widget = loaderFor(app, node).widgets?.find((each) => each.name === 'image')
  if (!widget) return null
  choose(widget, name)
  return widget
}

/**
 * The widget that names the picture's file: that of the Load Image upstream, or what stands for it on a subgraph.
 * @type {(app: App, node: GraphNode) => Widget | null}
 */
function pictureWidget(app, node) {
  const source = sourceOf(app, node, 'image')
  return source?.node.type === 'LoadImage' ? widgetBehind(app, source.node, 'image') : null
}

/** Why the picture cannot be set, and what to do. @type {(app: App, node: GraphNode, name: string) => string} */
function whyNot(app, node, name) {
  const source = sourceOf(app, node, 'image')
  return source
    ? translate('result.notSet', { node: source.node.title, name })
    : translate('result.noSource', { name })
}

/** @type {(editor: Editor, fault: string) => void} */
function say(editor, fault) {
  editor.apply({ scene: { results: { ...editor.scene.results, fault } } })
}
