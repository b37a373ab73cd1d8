// The region tool: sources and targets drawn, and the frame that moves, scales and turns a source.
import { IDENTITY, applied, centreOf, linearOf, shapeBounds } from '../drag/affine.js'
import { addRegion, moveCorner, moveShape, setAffine, setShape, setTarget } from '../drag/edits.js'
import { distance, hitCorner, hitRegion } from '../drag/hits.js'
import { changing, rounded, stroke } from './gestures.js'
import { pressPath } from './paths.js'

const KNOB = 26
const SMALLEST = 0.02
const TURN_STEP = 15
const SIDES = { nw: [-1, -1], n: [0, -1], ne: [1, -1], e: [1, 0], se: [1, 1], s: [0, 1], sw: [-1, 1], w: [-1, 0] }

export function pressRegion(editor, point, event) {
  const selected = editor.selection?.kind === 'regions' ? editor.selection.index : null
  if (editor.path) return drawShape(editor, point)
  if (selected !== null && (event.shiftKey || event.altKey)) return extend(editor, selected, point, event.altKey)
  if (editor.awaiting !== null) return drawShape(editor, point)
  const grip = selected === null ? null : gripAt(editor, selected, point)
  if (grip) return pull(editor, selected, grip, point)
  const hit = hitRegion(editor.drag.regions, point)
  if (hit) return moveHit(editor, hit, point)
  editor.select(null)
  return drawShape(editor, point)
}

/** Draws a source, or the target that the selected region waits for. */
function drawShape(editor, point) {
  const kind = editor.awaiting === null ? editor.source : editor.target
  if (kind === 'brush') return stroke(editor, point, false, { apply: (line) => placed(editor, { brush: [line] }) })
  return pressPath(editor, point, (polygon) => editor.commit(placed(editor, { polygon })))
}

function placed(editor, shape) {
  if (editor.awaiting !== null) {
    const index = editor.awaiting
    editor.awaiting = null
    return setTarget(editor.drag, index, shape)
  }
  const index = editor.drag.regions.length
  editor.selection = { kind: 'regions', index, part: 'target' }
  editor.awaiting = editor.target === 'frame' ? null : index
  return addRegion(editor.drag, shape)
}

/** Adds to the selected region's brush shape, or takes away from it. */
function extend(editor, index, point, erase) {
  const region = editor.drag.regions[index],
    end = region.target?.brush ? 'target' : 'source'
  if (!region[end].brush) return null
  const apply = (line) => setShape(editor.drag, index, end, { brush: [...region[end].brush, line] })
  return stroke(editor, point, erase, { apply })
}

/** Gives the selected region another kind of target; a shape is then drawn next. */
export function changeTarget(editor, kind) {
  const index = editor.selection?.kind === 'regions' ? editor.selection.index : null
  editor.target = kind
  if (index === null) return editor.refresh()
  editor.awaiting = kind === 'frame' ? null : index
  if (kind === 'frame' && !editor.drag.regions[index].affine) editor.commit(setAffine(editor.drag, index, IDENTITY))
  editor.refresh()
}

function moveHit(editor, { index, part }, start) {
  editor.select({ kind: 'regions', index, part })
  const before = editor.drag,
    { affine } = before.regions[index]
  return changing(editor, start, (point) => {
    const [dx, dy] = rounded([point[0] - start[0], point[1] - start[1]])
    if (!affine || part === 'source') return moveShape(before, index, part, dx, dy)
    return setAffine(before, index, { ...affine, move: [affine.move[0] + dx, affine.move[1] + dy] })
  })
}

/** The grips of a region: its frame's, or the corners of its polygons. */
export function gripsOf(editor, { source, target, affine }) {
  if (!affine) return cornersOf('source', source).concat(cornersOf('target', target))
  const [left, top, right, bottom] = shapeBounds(source),
    centre = centreOf(source)
  const half = [(right - left) / 2, (bottom - top) / 2]
  const at = ([x, y]) => applied(affine, [centre[0] + x * half[0], centre[1] + y * half[1]], centre)
  const grips = Object.entries(SIDES).map(([side, way]) => ({ side, point: at(way) }))
  return [...cornersOf('source', source), ...grips, { side: 'turn', point: above(editor, at([0, -1]), at([0, 0])) }]
}

function cornersOf(end, shape) {
  return (shape.polygon ?? []).map((point, corner) => ({ end, corner, point }))
}

function above(editor, top, centre) {
  const length = distance(top, centre) || 1,
    lift = (KNOB * editor.stage.unit) / editor.viewNow.scale
  return [top[0] + ((top[0] - centre[0]) / length) * lift, top[1] + ((top[1] - centre[1]) / length) * lift]
}

export function gripAt(editor, index, point) {
  const grips = gripsOf(editor, editor.drag.regions[index]).reverse()
  const found = hitCorner(
    grips.map((grip) => grip.point),
    point,
    editor.reach * 0.75
  )
  return found < 0 ? null : grips[found]
}

function pull(editor, index, grip, start) {
  const before = editor.drag,
    region = before.regions[index]
  if (grip.end)
    return changing(editor, start, (point) => moveCorner(before, index, grip.end, grip.corner, rounded(point)))
  const change = grip.side === 'turn' ? turned : resized
  return changing(editor, start, (point, event) => setAffine(before, index, change(region, grip, point, event)))
}

function turned({ source, affine }, _, point, { shiftKey }) {
  const [x, y] = centreOf(source),
    [dx, dy] = affine.move,
    flip = affine.scale[1] < 0 ? 180 : 0
  const angle = (Math.atan2(point[1] - y - dy, point[0] - x - dx) * 180) / Math.PI + 90 + flip
  const step = shiftKey ? TURN_STEP : 0.1
  return { ...affine, rotate: wrapped(Math.round(angle / step) * step) }
}

function wrapped(angle) {
  const turn = ((((angle + 180) % 360) + 360) % 360) - 180
  return Math.round(turn * 10) / 10
}

/** Scales about the centre: a side along its axis, a corner both alike, with Shift freely. */
function resized({ source, affine }, { side }, point, { shiftKey }) {
  const [left, top, right, bottom] = shapeBounds(source),
    centre = centreOf(source),
    way = SIDES[side]
  const offset = [point[0] - centre[0] - affine.move[0], point[1] - centre[1] - affine.move[1]]
  const [a, b, c, d] = linearOf({ scale: [1, 1], rotate: affine.rotate })
  const local = [a * offset[0] + c * offset[1], b * offset[0] + d * offset[1]]
  const corner = [(way[0] * (right - left)) / 2, (way[1] * (bottom - top)) / 2]
  const free = corner.map((part, axis) => (part ? local[axis] / part : affine.scale[axis]))
  if (!way[0] || !way[1] || shiftKey) return { ...affine, scale: free.map(bounded) }
  const start = corner.map((part, axis) => part * affine.scale[axis])
  const grown = (local[0] * start[0] + local[1] * start[1]) / (start[0] ** 2 + start[1] ** 2)
  return { ...affine, scale: affine.scale.map((part) => bounded(part * Math.max(grown, SMALLEST))) }
}

function bounded(scale) {
  const size = Math.max(Math.abs(scale), SMALLEST)
  return (Math.round(size * 1000) / 1000) * (scale < 0 ? -1 : 1)
}
