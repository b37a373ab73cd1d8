// @ts-check
// Going on from a result: it becomes the picture, and the pictures before it can be returned to.
import { emptyDrag } from '../drag/read.js'
import { edited, opened } from '../editor/document.js'
import { showPicture } from '../editor/picture.js'
import { findPicture, viewUrl } from '../host/picture.js'
import { loaderFor } from '../host/source.js'
import { translate } from '../host/strings.js'
import { choose, upload } from '../host/upload.js'
import { settingOf, sourceOf } from '../host/upstream.js'
import { fileOf } from './names.js'
import { NO_RESULTS, goneOn, nextName, readHistory, returned } from './state.js'

/** @import { Document } from '../editor/document.js' */
/** @import { Editor } from '../editor/editor.js' */
/** @import { Picture } from '../editor/view.js' */
/** @import { Seat } from '../host/seat.js' */
/** @import { Setting } from '../host/upstream.js' */
/** @import { History } from './state.js' */
/** @import { Canvas, Results, State } from './types.js' */

const SAVED = 'dragkit_states'

/** The states that a canvas's workflow keeps. @type {(seat: Seat) => Pick<Results, 'states' | 'at'>} */
export function readStates(seat) {
  const { states, at } = historyOf(seat)
  return { states: states.map((state) => ({ ...state, url: viewUrl(seat.api, fileOf(state.picture)) })), at }
}

/** Makes the result the picture, or says why not. @type {(canvas: Canvas) => Promise<void>} */
export async function goOn(canvas) {
  const { editor, seat } = canvas,
    { last } = editor.scene.results
  if (!last) return
  try {
    const chosen = pictureSetting(seat)
    if (isShared(seat)) return say(editor, translate('result.shared'))
    const file = await (await fetch(last.picture.url)).blob(),
      from = typeof chosen?.widget.value === 'string' ? fileOf(chosen.widget.value).filename : 'picture'
    const name = await upload(seat.api, new File([file], nextName(from, file.type), { type: file.type }))
    const widget = chosen?.widget ?? (await renderedAsFile(canvas)) // the last to wait for: what changes the graph is one step
    if (!widget) return say(editor, whyNot(seat, name))
    const empty = edited(emptyDrag(), last.picture.size)
    const next = { picture: name, drag: empty.value }
    change(canvas, widget, goneOn(historyOf(seat), stateNow(editor, widget), next), empty)
    showAtOnce(canvas, last.picture)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    say(editor, translate('result.notKept', { reason: error.message }))
  }
}

/** Returns to an earlier picture and the drawing on it. @type {(canvas: Canvas, index: number) => void} */
export function returnTo(canvas, index) {
  const { editor, seat } = canvas,
    widget = pictureSetting(seat)?.widget,
    history = historyOf(seat),
    state = history.states[index]
  if (!state) return
  if (isShared(seat)) return say(editor, translate('result.shared'))
  if (!widget) return say(editor, whyNot(seat, state.picture))
  change(canvas, widget, returned(history, stateNow(editor, widget), index), opened(state.drag, null))
}

/** Whether drawing or picture are those of other nodes of a subgraph, too. @type {(seat: Seat) => boolean} */
function isShared(seat) {
  const graph = pictureSetting(seat)?.node.graph ?? sourceOf(seat, seat.node, 'image')?.node.graph
  return seat.isShared(seat.owner.graph) || (graph ? seat.isShared(graph) : false)
}

/** @type {(seat: Seat) => History} */
function historyOf(seat) {
  return readHistory(seat.saved(SAVED))
}

/** @type {(editor: Editor, widget: Widget) => State} */
function stateNow(editor, widget) {
  return { picture: String(widget.value), drag: editor.document.value }
}

/**
 * Changes picture and drawing as one step of the workflow's undo.
 * @type {(canvas: Canvas, widget: Widget, history: History, document: Document) => void}
 */
function change({ editor, seat }, widget, history, document) {
  choose(widget, history.states[history.at].picture)
  seat.save(SAVED, history)
  editor.stage.cancel()
  editor.apply({
    document,
    view: { selection: null, frame: null },
    scene: { results: { ...NO_RESULTS, ...readStates(seat) } }
  })
  editor.host.changed()
}

/** Shows the result as the picture that it has become, without waiting for it. @type {(canvas: Canvas, picture: Picture) => void} */
function showAtOnce({ seat, editor }, picture) {
  const [url] = findPicture(seat).urls ?? []
  if (url) showPicture(editor, { ...picture, url })
}

/**
 * A rendered picture as a file of a Load Image node, which takes its place.
 * @type {(canvas: Canvas) => Promise<Widget | null>}
 */
async function renderedAsFile({ editor, seat }) {
  const { picture } = editor.scene
  if (!picture || sourceOf(seat, seat.node, 'image')?.node.type !== 'DragDemoPicture') return null
  const file = await (await fetch(picture.url)).blob(),
    name = await upload(seat.api, new File([file], 'rendered.png', { type: file.type })),
    widget = loaderFor(seat).widgets?.find((each) => each.name === 'image')
  if (!widget) return null
  choose(widget, name)
  return widget
}

/**
 * The widget that names the picture's file: that of the Load Image upstream, or what stands for it on a subgraph.
 * @type {(seat: Seat) => Setting | null}
 */
function pictureSetting(seat) {
  const source = sourceOf(seat, seat.node, 'image')
  return source?.node.type === 'LoadImage' ? settingOf(seat, source.node, 'image') : null
}

/** Why the picture cannot be set, and what to do. @type {(seat: Seat, name: string) => string} */
function whyNot(seat, name) {
  const source = sourceOf(seat, seat.node, 'image')
  return source
    ? translate('result.notSet', { node: source.node.title, name })
    : translate('result.noSource', { name })
}

/** @type {(editor: Editor, fault: string) => void} */
function say(editor, fault) {
  editor.apply({ scene: { results: { ...editor.scene.results, fault } } })
}
