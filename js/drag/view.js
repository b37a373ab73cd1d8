// Where the picture lies on the canvas: x on the canvas = scale * x in the picture + offset.

const MARGIN = 14
const LARGEST_SCALE = 40

/** The whole picture in the middle of a canvas. */
export function fitted([width, height], [canvasWidth, canvasHeight]) {
  const scale = Math.max(Math.min((canvasWidth - 2 * MARGIN) / width, (canvasHeight - 2 * MARGIN) / height), 0.001)
  return { scale, x: (canvasWidth - width * scale) / 2, y: (canvasHeight - height * scale) / 2 }
}

/** Zoomed about a point of the canvas, never smaller than a third of what fits. */
export function zoomed(view, factor, [x, y], smallest) {
  const scale = Math.min(Math.max(view.scale * factor, smallest / 3), LARGEST_SCALE)
  const grown = scale / view.scale
  return { scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown }
}

export function panned(view, dx, dy) {
  return { ...view, x: view.x + dx, y: view.y + dy }
}

export function toPicture(view, [x, y]) {
  return [(x - view.x) / view.scale, (y - view.y) / view.scale]
}

export function toCanvas(view, [x, y]) {
  return [x * view.scale + view.x, y * view.scale + view.y]
}
