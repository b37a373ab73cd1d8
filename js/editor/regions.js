// @ts-check
// The region tool: sources and targets drawn, and the frame that moves, scales and turns a source.
import { IDENTITY } from '../drag/affine.js'
import { bentBySide, bentPoint } from '../drag/bend.js'
import { addRegion, moveCorner, moveRegion, setAffine, setShape, setTarget } from '../drag/edits.js'
import { distance, hitCorner, hitRegion } from '../drag/hits.js'
import { placeAt, placementOf, pulledBySquare, setPlacement, sharesAt, turnedBy, wrapped } from '../drag/placement.js'
import { picturePoint } from '../drag/types.js'
import { changing, rounded, stroke, tenth } from './gestures.js'
import { pressPath } from './paths.js'
import { nextShape, selectedRegion } from './view.js'

/** @import { Drag, Pair, PicturePoint, Region, RegionEnd, Shape } from '../drag/types.js' */
/** @import { RegionHit } from '../drag/hits.js' */
/** @import { Placement } from '../drag/placement.js' */
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
const STRAIGHT = 5 // pixels of the screen, that a pull along a way may stray
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
  const pulled = selected === null || editor.view.awaiting !== null ? null : pullGrip(editor, selected, point)
  if (pulled) return pulled
  if (selected !== null && (keys.shiftKey || keys.altKey)) return extend(editor, selected, point, keys.altKey)
  if (editor.view.awaiting !== null) return drawShape(editor, point)
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
  if (kind === 'frame' && !placementOf(drag.regions[index])) editor.commit(setAffine(drag, index, IDENTITY))
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
export function gripsOf(editor, region) {
  const { source, target, affine } = region,
    placement = placementOf(region)
  if (!placement) {
    const bent = bentGrips(region),
      ends = [...cornersOf('source', source), ...(target ? cornersOf('target', target) : [])]
    return bent.length && editor.view.tool === 'object' ? bent : [...ends, ...bent]
  }
  const grips = sides().map((side) => ({ side, point: placeAt(placement, SIDES[side]) })),
    corners = affine && editor.view.tool !== 'object' ? cornersOf('source', source) : []
  return [...corners, ...grips, { side: 'turn', point: above(editor, placeAt(placement, SIDES.n), placement.middle) }]
}

/** The squares at the sides of a frame that was bent. @type {(region: Region) => FrameGrip[]} */
function bentGrips(region) {
  return sides().flatMap((side) => {
    const point = isCorner(SIDES[side]) ? null : bentPoint(region, SIDES[side])
    return point ? [{ side, point }] : []
  })
}

/** @type {(square: Pair) => boolean} */
function isCorner([x, y]) {
  return x !== 0 && y !== 0
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
  const { side } = grip,
    placement = placementOf(region)
  if (side === 'turn')
    return placement && changing(editor, start, (point, keys) => turned(before, index, placement, point, keys))
  const square = SIDES[side]
  return changing(editor, start, (point, keys) =>
    placement && !(isBending(keys) && !isCorner(square))
      ? setPlacement(before, index, resized(editor, placement, square, point, keys))
      : bentBySide(before, index, square, [tenth(point[0] - grip.point[0]), tenth(point[1] - grip.point[1])])
  )
}

/** Whether a side that is pulled bends what it belongs to. @type {(keys: Keys) => boolean} */
function isBending({ ctrlKey, metaKey }) {
  return Boolean(ctrlKey || metaKey)
}

/**
 * Turns a frame so that what turns it follows a point, with Shift in steps.
 * @type {(drag: Drag, index: number, placement: Placement, point: PicturePoint, keys: Keys) => Drag}
 */
function turned(drag, index, placement, point, { shiftKey }) {
  const { middle } = placement,
    top = placeAt(placement, SIDES.n),
    before = angleOf(middle, top),
    step = shiftKey ? TURN_STEP : 0.1,
    by = wrapped(Math.round(angleOf(middle, point) / step) * step - before)
  return setPlacement(drag, index, turnedBy(placement, by), (drag.regions[index].affine?.rotate ?? 0) + by)
}

/** The angle in degrees in which one point lies from another. @type {(from: PicturePoint, to: PicturePoint) => number} */
function angleOf(from, to) {
  return (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI
}

/**
 * Pulls a frame by a square: freely, or by Shift a side along its way and a corner without keeping the shape; by Alt the
 * middle stays.
 * @type {(editor: Editor, placement: Placement, square: Pair, point: PicturePoint, keys: Keys) => Placement}
 */
function resized(editor, placement, square, point, { shiftKey, altKey }) {
  const straight = shiftKey || isStraight(editor, placement, square, point)
  return pulledBySquare(placement, square, point, { straight, freely: shiftKey, central: altKey })
}

/**
 * Whether a side is pulled so nearly along its way that this is meant.
 * @type {(editor: Editor, placement: Placement, square: Pair, point: PicturePoint) => boolean}
 */
function isStraight(editor, placement, square, point) {
  const { x, y } = placement,
    [u, v] = sharesAt({ ...placement, middle: placeAt(placement, square) }, point),
    across = square[0] ? v * Math.hypot(...y) : u * Math.hypot(...x)
  return Math.abs(across) * editor.frame.scale < STRAIGHT * editor.stage.unit
}
