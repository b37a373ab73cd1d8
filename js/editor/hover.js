// What the pointer is over, and the cursor that says what a press would do.
import { hitDrag, hitRegion } from '../drag/hits.js'
import { closesPath } from './paths.js'
import { gripAt } from './regions.js'

const ARROWS = { n: 'ns', s: 'ns', e: 'ew', w: 'ew', nw: 'nwse', se: 'nwse', ne: 'nesw', sw: 'nesw' }

/** The item under a point that the tool would take: {kind, index, part, grip}, or null. */
export function hoverAt(editor, point) {
  if (!editor.canDraw || editor.path || editor.awaiting !== null) return null
  if (editor.tool === 'region') return regionAt(editor, point)
  if (editor.tool !== 'drag' && editor.tool !== 'anchor') return null
  const hit = hitDrag(editor.drag.drags, point, editor.reach)
  return hit && { kind: 'drags', ...hit }
}

function regionAt(editor, point) {
  const { selection, drag } = editor
  const grip = selection?.kind === 'regions' ? gripAt(editor, selection.index, point) : null
  if (grip) return { kind: 'regions', index: selection.index, grip }
  const hit = hitRegion(drag.regions, point)
  return hit && { kind: 'regions', ...hit }
}

export function cursorFor(editor) {
  const { tool, hover, stage } = editor
  if (tool === 'hand') return stage.gesture ? 'grabbing' : 'grab'
  if (!editor.canDraw) return 'default'
  if (tool === 'brush' || tool === 'erase') return 'none'
  if (editor.path && editor.pointer && closesPath(editor, editor.pointer)) return 'pointer'
  if (stage.gesture && editor.selection) return 'grabbing'
  if (hover?.grip) return hover.grip.side in ARROWS ? `${ARROWS[hover.grip.side]}-resize` : 'grab'
  if (hover) return hover.part === 'shaft' || hover.kind === 'regions' ? 'move' : 'grab'
  return 'crosshair'
}
