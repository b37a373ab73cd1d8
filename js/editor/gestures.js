// What gestures share: changes that follow the pointer, brush strokes, and the rounding of points.
import { distance } from '../drag/hits.js'
import { simplify } from '../drag/simplify.js'

const CLICK = 4
const SPACING = 0.6

/** A change that follows the pointer and is stored on release, unless the pointer has hardly moved. */
export function changing(editor, start, changed) {
  return {
    move: (point, event) => editor.show(changed(point, event)),
    release: (point, event) =>
      isClick(editor, start, point) ? editor.show(null) : editor.commit(changed(point, event)),
    cancel: () => editor.show(null)
  }
}

/** A line of the brush; `finish` says what it is drawn on. */
export function stroke(editor, start, erase, finish) {
  const line = { ...erasing({ radius: radiusOf(editor), points: [start] }, erase) }
  editor.stroke = { line, ...finish }
  const end = () => (editor.stroke = null)
  editor.refresh()
  return {
    move: (point) => {
      if (distance(line.points.at(-1), point) * editor.viewNow.scale < SPACING) return
      line.points.push(rounded(point))
      editor.refresh()
    },
    release: () => {
      end()
      const points = simplify(line.points, Math.max(0.8 / editor.viewNow.scale, line.radius / 12))
      editor.commit(finish.apply({ ...line, points }))
    },
    cancel: () => {
      end()
      editor.refresh()
    }
  }
}

/** The brush is as wide on every picture: its radius is in pixels of one whose longer side is 512. */
export function radiusOf(editor) {
  return tenth((editor.radius * Math.max(...editor.size)) / 512)
}

export function isClick(editor, a, b) {
  return distance(a, b) * editor.viewNow.scale < CLICK * editor.stage.unit
}

export function erasing(shape, erase) {
  return erase ? { ...shape, erase: true } : shape
}

export function rounded([x, y]) {
  return [tenth(x), tenth(y)]
}

export function tenth(value) {
  return Math.round(value * 10) / 10
}
