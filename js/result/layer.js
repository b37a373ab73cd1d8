// @ts-check
// The result on the canvas: over the picture, up to a divider, or beside it.
import { RIM } from '../editor/marks.js'
import { lookedAt } from './state.js'

/** @import { ScreenPoint, Size } from '../drag/types.js' */
/** @import { Editor } from '../editor/editor.js' */
/** @import { Painter } from '../editor/painter.js' */
/** @import { Hold } from '../editor/holds.js' */

const REACH = 12
const KNOB = 11
const SMOOTH_BELOW = 3

/** The part of the canvas that the picture itself has. @type {(editor: Editor) => Size} */
export function roomOf(editor) {
  const [width, height] = editor.stage.size
  return isBeside(editor) ? [width / 2, height] : [width, height]
}

/** Whether a place of the canvas is there to look at only. @type {(editor: Editor, place: ScreenPoint) => boolean} */
export function isBesideAt(editor, [x]) {
  return isBeside(editor) && x > roomOf(editor)[0]
}

/** @type {(editor: Editor) => boolean} */
function isBeside(editor) {
  return editor.view.look.mode === 'beside' && lookedAt(editor) !== null
}

/** Lays the result over the picture, or over what is right of the divider. @type {(painter: Painter) => void} */
export function drawOver(painter) {
  const { editor, context, frame } = painter,
    { mode, opacity } = editor.view.look,
    picture = lookedAt(editor)
  if (!picture || mode === 'beside') return
  context.save()
  if (mode === 'wipe') {
    const [width, height] = editor.stage.size,
      x = dividerOf(editor)
    context.beginPath()
    context.rect(x, 0, Math.max(width - x, 0), height)
    context.clip()
  } else context.globalAlpha = opacity
  painter.drawOver(picture.image, frame.scale < SMOOTH_BELOW)
  context.restore()
}

/** Draws what lies over everything else: the divider, or the result on its own half. @type {(painter: Painter) => void} */
export function drawBeside(painter) {
  const { editor, context, frame } = painter,
    { mode } = editor.view.look,
    picture = lookedAt(editor)
  if (!picture || mode === 'whole') return
  if (mode === 'wipe') return drawDivider(painter)
  const [half, height] = roomOf(editor)
  context.save()
  context.beginPath()
  context.rect(half, 0, half, height)
  context.clip()
  context.clearRect(half, 0, half, height)
  context.translate(half, 0)
  painter.drawOver(picture.image, frame.scale < SMOOTH_BELOW)
  context.restore()
  context.fillStyle = 'rgba(128, 128, 128, 0.5)'
  context.fillRect(half - 0.5, 0, 1, height)
}

/** Where the divider stands on the canvas. @type {(editor: Editor) => number} */
function dividerOf({ frame, paper, view: { look } }) {
  return frame.x + look.wipe * paper[0] * frame.scale
}

/** @type {(painter: Painter) => void} */
function drawDivider({ editor, context, frame, unit }) {
  const x = dividerOf(editor),
    height = editor.paper[1] * frame.scale,
    middle = frame.y + height / 2,
    knob = KNOB * unit
  for (const [colour, width] of /** @type {const} */ ([[RIM, 4], ['#fff', 2]])) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width * unit })
    context.stroke(new Path2D(`M${x} ${frame.y}V${frame.y + height}`))
  }
  context.beginPath()
  context.arc(x, middle, knob, 0, 2 * Math.PI)
  Object.assign(context, { fillStyle: '#fff', strokeStyle: RIM, lineWidth: 1.5 * unit })
  context.fill()
  context.stroke()
  const arrow = (/** @type {number} */ way) =>
    `M${x + way * knob * 0.25} ${middle - knob * 0.35}l${way * knob * 0.35} ${knob * 0.35}l${-way * knob * 0.35} ${knob * 0.35}`
  context.stroke(new Path2D(arrow(-1) + arrow(1)))
}

/** Takes hold of the divider where a press is on it. @type {(editor: Editor, place: ScreenPoint) => Hold | null} */
export function grabDivider(editor, place) {
  if (!isOnDivider(editor, place)) return null
  const follow = (/** @type {PointerEvent} */ event) => {
    const { frame, paper, view } = editor
    const wipe = (editor.stage.place(event)[0] - frame.x) / (paper[0] * frame.scale)
    editor.set({ look: { ...view.look, wipe: Math.min(Math.max(wipe, 0), 1) } })
  }
  return { move: follow, release: follow, cancel() {} }
}

/** @type {(editor: Editor, place: ScreenPoint) => boolean} */
export function isOnDivider(editor, [x, y]) {
  const { frame, paper, stage, view } = editor
  if (view.look.mode !== 'wipe' || !lookedAt(editor)) return false
  const isBesideIt = Math.abs(x - dividerOf(editor)) <= REACH * stage.unit
  return isBesideIt && y >= frame.y && y <= frame.y + paper[1] * frame.scale
}
