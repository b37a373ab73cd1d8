// @ts-check
// The marks of the drawing, each with a dark rim and a light one so that it reads on any picture.
import { ringsOf } from '../drag/affine.js'
import { contextOf } from './elements.js'

/** @import { Corners, PicturePoint, PullEnd, ScreenPoint, Shape, Stroke } from '../drag/types.js' */

/**
 * @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Pen
 * @typedef {{ handle: ScreenPoint, target: ScreenPoint }} Arrow
 * @typedef {PullEnd | 'shaft'} ArrowPart
 * @typedef {{ chosen?: ArrowPart, lit?: ArrowPart, faint?: boolean, dashed?: boolean, crowded?: boolean }} ArrowState
 * @typedef {ArrowState & { unit: number }} ArrowLook
 * @typedef {{ at: (point: PicturePoint) => ScreenPoint, scale: number }} Places where points of the picture are shown
 * @typedef {{ colour: string, chosen?: boolean, faint?: boolean, unit: number }} ShapeLook
 */

export const COLOURS = { source: '#ff5a4d', target: '#3f8cff', chosen: '#ffd23d' }
const HANDLE = '#eb4034'
const TARGET = '#3478f6'
export const RIM = 'rgba(0, 0, 0, 0.75)'
export const PAPER = '#ffffff'

/**
 * An arrow from handle to target; an anchor, whose ends meet, is a ring.
 * @type {(context: CanvasRenderingContext2D, arrow: Arrow, look: ArrowLook) => void}
 */
export function drawArrow(context, { handle, target }, { unit, chosen, lit, faint, dashed, crowded }) {
  const size = unit * (crowded ? 0.8 : 1)
  context.save()
  if (faint) context.globalAlpha = 0.5
  const length = Math.hypot(target[0] - handle[0], target[1] - handle[1]),
    lively = Boolean(chosen || lit)
  if (length < 0.5) {
    if (!dashed) drawAnchor(context, handle, size, lively)
  } else {
    if (dashed) context.setLineDash([5 * size, 4 * size])
    drawShaft(context, handle, target, length, size, lively)
    context.setLineDash([])
    if (!dashed) drawHandle(context, handle, size, chosen === 'handle' || lit === 'handle')
  }
  context.restore()
}

/**
 * @param {Pen} context
 * @param {ScreenPoint} handle
 * @param {ScreenPoint} target
 * @param {number} length
 * @param {number} size
 * @param {boolean} lively
 */
function drawShaft(context, [x0, y0], [x1, y1], length, size, lively) {
  const head = Math.min(12 * size, Math.max(length * 0.7, 5 * size))
  const dx = (x1 - x0) / length,
    dy = (y1 - y0) / length,
    bx = x1 - dx * head,
    by = y1 - dy * head
  const outline = new Path2D(
    `M${x1} ${y1}L${bx - dy * head * 0.5} ${by + dx * head * 0.5}L${bx + dy * head * 0.5} ${by - dx * head * 0.5}Z`
  )
  const shaft = new Path2D(`M${x0} ${y0}L${bx} ${by}`)
  /** @type {[colour: string, rim: number][]} */
  const rims = [
    [RIM, 5.5],
    [lively ? COLOURS.chosen : PAPER, 3.5],
    [TARGET, 0]
  ]
  context.lineJoin = context.lineCap = 'round'
  for (const [colour, rim] of rims) {
    context.strokeStyle = context.fillStyle = colour
    context.lineWidth = (rim + 2.2) * size
    context.stroke(shaft)
    context.lineWidth = Math.max(rim * size, 0.1)
    if (rim) context.stroke(outline)
    context.fill(outline)
  }
}

/** @type {(context: Pen, point: ScreenPoint, size: number, lively: boolean) => void} */
function drawHandle(context, point, size, lively) {
  drawDisc(context, point, 6.8 * size, RIM)
  drawDisc(context, point, 5.8 * size, lively ? COLOURS.chosen : PAPER)
  drawDisc(context, point, 4.2 * size, HANDLE)
}

/** @type {(context: Pen, point: ScreenPoint, size: number, lively: boolean) => void} */
function drawAnchor(context, point, size, lively) {
  /** @type {[radius: number, colour: string][]} */
  const discs = [
    [8.8, RIM],
    [7.8, lively ? COLOURS.chosen : PAPER],
    [6, HANDLE],
    [3.2, PAPER]
  ]
  for (const [radius, colour] of discs) drawDisc(context, point, radius * size, colour)
}

/** @type {(context: Pen, point: ScreenPoint, radius: number, colour: string) => void} */
export function drawDisc(context, [x, y], radius, colour) {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
}

/**
 * A number, white with a dark rim; yellow where chosen.
 * @type {(context: CanvasRenderingContext2D, text: string, point: ScreenPoint, unit: number, chosen?: boolean) => void}
 */
export function drawLabel(context, text, [x, y], unit, chosen = false) {
  context.save()
  context.font = `700 ${13 * unit}px system-ui, sans-serif`
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle', lineJoin: 'round', lineWidth: 4 * unit })
  context.strokeStyle = 'rgba(0, 0, 0, 0.85)'
  context.strokeText(text, x, y)
  context.fillStyle = chosen ? COLOURS.chosen : PAPER
  context.fillText(text, x, y)
  context.restore()
}

/**
 * A shape of a region, tinted and outlined.
 * @type {(context: CanvasRenderingContext2D, shape: Shape, places: Places, look: ShapeLook) => void}
 */
export function drawShape(context, shape, places, look) {
  context.save()
  context.globalAlpha = look.faint ? 0.35 : 1
  context.lineJoin = context.lineCap = 'round'
  if (!shape.brush) drawOutlines(context, ringsOf(shape), places, look)
  else if (shape.brush.some((stroke) => !stroke.erase)) drawStrokes(context, shape.brush, places, look)
  context.restore()
}

/** @type {(context: Pen, rings: readonly Corners[], places: Places, look: ShapeLook) => void} */
function drawOutlines(context, rings, { at }, { colour, chosen = false, unit }) {
  const path = new Path2D(rings.map((ring) => `M${ring.map((p) => at(p).join(' ')).join('L')}Z`).join(''))
  context.fillStyle = `${colour}55`
  context.fill(path, 'evenodd')
  strokeTwice(context, path, colour, chosen, unit)
}

/** @type {(context: Pen, path: Path2D, colour: string, chosen: boolean, unit: number) => void} */
export function strokeTwice(context, path, colour, chosen, unit) {
  /** @type {[style: string, width: number][]} */
  const lines = [
    [RIM, chosen ? 4.5 : 3.5],
    [colour, chosen ? 2.5 : 1.6]
  ]
  for (const [style, width] of lines) {
    context.strokeStyle = style
    context.lineWidth = width * unit
    context.stroke(path)
  }
}

/**
 * Brush strokes as one body: drawn aside, so that where they overlap they do not add up.
 * @type {(context: CanvasRenderingContext2D, strokes: readonly Stroke[], places: Places, look: ShapeLook) => void}
 */
function drawStrokes(context, strokes, { at, scale }, { colour, chosen, unit }) {
  const { a: density } = context.getTransform(),
    { width, height } = context.canvas
  const aside = new OffscreenCanvas(width, height),
    pen = contextOf(aside)
  pen.setTransform(density, 0, 0, density, 0, 0)
  pen.lineCap = pen.lineJoin = 'round'
  /** @type {[grow: number, style: string][]} */
  const layers = [
    [2 * unit, RIM],
    [1 * unit, chosen ? COLOURS.chosen : colour],
    [-1 * unit, colour]
  ]
  for (const [grow, style] of layers) {
    for (const stroke of strokes) {
      pen.globalCompositeOperation = stroke.erase ? 'destination-out' : 'source-over'
      pen.strokeStyle = style
      pen.lineWidth = Math.max(2 * (stroke.radius * scale + (stroke.erase ? -grow : grow)), 0.5)
      pen.stroke(lineOf(stroke.points.map(at)))
    }
  }
  context.globalAlpha *= 0.5
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.drawImage(aside, 0, 0)
}

/** @type {(points: readonly ScreenPoint[]) => Path2D} */
function lineOf(points) {
  const [first, ...rest] = points.map((p) => p.join(' '))
  return new Path2D(`M${first}L${rest.length ? rest.join('L') : first}`)
}

/**
 * An outline in progress with its corners; the first one grows where a press would close it.
 * @type {(context: Pen, points: ScreenPoint[], unit: number, closes: boolean) => void}
 */
export function drawPath(context, points, unit, closes) {
  const path = lineOf(points)
  context.save()
  strokeTwice(context, path, COLOURS.chosen, false, unit)
  points.forEach((point, index) => {
    drawDisc(context, point, (closes && !index ? 8 : 4.5) * unit, RIM)
    drawDisc(context, point, (closes && !index ? 6.5 : 3.2) * unit, index ? PAPER : COLOURS.chosen)
  })
  context.restore()
}

/** The edge of the brush. @type {(context: Pen, point: ScreenPoint, radius: number, erases: boolean) => void} */
export function drawRing(context, [x, y], radius, erases) {
  const path = new Path2D()
  path.arc(x, y, Math.max(radius, 1), 0, 2 * Math.PI)
  context.save()
  if (erases) context.setLineDash([4, 3])
  strokeTwice(context, path, PAPER, false, 0.8)
  context.restore()
}

/** The cross that the keyboard moves. @type {(context: Pen, point: ScreenPoint, unit: number) => void} */
export function drawCross(context, [x, y], unit) {
  const far = 14 * unit,
    near = 4 * unit
  const arms = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1]
  ].map(([dx, dy]) => `M${x + dx * near} ${y + dy * near}L${x + dx * far} ${y + dy * far}`)
  strokeTwice(context, new Path2D(arms.join('')), COLOURS.chosen, true, unit)
}
