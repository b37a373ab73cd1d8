// Undo and reload rebuild a node, but the Vue page goes on showing the element of the one before it.
// The new element takes the old one's place, and the new editor what the old one had in view.

const SHOWN_AFTER = 120
const JUST_NOW = 600
const left = new Map()
const present = new Set()

/** What tells a node from others in all graphs of a workflow. */
export function keyOf(node) {
  return `${node.graph?.id ?? ''}:${node.id}`
}

/** Remembers where an editor stood when its node was removed. */
export function leave(key, editor) {
  const wide = Boolean(editor.overlay)
  editor.overlay?.close()
  const { root } = editor,
    parent = root.isConnected ? root.parentElement : null
  left.set(key, { parent, root, carried: editor.carry(), wide, focused: wide || hadFocus(editor) })
  present.delete(root.dragkitPlace)
}

/** Tells whether an editor has the focus, or lost it to nothing else when the page took its element away. */
function hadFocus({ root, blurredAt }) {
  return root.contains(document.activeElement) || performance.now() - blurredAt < JUST_NOW
}

/** What the editor before this one had in view, or nothing. */
export function inherited(key) {
  return left.get(key)
}

/** Puts a new element where the old one of the same node stands, and tells when it does. */
export function adopt(key, root, onSettled) {
  const place = { root, before: left.get(key) }
  root.dragkitPlace = place
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

function settle({ root, before }) {
  if (!before) return
  const stands = root.isConnected && root.getClientRects().length
  if (!stands && before.parent?.isConnected) before.parent.replaceChildren(root)
  if (before.focused && root.isConnected && document.activeElement === document.body)
    root.focus({ preventScroll: true })
}
