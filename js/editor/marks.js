// The marks of the drawing, each with a dark rim and a light one so that it reads on any picture.

export const COLOURS = { source: '#ff5a4d', target: '#3f8cff', chosen: '#ffd23d' }
const HANDLE = '#eb4034'
const TARGET = '#3478f6'
const RIM = 'rgba(0, 0, 0, 0.75)'
const PAPER = '#ffffff'

/** An arrow from handle to target; an anchor, whose ends meet, is a ring. */
export function drawArrow(context, { handle, target }, { unit, chosen, lit, faint, dashed, crowded }) {
  const size = unit * (crowded ? 0.8 : 1)
  context.save()
  if (faint) context.globalAlpha = 0.5
  const length = Math.hypot(target[0] - handle[0], target[1] - handle[1])
  if (length < 0.5) {
    if (!dashed) drawAnchor(context, handle, size, chosen || lit)
  } else {
    if (dashed) context.setLineDash([5 * size, 4 * size])
    drawShaft(context, handle, target, length, size, chosen || lit)
    context.setLineDash([])
    if (!dashed) drawHandle(context, handle, size, chosen === 'handle' || lit === 'handle')
  }
  context.restore()
}

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

function drawHandle(context, point, size, lively) {
  drawDisc(context, point, 6.8 * size, RIM)
  drawDisc(context, point, 5.8 * size, lively ? COLOURS.chosen : PAPER)
  drawDisc(context, point, 4.2 * size, HANDLE)
}

function drawAnchor(context, point, size, lively) {
  for (const [radius, colour] of [
    [8.8, RIM],
    [7.8, lively ? COLOURS.chosen : PAPER],
    [6, HANDLE],
    [3.2, PAPER]
  ])
    drawDisc(context, point, radius * size, colour)
}

function drawDisc(context, [x, y], radius, colour) {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
}

/** A number, white with a dark rim; yellow where chosen. */
export function drawLabel(context, text, [x, y], unit, chosen) {
  context.save()
  context.font = `700 ${13 * unit}px system-ui, sans-serif`
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle', lineJoin: 'round', lineWidth: 4 * unit })
  context.strokeStyle = 'rgba(0, 0, 0, 0.85)'
  context.strokeText(text, x, y)
  context.fillStyle = chosen ? COLOURS.chosen : PAPER
  context.fillText(text, x, y)
  context.restore()
}

/** A shape of a region, tinted and outlined. */
export function drawShape(context, shape, colour, at, scale, { chosen, faint, unit }) {
  const strokes = shape.brush?.filter((stroke) => !stroke.erase) ?? []
  context.save()
  context.globalAlpha = faint ? 0.35 : 1
  context.lineJoin = context.lineCap = 'round'
  if (shape.polygon) drawPolygon(context, shape.polygon.map(at), colour, chosen, unit)
  else if (strokes.length) drawStrokes(context, shape.brush, colour, at, scale, chosen, unit)
  context.restore()
}

function drawPolygon(context, points, colour, chosen, unit) {
  const path = new Path2D(`M${points.map((p) => p.join(' ')).join('L')}Z`)
  context.fillStyle = `${colour}55`
  context.fill(path, 'evenodd')
  strokeTwice(context, path, colour, chosen, unit)
}

function strokeTwice(context, path, colour, chosen, unit) {
  for (const [style, width] of [
    [RIM, chosen ? 4.5 : 3.5],
    [colour, chosen ? 2.5 : 1.6]
  ]) {
    context.strokeStyle = style
    context.lineWidth = width * unit
    context.stroke(path)
  }
}

/** Brush strokes as one body: drawn aside, so that where they overlap they do not add up. */
function drawStrokes(context, strokes, colour, at, scale, chosen, unit) {
  const { a: density } = context.getTransform(),
    { width, height } = context.canvas
  const aside = new OffscreenCanvas(width, height),
    pen = aside.getContext('2d')
  pen.setTransform(density, 0, 0, density, 0, 0)
  pen.lineCap = pen.lineJoin = 'round'
  for (const [grow, style] of [
    [2 * unit, RIM],
    [1 * unit, chosen ? COLOURS.chosen : colour],
    [-1 * unit, colour]
  ]) {
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

function lineOf(points) {
  const [first, ...rest] = points.map((p) => p.join(' '))
  return new Path2D(`M${first}L${rest.length ? rest.join('L') : first}`)
}

/** An outline in progress with its corners; the first one grows where a press would close it. */
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

/** What a selected region is pulled by: squares to scale, a disc to turn, discs on corners of its shapes. */
export function drawGrips(context, grips, unit) {
  const { turn, n } = Object.fromEntries(grips.filter((g) => g.side).map((g) => [g.side, g.point]))
  const frame = ['nw', 'ne', 'se', 'sw'].map((side) => grips.find((g) => g.side === side)?.point)
  context.save()
  if (turn)
    strokeTwice(
      context,
      new Path2D(`M${frame.map((p) => p.join(' ')).join('L')}ZM${n.join(' ')}L${turn.join(' ')}`),
      PAPER,
      false,
      unit
    )
  for (const { side, end, point } of grips) {
    if (side && side !== 'turn') drawSquare(context, point, 5 * unit)
    else drawRimmed(context, point, (side ? 5.5 : 4) * unit, side ? COLOURS.chosen : COLOURS[end])
  }
  context.restore()
}

function drawRimmed(context, point, radius, colour) {
  drawDisc(context, point, radius + 1, RIM)
  drawDisc(context, point, radius, PAPER)
  drawDisc(context, point, radius * 0.65, colour)
}

function drawSquare(context, [x, y], half) {
  context.fillStyle = RIM
  context.fillRect(x - half - 1, y - half - 1, 2 * half + 2, 2 * half + 2)
  context.fillStyle = PAPER
  context.fillRect(x - half, y - half, 2 * half, 2 * half)
}

/** The edge of the brush. */
export function drawRing(context, [x, y], radius, erases) {
  const path = new Path2D()
  path.arc(x, y, Math.max(radius, 1), 0, 2 * Math.PI)
  context.save()
  if (erases) context.setLineDash([4, 3])
  strokeTwice(context, path, PAPER, false, 0.8)
  context.restore()
}

/** The cross that the keyboard moves. */
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
