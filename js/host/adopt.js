// @ts-check
// Undo and reload rebuild a node, but the Vue page goes on showing the element of the one before it.
// The new element takes the old one's place, and the new editor what the old one had in view.

/** @import { Carried } from '../editor/change.js' */
/** @import { Editor } from '../editor/editor.js' */

/**
 * @typedef {{ parent: HTMLElement | null, root: HTMLElement, carried: Carried, wide: boolean, focused: boolean }} Left
 * @typedef {{ root: HTMLElement, before: Left | undefined }} Place where an element stands, and what stood there before
 */

const SHOWN_AFTER = 120
const JUST_NOW = 600
/** @type {Map<string, Left>} */
const left = new Map()
/** @type {Set<Place>} */
const present = new Set()

/** Remembers where an editor stood when its node was removed. @type {(key: string, editor: Editor) => void} */
export function leave(key, editor) {
  const wide = Boolean(editor.overlay)
  editor.overlay?.close()
  const { root } = editor,
    parent = root.isConnected ? root.parentElement : null
  left.set(key, { parent, root, carried: editor.carry(), wide, focused: wide || hadFocus(editor) })
  for (const place of present) if (place.root === root) present.delete(place)
}

/**
 * Tells whether an editor has the focus, or lost it to nothing else when the page took its element away.
 * @type {(editor: Editor) => boolean}
 */
function hadFocus({ root, blurredAt }) {
  return root.contains(document.activeElement) || performance.now() - blurredAt < JUST_NOW
}

/** What the editor before this one had in view, or nothing. @type {(key: string) => Left | undefined} */
export function inherited(key) {
  return left.get(key)
}

/**
 * Puts a new element where the old one of the same node stands, and tells when it does.
 * @type {(key: string, root: HTMLElement, onSettled: () => void) => void}
 */
export function adopt(key, root, onSettled) {
  const place = { root, before: left.get(key) }
  present.add(place)
  settle(place)
  setTimeout(() => {
    settle(place)
    onSettled()
  }, SHOWN_AFTER)
}

export function readoptAll() {
  for (const place of present) settle(place)
}

/** @type {(place: Place) => void} */
function settle({ root, before }) {
  if (!before) return
  const stands = root.isConnected && root.getClientRects().length
  if (!stands && before.parent?.isConnected) before.parent.replaceChildren(root)
  if (before.focused && root.isConnected && document.activeElement === document.body)
    root.focus({ preventScroll: true })
}
