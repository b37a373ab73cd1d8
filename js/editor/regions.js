// @ts-check
// The region tool: sources and targets drawn, and the frame that moves, scales and turns a source.
import { IDENTITY, applied, centreOf, linearOf, shapeBounds, shiftedPoint } from '../drag/affine.js'
import { addRegion, moveCorner, moveRegion, setAffine, setShape, setTarget } from '../drag/edits.js'
import { distance, hitCorner, hitRegion } from '../drag/hits.js'
import { picturePoint } from '../drag/types.js'
import { changing, rounded, stroke, tenth } from './gestures.js'
import { pressPath } from './paths.js'
import { nextShape, selectedRegion } from './view.js'

/** @import { Affine, Pair, PicturePoint, Region, RegionEnd, Shape, Transformed } from '../drag/types.js' */
/** @import { RegionHit } from '../drag/hits.js' */
/** @import { Editor } from './editor.js' */
/** @import { Gesture, Keys } from './gestures.js' */
/** @import { TargetKind } from './view.js' */

/**
 * @typedef {keyof typeof SIDES} Side
 * @typedef {{ side: Side | 'turn', point: PicturePoint, end?: undefined }} FrameGrip pulls a region's frame
 * @typedef {{ end: RegionEnd, corner: number, point: PicturePoint, side?: undefined }} CornerGrip pulls a corner
 * @typedef {FrameGrip | CornerGrip} Grip
 */

const KNOB = 26
const MOST_CORNERS = 60 // that can be told apart, and moved one by one
const SMALLEST = 0.02
const TURN_STEP = 15
const SIDES = {
  nw: way(-1, -1),
  n: way(0, -1),
  ne: way(1, -1),
  e: way(1, 0),
  se: way(1, 1),
  s: way(0, 1),
  sw: way(-1, 1),
  w: way(-1, 0)
}

/** @type {(x: number, y: number) => Pair} */
function way(x, y) {
  return [x, y]
}

/** @type {(editor: Editor, point: PicturePoint, keys: Keys) => Gesture | null} */
export function pressRegion(editor, point, keys) {
  const selected = selectedRegion(editor.view)
  if (editor.view.path) return drawShape(editor, point)
  if (selected !== null && (keys.shiftKey || keys.altKey)) return extend(editor, selected, point, keys.altKey)
  if (editor.view.awaiting !== null) return drawShape(editor, point)
  const pulled = selected === null ? null : pullGrip(editor, selected, point)
  if (pulled) return pulled
  const hit = hitRegion(editor.document.drag.regions, point)
  if (hit) return moveRegionFrom(editor, hit, point)
  editor.select(null)
  return drawShape(editor, point)
}

/**
 * Draws a source, or the target that the selected region waits for.
 * @type {(editor: Editor, point: PicturePoint) => Gesture}
 */
function drawShape(editor, point) {
  return nextShape(editor.view) === 'brush'
    ? stroke(editor, point, false, false, (line) => place(editor, { brush: [line] }))
    : pressPath(editor, point, (polygon) => place(editor, { polygon }))
}

/**
 * Stores a shape that was drawn, and lets a new region wait for its target.
 * @type {(editor: Editor, shape: Shape) => void}
 */
function place(editor, shape) {
  const { drag } = editor.document,
    { awaiting, target } = editor.view
  if (awaiting !== null) return editor.commit(setTarget(drag, awaiting, shape), { awaiting: null })
  const index = drag.regions.length
  editor.commit(addRegion(drag, shape), {
    selection: { kind: 'regions', index, part: 'target' },
    awaiting: target === 'frame' ? null : index
  })
}

/**
 * Adds to the selected region's brush shape, or takes away from it.
 * @type {(editor: Editor, index: number, point: PicturePoint, erase: boolean) => Gesture | null}
 */
function extend(editor, index, point, erase) {
  const region = editor.document.drag.regions[index],
    end = region.target?.brush ? 'target' : 'source',
    brush = region[end]?.brush
  if (!brush) return null
  return stroke(editor, point, erase, false, (line) =>
    editor.commit(setShape(editor.document.drag, index, end, { brush: [...brush, line] }))
  )
}

/**
 * Gives the selected region another kind of target; a shape is then drawn next.
 * @type {(editor: Editor, kind: TargetKind) => void}
 */
export function changeTarget(editor, kind) {
  const index = selectedRegion(editor.view),
    { drag } = editor.document
  if (index === null) return editor.set({ target: kind })
  editor.set({ target: kind, awaiting: kind === 'frame' ? null : index })
  if (kind === 'frame' && !drag.regions[index].affine) editor.commit(setAffine(drag, index, IDENTITY))
}

/** Moves a region, or one shape of it. @type {(editor: Editor, hit: RegionHit, start: PicturePoint) => Gesture} */
export function moveRegionFrom(editor, { index, part }, start) {
  editor.select({ kind: 'regions', index, part })
  const before = editor.document.drag
  return changing(editor, start, (point) =>
    moveRegion(before, index, part, tenth(point[0] - start[0]), tenth(point[1] - start[1]))
  )
}

/**
 * The grips of a region: its frame's, or the corners of its polygons.
 * @type {(editor: Editor, region: Region) => Grip[]}
 */
export function gripsOf(editor, { source, target, affine }) {
  if (!affine) return [...cornersOf('source', source), ...cornersOf('target', target)]
  const [left, top, right, bottom] = shapeBounds(source),
    centre = centreOf(source)
  const half = [(right - left) / 2, (bottom - top) / 2]
  const at = (/** @type {Pair} */ [x, y]) => applied(affine, shiftedPoint(centre, x * half[0], y * half[1]), centre)
  const grips = sides().map((side) => ({ side, point: at(SIDES[side]) })),
    corners = editor.view.tool === 'object' ? [] : cornersOf('source', source)
  return [...corners, ...grips, { side: 'turn', point: above(editor, at([0, -1]), at([0, 0])) }]
}

/** @type {() => Side[]} */
function sides() {
  return /** @type {Side[]} */ (Object.keys(SIDES))
}

/** @type {(end: RegionEnd, shape: Shape) => CornerGrip[]} */
function cornersOf(end, shape) {
  const corners = shape.polygon ?? []
  return corners.length > MOST_CORNERS ? [] : corners.map((point, corner) => ({ end, corner, point }))
}

/** @type {(editor: Editor, top: PicturePoint, centre: PicturePoint) => PicturePoint} */
function above(editor, top, centre) {
  const length = distance(top, centre) || 1,
    lift = (KNOB * editor.stage.unit) / editor.frame.scale
  return picturePoint(top[0] + ((top[0] - centre[0]) / length) * lift, top[1] + ((top[1] - centre[1]) / length) * lift)
}

/** @type {(editor: Editor, index: number, point: PicturePoint) => Grip | null} */
export function gripAt(editor, index, point) {
  const grips = gripsOf(editor, editor.document.drag.regions[index]).reverse()
  const found = hitCorner(
    grips.map((grip) => grip.point),
    point,
    editor.reach * 0.75
  )
  return found < 0 ? null : grips[found]
}

/**
 * Pulls what a region is pulled by, if it is there.
 * @type {(editor: Editor, index: number, point: PicturePoint) => Gesture | null}
 */
export function pullGrip(editor, index, point) {
  const grip = gripAt(editor, index, point)
  return grip && pull(editor, index, grip, point)
}

/** @type {(editor: Editor, index: number, grip: Grip, start: PicturePoint) => Gesture | null} */
function pull(editor, index, grip, start) {
  const before = editor.document.drag,
    region = before.regions[index]
  if (grip.end)
    return changing(editor, start, (point) => moveCorner(before, index, grip.end, grip.corner, rounded(point)))
  if (!region.affine) return null
  const { side } = grip
  return changing(editor, start, (point, keys) =>
    setAffine(before, index, side === 'turn' ? turned(region, point, keys) : resized(region, SIDES[side], point, keys))
  )
}

/** @type {(region: Transformed, point: PicturePoint, keys: Keys) => Affine} */
function turned({ source, affine }, point, { shiftKey }) {
  const [x, y] = centreOf(source),
    [dx, dy] = affine.move,
    flip = affine.scale[1] < 0 ? 180 : 0
  const angle = (Math.atan2(point[1] - y - dy, point[0] - x - dx) * 180) / Math.PI + 90 + flip
  const step = shiftKey ? TURN_STEP : 0.1
  return { ...affine, rotate: wrapped(Math.round(angle / step) * step) }
}

/** @type {(angle: number) => number} */
function wrapped(angle) {
  return tenth(((((angle + 180) % 360) + 360) % 360) - 180)
}

/**
 * Scales about the centre: a side along its axis, a corner both alike, with Shift freely.
 * @type {(region: Transformed, way: Pair, point: PicturePoint, keys: Keys) => Affine}
 */
function resized({ source, affine }, way, point, { shiftKey }) {
  const [left, top, right, bottom] = shapeBounds(source),
    centre = centreOf(source),
    [sx, sy] = affine.scale
  const offset = [point[0] - centre[0] - affine.move[0], point[1] - centre[1] - affine.move[1]]
  const [a, b, c, d] = linearOf({ scale: [1, 1], rotate: affine.rotate })
  const x = a * offset[0] + c * offset[1],
    y = b * offset[0] + d * offset[1]
  const cornerX = (way[0] * (right - left)) / 2,
    cornerY = (way[1] * (bottom - top)) / 2
  if (!way[0] || !way[1] || shiftKey)
    return { ...affine, scale: [bounded(cornerX ? x / cornerX : sx), bounded(cornerY ? y / cornerY : sy)] }
  const [startX, startY] = [cornerX * sx, cornerY * sy]
  const grown = Math.max((x * startX + y * startY) / (startX ** 2 + startY ** 2), SMALLEST)
  return { ...affine, scale: [bounded(sx * grown), bounded(sy * grown)] }
}

/** @type {(scale: number) => number} */
function bounded(scale) {
  const size = Math.max(Math.abs(scale), SMALLEST)
  return (Math.round(size * 1000) / 1000) * (scale < 0 ? -1 : 1)
}
