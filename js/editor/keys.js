// @ts-check
// The keyboard: shortcuts, nudging what is selected, and a cross that draws where there is no pointer.
import { shiftedPoint } from '../drag/affine.js'
import { invertMask, moveDrag, moveEnd, moveRegion } from '../drag/edits.js'
import { picturePoint } from '../drag/types.js'
import { tenth } from './gestures.js'
import { closePath, shortenPath } from './paths.js'
import { press } from './tools.js'
import { selectedDrag, selectedRegion } from './view.js'

/** @import { Drag, PicturePoint } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { Selection, Tool } from './view.js' */

/** @type {Record<string, Tool>} */
const TOOL_KEYS = { o: 'object', d: 'drag', a: 'anchor', r: 'region', b: 'brush', e: 'erase', p: 'lasso', h: 'hand' }
/** @type {Record<string, readonly [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const FAR = 10
const WIDEST = 256
const NO_KEYS = { shiftKey: false, altKey: false }

/** @type {Record<string, (editor: Editor, event: KeyboardEvent) => void>} */
const ACTIONS = {
  '[': (editor) => resizeBrush(editor, 1 / 1.2),
  ']': (editor) => resizeBrush(editor, 1.2),
  i: (editor) => invert(editor),
  v: (editor) => editor.set({ live: !editor.view.live }),
  l: (editor) => editor.host.live?.toggle(),
  f: (editor) => editor.fit(),
  0: (editor) => editor.fit(),
  '+': (editor) => editor.zoom(1.25),
  '=': (editor) => editor.zoom(1.25),
  '-': (editor) => editor.zoom(0.8),
  x: (editor) => editor.expand(),
  j: (editor) => editor.messages.openText(),
  n: (editor) => selectNext(editor, 1),
  N: (editor) => selectNext(editor, -1),
  t: (editor) => otherEnd(editor),
  s: (editor) => editor.results.toggle(),
  c: (editor) => editor.results.hold(true),
  m: (editor) => editor.results.choose(),
  q: (editor) => editor.results.look({ drawn: !editor.view.look.drawn }),
  u: (editor) => editor.results.look({ strip: !editor.view.look.strip }),
  g: (editor) => editor.results.go(),
  ',': (editor) => editor.results.showOther(-1),
  '.': (editor) => editor.results.showOther(1),
  Enter: (editor, event) => enter(editor, event),
  Escape: (editor) => escape(editor),
  Delete: (editor) => erase(editor),
  Backspace: (editor) => erase(editor),
  ' ': (editor) => editor.stage.holdSpace(true)
}

/** @type {(editor: Editor) => void} */
export function listenToKeys(editor) {
  const { root, ending } = editor
  root.addEventListener('keydown', (event) => keyDown(editor, event), { signal: ending.signal })
  root.addEventListener('keyup', (event) => keyUp(editor, event), { signal: ending.signal })
  const letGo = (/** @type {FocusEvent} */ { relatedTarget }) => {
    if (relatedTarget instanceof Node && root.contains(relatedTarget)) return
    editor.stage.holdSpace(false)
    editor.results.hold(false)
  }
  root.addEventListener('blur', letGo, { signal: ending.signal, capture: true })
}

/**
 * Plain keys are the editor's while it has the focus; those with Ctrl, Alt or Meta stay the page's, but for Escape out of
 * a pull with one of them held.
 * @type {(editor: Editor, event: KeyboardEvent) => void}
 */
function keyDown(editor, event) {
  const leaves = event.key === 'Escape' && editor.stage.gesture
  if ((event.ctrlKey || event.metaKey || event.altKey) && !leaves) return
  event.stopPropagation()
  if (event.target !== editor.root || event.key === 'Tab') return
  const tool = TOOL_KEYS[event.key.toLowerCase()],
    action = ACTIONS[event.key]
  if (event.key in WAYS) step(editor, WAYS[event.key], event)
  else if (action) action(editor, event)
  else if (tool) editor.use(tool)
  else return
  event.preventDefault()
}

/** @type {(editor: Editor, event: KeyboardEvent) => void} */
function keyUp(editor, event) {
  const { draft } = editor.view
  if (event.key === ' ') editor.stage.holdSpace(false)
  if (event.key === 'c') editor.results.hold(false)
  if (event.key in WAYS && draft && !editor.stage.gesture && !editor.stage.crossing) editor.commit(draft)
}

/** @type {(editor: Editor, factor: number) => void} */
function resizeBrush(editor, factor) {
  editor.set({ radius: Math.min(Math.max(tenth(editor.view.radius * factor), 1), WIDEST) })
}

/** @type {(editor: Editor) => void} */
export function invert(editor) {
  const { drag } = editor.document
  if (editor.canDraw && drag.mask.length) editor.commit(invertMask(drag, editor.paper))
}

/** Selects the next drag, or region with its tool. @type {(editor: Editor, step: 1 | -1) => void} */
function selectNext(editor, step) {
  const { drag } = editor.document,
    ofRegions = editor.view.tool === 'region' || editor.view.tool === 'object',
    count = (ofRegions ? drag.regions : drag.drags).length
  if (!count) return
  const from = (ofRegions ? selectedRegion : selectedDrag)(editor.view) ?? (step > 0 ? -1 : 0)
  editor.select({ kind: ofRegions ? 'regions' : 'drags', index: (from + step + count) % count, part: 'target' })
}

/** @type {(editor: Editor) => void} */
function otherEnd(editor) {
  const { selection } = editor.view
  if (selection?.kind === 'drags')
    editor.select({ ...selection, part: selection.part === 'handle' ? 'target' : 'handle' })
  else if (selection) editor.select({ ...selection, part: selection.part === 'source' ? 'target' : 'source' })
}

/** @type {(editor: Editor, way: readonly [number, number], event: KeyboardEvent) => void} */
function step(editor, [x, y], { shiftKey }) {
  if (!editor.canDraw) return
  const far = shiftKey ? FAR : 1,
    { selection } = editor.view
  if (selection && !editor.stage.crossing) return editor.show(nudged(editor.shown, selection, x * far, y * far))
  const cross = shiftedPoint(crossOf(editor), x * far, y * far)
  editor.stage.crossing?.move(cross, NO_KEYS)
  editor.set({ cross, pointer: cross })
}

/** Where the keyboard's cross is, or begins. @type {(editor: Editor) => PicturePoint} */
function crossOf(editor) {
  const [width, height] = editor.paper
  return editor.view.cross ?? picturePoint(Math.round(width / 2), Math.round(height / 2))
}

/** @type {(shown: Drag, selection: Selection, dx: number, dy: number) => Drag} */
function nudged(shown, selection, dx, dy) {
  const { index } = selection
  if (selection.kind === 'regions') return moveRegion(shown, index, selection.part, dx, dy)
  if (selection.part === 'shaft') return moveDrag(shown, index, dx, dy)
  return moveEnd(shown, index, selection.part, shiftedPoint(shown.drags[index][selection.part], dx, dy))
}

/** Presses or releases at the cross. @type {(editor: Editor, event: KeyboardEvent) => void} */
function enter(editor, event) {
  if (!editor.canDraw) return
  if (editor.view.path && !editor.view.cross) return closePath(editor)
  const cross = crossOf(editor),
    held = editor.stage.cross(null)
  editor.set({ cross })
  if (held) return held.release(cross, event)
  const begun = press(editor, cross, event)
  if (editor.view.path) begun?.release(cross, event)
  else editor.stage.cross(begun)
}

/** Leaves a pull, or what was begun or selected without one. @type {(editor: Editor) => void} */
function escape(editor) {
  const held = editor.stage.cross(null),
    isPulling = held ?? editor.stage.gesture
  held?.cancel()
  editor.stage.cancel()
  if (isPulling) return
  const { path, awaiting, selection, cross } = editor.view
  if (path) editor.set({ path: null })
  else if (awaiting !== null) editor.set({ awaiting: null })
  else if (selection) editor.set({ selection: null })
  else if (cross) editor.set({ cross: null })
  else editor.expand(false)
}

/** @type {(editor: Editor) => void} */
function erase(editor) {
  if (editor.view.path) shortenPath(editor)
  else if (editor.canDraw) editor.remove()
}
