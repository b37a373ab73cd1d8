// @ts-check
// The line below the picture: where the pointer is, what is amiss, how much is drawn.
import { centreOf } from '../drag/affine.js'
import { isAnchor } from '../drag/edits.js'
import { placementOf } from '../drag/placement.js'

/** @import { PicturePoint, Pull, Region, Size } from '../drag/types.js' */
/** @import { Host } from './change.js' */
/** @import { Editor } from './editor.js' */
/** @import { Mask } from './view.js' */

/**
 * What the status line says.
 * @type {(editor: Editor) => { place: string, hint: string, count: string, warning: string | null }}
 */
export function statusOf(editor) {
  const { notice } = editor.view
  const warning = notice ? editor.t(`notice.${notice}`) : editor.canDraw ? warningOf(editor) : null
  return { place: placeOf(editor), hint: warning ?? selectionOf(editor) ?? '', count: countOf(editor), warning }
}

/** @type {(editor: Editor) => string} */
function placeOf({ view }) {
  const point = view.pointer ?? view.cross
  return point ? `${point[0].toFixed(1)}, ${point[1].toFixed(1)}` : ''
}

/**
 * Sentences on what is probably not meant, the first of them; as the nodes warn of it.
 * @type {(editor: Editor) => string | null}
 */
function warningOf({ t, document: { drag, note }, paper: size, stage }) {
  if (note) return t(`note.${note.code}`, note.details)
  const { pixels, size: grid, seen } = stage.painter.mask,
    area = pixels && seen?.mask === drag.mask ? { pixels, size: grid } : null
  for (const [index, item] of drag.drags.entries()) {
    const { handle, target } = item,
      number = index + 1
    if (!within(handle, size)) return t('warn.handleOutside', { number })
    if (!within(target, size)) return t('warn.targetOutside', { number })
    if (area && !isAnchor(item) && !covers(area, handle, size)) return t('warn.handleUnmasked', { number })
  }
  return null
}

/** @type {(point: PicturePoint, size: Size) => boolean} */
function within([x, y], [width, height]) {
  return x >= 0 && y >= 0 && x <= width && y <= height
}

/** @type {(mask: Mask, point: PicturePoint, size: Size) => boolean} */
function covers({ pixels, size: [width, height] }, [x, y], size) {
  const column = Math.min(Math.floor((x * width) / size[0]), width - 1)
  const row = Math.min(Math.floor((y * height) / size[1]), height - 1)
  return pixels[row * width + column] === 1
}

/** @type {(editor: Editor) => string | null} */
function selectionOf({ t, shown, view: { selection } }) {
  if (!selection) return null
  const drag = selection.kind === 'drags' ? shown.drags[selection.index] : null
  if (drag) return dragText(t, drag, selection.index + 1)
  const region = selection.kind === 'regions' ? shown.regions[selection.index] : null
  return region ? regionText(region, selection.index + 1) : null
}

/**
 * How far a region goes, and how it is scaled and turned unless it leans.
 * @type {(region: Region, number: number) => string | null}
 */
function regionText(region, number) {
  const place = placementOf(region)
  if (!place) return null
  const from = centreOf(region.source),
    way = `R${number}: ${place.middle.map((part, axis) => trim(part - from[axis])).join(', ')} px`
  if (!region.affine) return way
  const percent = region.affine.scale.map((part) => `${Math.round(part * 100)}%`).join(' × ')
  return `${way} · ${percent} · ${trim(region.affine.rotate)}°`
}

/** @type {(t: Host['t'], drag: Pull, number: number) => string} */
function dragText(t, drag, number) {
  const { handle, target } = drag
  const from = `${number}: ${handle.map(trim).join(', ')}`
  if (isAnchor(drag)) return `${from} · ${t('isAnchor')}`
  const length = Math.hypot(target[0] - handle[0], target[1] - handle[1])
  return `${from} → ${target.map(trim).join(', ')} · ${trim(length)} px`
}

/** @type {(value: number) => string} */
function trim(value) {
  return String(Math.round(value * 10) / 10)
}

/** @type {(editor: Editor) => string} */
function countOf({ t, shown, size }) {
  const parts = [
    shown.drags.length && t('count.drags', { count: shown.drags.length }),
    shown.regions.length && t('count.regions', { count: shown.regions.length }),
    size && `${size[0]} × ${size[1]}`
  ]
  return parts.filter(Boolean).join(' · ')
}
