// The keyboard: shortcuts, nudging what is selected, and a cross that draws where there is no pointer.
import { invertMask, moveDrag, moveEnd, moveShape, setAffine } from '../drag/edits.js'
import { closePath, shortenPath } from './paths.js'
import { press } from './tools.js'

const TOOL_KEYS = { d: 'drag', a: 'anchor', r: 'region', b: 'brush', e: 'erase', p: 'lasso', h: 'hand' }
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const FAR = 10
const WIDEST = 256

const ACTIONS = {
  '[': (editor) => resizeBrush(editor, 1 / 1.2),
  ']': (editor) => resizeBrush(editor, 1.2),
  i: (editor) => invert(editor),
  v: (editor) => editor.set({ live: !editor.live }),
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
  Enter: (editor, event) => enter(editor, event),
  Escape: (editor) => escape(editor),
  Delete: (editor) => erase(editor),
  Backspace: (editor) => erase(editor),
  ' ': (editor) => (editor.stage.space = true)
}

export function listenToKeys(editor) {
  const { root, ending } = editor
  root.addEventListener('keydown', (event) => keyDown(editor, event), { signal: ending.signal })
  root.addEventListener('keyup', (event) => keyUp(editor, event), { signal: ending.signal })
  root.addEventListener('blur', () => (editor.stage.space = false), { signal: ending.signal, capture: true })
}

/** Plain keys are the editor's while it has the focus; those with Ctrl, Alt or Meta stay the page's. */
function keyDown(editor, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
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

function keyUp(editor, event) {
  if (event.key === ' ') editor.stage.space = false
  if (event.key in WAYS && editor.draft && !editor.stage.gesture && !editor.crossing) editor.commit(editor.draft)
}

function resizeBrush(editor, factor) {
  const radius = editor.radius * factor
  editor.set({ radius: Math.min(Math.max(Math.round(radius * 10) / 10, 1), WIDEST) })
}

export function invert(editor) {
  if (editor.canDraw && editor.drag.mask.length) editor.commit(invertMask(editor.drag, editor.size))
}

/** Selects the next drag, or region with its tool. */
function selectNext(editor, step) {
  const kind = editor.tool === 'region' ? 'regions' : 'drags',
    count = editor.drag[kind].length
  if (!count) return
  const from = editor.selection?.kind === kind ? editor.selection.index : step > 0 ? -1 : 0
  editor.select({ kind, index: (from + step + count) % count, part: 'target' })
}

function otherEnd(editor) {
  const { selection } = editor
  if (selection) editor.select({ ...selection, part: selection.part === 'handle' ? 'target' : 'handle' })
}

function step(editor, way, { shiftKey }) {
  if (!editor.canDraw) return
  const [dx, dy] = way.map((part) => part * (shiftKey ? FAR : 1))
  if (editor.selection && !editor.crossing) return editor.show(nudged(editor, dx, dy))
  const [x, y] = editor.cross ?? editor.size.map((side) => Math.round(side / 2))
  editor.cross = [x + dx, y + dy]
  editor.crossing?.move(editor.cross, { shiftKey: false })
  editor.set({ pointer: editor.cross })
}

function nudged({ shown, selection: { kind, index, part } }, dx, dy) {
  if (kind === 'drags') return nudgedDrag(shown, index, part, dx, dy)
  const { affine } = shown.regions[index]
  if (!affine || part === 'source') return moveShape(shown, index, part === 'source' ? 'source' : 'target', dx, dy)
  return setAffine(shown, index, { ...affine, move: [affine.move[0] + dx, affine.move[1] + dy] })
}

function nudgedDrag(shown, index, part, dx, dy) {
  if (part === 'shaft') return moveDrag(shown, index, dx, dy)
  const [x, y] = shown.drags[index][part]
  return moveEnd(shown, index, part, [x + dx, y + dy])
}

/** Presses or releases at the cross. */
function enter(editor, event) {
  if (!editor.canDraw) return
  if (editor.path && !editor.cross) return closePath(editor)
  editor.cross ??= editor.size.map((side) => Math.round(side / 2))
  const held = editor.crossing
  editor.crossing = held ? null : press(editor, editor.cross, event)
  if (held) held.release(editor.cross, event)
  else if (editor.path || !editor.crossing) editor.crossing = editor.crossing?.release(editor.cross, event) ?? null
  editor.refresh()
}

function escape(editor) {
  editor.crossing?.cancel()
  editor.crossing = null
  editor.stage.cancel()
  if (editor.path) editor.path = null
  else if (editor.awaiting !== null) editor.awaiting = null
  else if (editor.selection) editor.selection = null
  else if (editor.cross) editor.cross = null
  else editor.expand(false)
  editor.refresh()
}

function erase(editor) {
  if (editor.path) shortenPath(editor)
  else if (editor.canDraw) editor.remove()
}
