// @ts-check
// What the pointer is over, and the cursor that says what a press would do.
import { hitDrag, hitRegion } from '../drag/hits.js'
import { givenAt, regionAt } from './objects.js'
import { closesPath } from './paths.js'
import { gripAt } from './regions.js'
import { selectedRegion } from './view.js'

/** @import { PicturePoint } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { Hover } from './view.js' */

/** @type {Record<string, string>} */
const ARROWS = { n: 'ns', s: 'ns', e: 'ew', w: 'ew', nw: 'nwse', se: 'nwse', ne: 'nesw', sw: 'nesw' }

/** The item under a point that the tool would take. @type {(editor: Editor, point: PicturePoint) => Hover | null} */
export function hoverAt(editor, point) {
  const { tool, path, awaiting } = editor.view
  if (!editor.canDraw || path || awaiting !== null) return null
  if (tool === 'region') return overRegion(editor, point)
  if (tool === 'object') return overObject(editor, point)
  if (tool !== 'drag' && tool !== 'anchor') return null
  const hit = hitDrag(editor.document.drag.drags, point, editor.reach)
  return hit && { kind: 'drags', ...hit }
}

/** @type {(editor: Editor, point: PicturePoint) => Hover | null} */
function overRegion(editor, point) {
  const held = overGrip(editor, point)
  if (held) return held
  const hit = hitRegion(editor.document.drag.regions, point)
  return hit && { kind: 'regions', ...hit }
}

/** @type {(editor: Editor, point: PicturePoint) => Hover | null} */
function overObject(editor, point) {
  const held = overGrip(editor, point)
  if (held) return held
  const index = regionAt(editor, point)
  if (index >= 0) return { kind: 'regions', index }
  const shape = givenAt(editor, point)
  return shape && { kind: 'given', shape }
}

/** @type {(editor: Editor, point: PicturePoint) => Hover | null} */
function overGrip(editor, point) {
  const index = selectedRegion(editor.view),
    grip = index === null ? null : gripAt(editor, index, point)
  return index !== null && grip ? { kind: 'regions', index, grip } : null
}

/** Whether a press is at a side of a frame, which Ctrl bends. @type {(editor: Editor, point: PicturePoint) => boolean} */
export function isAtSide(editor, point) {
  const found = hoverAt(editor, point)
  return found?.kind === 'regions' && found.grip?.side?.length === 1
}

/** @type {(editor: Editor) => string} */
export function cursorFor(editor) {
  const { tool, hover, path, pointer, selection } = editor.view,
    { gesture } = editor.stage
  if (tool === 'hand') return gesture ? 'grabbing' : 'grab'
  if (!editor.canDraw) return 'default'
  if (tool === 'brush' || tool === 'erase') return 'none'
  if (path && pointer && closesPath(editor, pointer)) return 'pointer'
  if (gesture && selection) return 'grabbing'
  if (!hover) return 'crosshair'
  if (hover.kind === 'drags') return hover.part === 'shaft' ? 'move' : 'grab'
  if (hover.kind === 'given' || !hover.grip) return 'move'
  const { side } = hover.grip
  return side && side in ARROWS ? `${ARROWS[side]}-resize` : 'grab'
}
