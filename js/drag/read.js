// @ts-check
// Reads the JSON form of a drag instruction, by the same rules as core/instruction/form.py.
import { checkExtent, LARGEST_SIDE } from './bounds.js'
import { FORMS, readPointList } from './points.js'
import { isBlank, parseText } from './text.js'
import { DragError, isObject, keyed, listed, pair } from './values.js'
import { readList, readNumber, readPair, readPoint, readPoints } from './values.js'

/** @import { Affine, Drag, Note, PicturePoint, Pull, Region, Shape, Size, Stroke } from './types.js' */
/** @import { Fields } from './values.js' */

/** @typedef {Drag & { notes: Note[] }} Reading an instruction as it was read, and what to say of it */

export { DragError }

/** @type {1} */
const VERSION = 1
const KEYS = ['version', 'size', 'drags', 'regions', 'mask']
const MARKS = ['positive', 'negative', 'bbox', 'bboxes', 'boxes']
const WRAPPER = '__value__'
const AFFINE = { move: [0, 0], scale: [1, 1], rotate: 0 }
const SMALLEST_SCALE = 0.001

/**
 * Reads an object, JSON text, or another editor's list of points or tracks; nothing at all is an empty instruction.
 * What it was taken for is noted where it could be meant otherwise.
 * @type {(raw: unknown) => Reading}
 */
export function readDrag(raw) {
  if (raw === null || raw === undefined || (typeof raw === 'string' && isBlank(raw))) return emptyDrag()
  const value = unwrapped(typeof raw === 'string' ? parseText(raw) : raw)
  checkExtent(value)
  if (Array.isArray(value)) return { ...emptyDrag(), ...readPointList(value) }
  if (!isObject(value)) throw new DragError('noInstruction', 'drag', value)
  checkHeader(value)
  const size = value.size == null ? null : readSize(value.size),
    drags = readList(value, 'drags', readPull),
    regions = readList(value, 'regions', readRegion),
    mask = readList(value, 'mask', readShape)
  return { version: VERSION, size, drags, regions, mask, notes: notesOn(drags, size) }
}

/** @type {() => Reading} */
export function emptyDrag() {
  return { version: VERSION, size: null, drags: [], regions: [], mask: [], notes: [] }
}

/**
 * What to say of coordinates that look like fractions of a picture.
 * @type {(drags: Pull[], size: Size | null) => Note[]}
 */
function notesOn(drags, size) {
  const numbers = drags.flatMap(({ handle, target }) => [...handle, ...target])
  const small = numbers.length && numbers.every((number) => number >= 0 && number <= 1)
  return small && String(size) !== '1,1' ? [{ code: 'fractions', details: {} }] : []
}

/** A list is wrapped in a prompt of the host. @type {(value: unknown) => unknown} */
function unwrapped(value) {
  return isObject(value) && Object.keys(value).join() === WRAPPER ? value[WRAPPER] : value
}

/** @type {(value: Fields) => void} */
function checkHeader(value) {
  const { version } = value,
    keys = Object.keys(value)
  if (!keys.includes('version') && keys.some((key) => MARKS.includes(key)))
    throw new DragError('marks', 'drag', value, FORMS)
  if (typeof version === 'number' && Number.isInteger(version) && version > VERSION)
    throw new DragError('newer', 'drag', version, VERSION)
  if (!keys.includes('version')) throw new DragError('noVersion', 'drag', value, VERSION)
  if (version !== VERSION) throw new DragError('version', 'drag', version, VERSION)
  const unknown = keys.find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw new DragError('unknownKey', 'drag', unknown, KEYS.join(', '))
}

/** @type {(value: unknown, place: string) => Pull} */
function readPull(value, place) {
  const entry = keyed(value, place, ['handle', 'target'])
  return { handle: readPoint(entry.handle, `${place}.handle`), target: readPoint(entry.target, `${place}.target`) }
}

/** @type {(value: unknown, place: string) => Region} */
function readRegion(value, place) {
  const entry = keyed(value, place, ['source'])
  const source = readShape(entry.source, `${place}.source`)
  if ((entry.target == null) === (entry.affine == null)) throw new DragError('oneTarget', place, value)
  if (entry.affine != null) return { source, affine: readAffine(entry.affine, `${place}.affine`) }
  return { source, target: readShape(entry.target, `${place}.target`) }
}

/** @type {(value: unknown, place: string) => Affine} */
function readAffine(value, place) {
  if (!isObject(value) || Object.keys(value).some((key) => !Object.hasOwn(AFFINE, key))) {
    throw new DragError('noAffine', place, value, Object.keys(AFFINE).join(', '))
  }
  const move = readPair(value.move ?? AFFINE.move, `${place}.move`)
  const scale = readPair(value.scale ?? AFFINE.scale, `${place}.scale`)
  if (Math.min(...scale.map(Math.abs)) < SMALLEST_SCALE) {
    throw new DragError('smallScale', `${place}.scale`, value.scale, SMALLEST_SCALE)
  }
  return { move, scale, rotate: readNumber(value.rotate ?? AFFINE.rotate, `${place}.rotate`) }
}

/** @type {(value: unknown, place: string) => Shape} */
function readShape(value, place) {
  if (isObject(value) && 'polygon' in value)
    return { polygon: readCorners(value.polygon, `${place}.polygon`), ...readErase(value, place) }
  if (isObject(value) && 'brush' in value) {
    return { brush: listed(value.brush, `${place}.brush`).map((s, i) => readStroke(s, `${place}.brush[${i}]`)) }
  }
  if (isObject(value) && 'outlines' in value)
    return { outlines: readRings(value.outlines, `${place}.outlines`), ...readErase(value, place) }
  throw new DragError('noShape', place, value)
}

/** @type {(value: unknown, place: string) => PicturePoint[][]} */
function readRings(value, place) {
  const rings = listed(value, place).map((ring, i) => readCorners(ring, `${place}[${i}]`))
  if (!rings.length) throw new DragError('noOutline', place, value)
  return rings
}

/** @type {(value: unknown, place: string) => PicturePoint[]} */
function readCorners(value, place) {
  const points = readPoints(value, place)
  if (points.length < 3) throw new DragError('fewCorners', place, points.length)
  return points
}

/** @type {(value: unknown, place: string) => Stroke} */
function readStroke(value, place) {
  const entry = keyed(value, place, ['radius', 'points'])
  const radius = readNumber(entry.radius, `${place}.radius`)
  const points = readPoints(entry.points, `${place}.points`)
  if (radius <= 0 || !points.length) throw new DragError('badStroke', place, value)
  return { radius, points, ...readErase(entry, place) }
}

/** @type {(value: Fields, place: string) => { erase?: true }} */
function readErase({ erase = false }, place) {
  if (typeof erase !== 'boolean') throw new DragError('noFlag', `${place}.erase`, erase)
  return erase ? { erase } : {}
}

/** @type {(value: unknown) => Size} */
function readSize(value) {
  if (isObject(value)) throw new DragError('sizeObject', 'size', value)
  const [width, height] = pair(value, 'size').map((side) => readNumber(side, 'size'))
  if (![width, height].every((side) => Number.isInteger(side) && side >= 1))
    throw new DragError('noSize', 'size', value)
  if (Math.max(width, height) > LARGEST_SIDE) throw new DragError('largeSize', 'size', value, LARGEST_SIDE)
  return [width, height]
}
