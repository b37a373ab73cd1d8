// @ts-check
// What the pointer is over, and the cursor that says what a press would do.
import { hitDrag, hitRegion } from '../drag/hits.js'
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
  if (tool === 'region') return regionAt(editor, point)
  if (tool !== 'drag' && tool !== 'anchor') return null
  const hit = hitDrag(editor.document.drag.drags, point, editor.reach)
  return hit && { kind: 'drags', ...hit }
}

/** @type {(editor: Editor, point: PicturePoint) => Hover | null} */
function regionAt(editor, point) {
  const index = selectedRegion(editor.view),
    grip = index === null ? null : gripAt(editor, index, point)
  if (index !== null && grip) return { kind: 'regions', index, grip }
  const hit = hitRegion(editor.document.drag.regions, point)
  return hit && { kind: 'regions', ...hit }
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
  if (!hover.grip) return 'move'
  const { side } = hover.grip
  return side && side in ARROWS ? `${ARROWS[side]}-resize` : 'grab'
}
