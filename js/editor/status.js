// The line below the picture: where the pointer is, what is amiss, how much is drawn.
import { isAnchor } from '../drag/edits.js'

/** What the status line says: {place, hint, count, warning}. */
export function statusOf(editor) {
  const warning = editor.canDraw ? warningOf(editor) : null
  return { place: placeOf(editor), hint: warning ?? selectionOf(editor) ?? '', count: countOf(editor), warning }
}

function placeOf({ pointer, cross }) {
  const point = pointer ?? cross
  return point ? `${point[0].toFixed(1)}, ${point[1].toFixed(1)}` : ''
}

/** Sentences on what is probably not meant, the first of them; as core/instruction/spec.py and nodes/host/latents.py warn of it. */
function warningOf({ t, drag, note, size, stage }) {
  if (note) return t(`note.${note.code}`, note.details)
  const area = stage.painter.mask.seen?.mask === drag.mask ? stage.painter.mask : null
  for (const [index, item] of drag.drags.entries()) {
    const { handle, target } = item,
      number = index + 1
    if (!within(handle, size)) return t('warn.handleOutside', { number })
    if (!within(target, size)) return t('warn.targetOutside', { number })
    if (area?.pixels && !isAnchor(item) && !covers(area, handle, size)) return t('warn.handleUnmasked', { number })
  }
  return null
}

function within([x, y], [width, height]) {
  return x >= 0 && y >= 0 && x <= width && y <= height
}

function covers({ pixels, size: [width, height] }, [x, y], size) {
  const column = Math.min(Math.floor((x * width) / size[0]), width - 1)
  const row = Math.min(Math.floor((y * height) / size[1]), height - 1)
  return pixels[row * width + column] === 1
}

function selectionOf({ t, shown, selection }) {
  if (!selection) return null
  const item = shown[selection.kind][selection.index]
  if (!item) return null
  if (selection.kind === 'drags') return dragText(t, item, selection.index + 1)
  if (!item.affine) return null
  const { move, scale, rotate } = item.affine
  const percent = scale.map((part) => `${Math.round(part * 100)}%`).join(' × ')
  return `R${selection.index + 1}: ${move.map(trim).join(', ')} px · ${percent} · ${trim(rotate)}°`
}

function dragText(t, drag, number) {
  const { handle, target } = drag
  const from = `${number}: ${handle.map(trim).join(', ')}`
  if (isAnchor(drag)) return `${from} · ${t('isAnchor')}`
  const length = Math.hypot(target[0] - handle[0], target[1] - handle[1])
  return `${from} → ${target.map(trim).join(', ')} · ${trim(length)} px`
}

function trim(value) {
  return String(Math.round(value * 10) / 10)
}

function countOf({ t, shown, size }) {
  const parts = [
    shown.drags.length && t('count.drags', { count: shown.drags.length }),
    shown.regions.length && t('count.regions', { count: shown.regions.length }),
    size && `${size[0]} × ${size[1]}`
  ]
  return parts.filter(Boolean).join(' · ')
}
