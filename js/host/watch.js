// @ts-check
// What the page has around a canvas, looked at again and again: the picture, masks, objects, and what moves.
import { DragError, readDrag } from '../drag/read.js'
import { showPicture } from '../editor/picture.js'
import { ELSEWHERE } from '../editor/view.js'
import { movesWhole } from './downstream.js'
import { findBase, findMask, findObjects, findPicture, loadMask, loadPicture } from './picture.js'
import { linkInto } from './upstream.js'

/** @import { Reading } from '../drag/read.js' */
/** @import { Editor } from '../editor/editor.js' */
/** @import { Objects } from '../editor/view.js' */
/** @import { Canvas } from '../result/types.js' */
/** @import { Found, NotFound } from './picture.js' */
/** @import { Seat } from './seat.js' */

const PATIENCE = 3

/**
 * A function that brings up to date what the page has around the canvas, where it has changed.
 * @type {(canvas: Canvas) => () => void}
 */
export function watcher({ seat, editor }) {
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
