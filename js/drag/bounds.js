// @ts-check
// How large an instruction may be, as core/instruction/bounds.py says.
import { DragError, isObject } from './values.js'

export const LARGEST_SIDE = 16384
const LONGEST_TEXT = 4000000
const DEEPEST = 16
const MOST_VALUES = 500000
const MOST_POINTS = 50000
/** @type {Record<string, number>} */
const MOST_ITEMS = { drags: 1000, regions: 250, mask: 10000 }

/** Refuses a text that is too long to be parsed in passing. @type {(text: string) => void} */
export function checkText(text) {
  if (text.length > LONGEST_TEXT) throw new DragError('longText', 'drag', text.length, LONGEST_TEXT)
}

/**
 * Refuses a value that is too deep or has too many parts or points, before anything of it is read.
 * @type {(value: unknown) => void}
 */
export function checkExtent(value) {
  if (isObject(value)) for (const key of Object.keys(MOST_ITEMS)) checkCount(key, countOf(value[key]))
  /** @type {any[]} */
  let level = [value]
  let values = 0,
    points = 0
  for (let depth = 0; depth < DEEPEST; depth++) {
    level = level.filter((item) => typeof item === 'object' && item !== null)
    const children = level.map((item) => (Array.isArray(item) ? item : Object.values(item)))
    values += children.reduce((sum, parts) => sum + parts.length, 0)
    if (values > MOST_VALUES) throw new DragError('manyValues', 'drag', values, MOST_VALUES)
    points += level.filter(isPoint).length
    if (points > MOST_POINTS) throw new DragError('manyPoints', 'drag', points, MOST_POINTS)
    if (!level.length) return
    level = children.flat()
  }
  throw new DragError('deep', 'drag', DEEPEST, DEEPEST)
}

/** @type {(items: unknown) => number} */
function countOf(items) {
  return Array.isArray(items) ? items.length : 0
}

/** Whether a list or an object looks like a point: [x, y] or {x, y}. @type {(value: any) => boolean} */
function isPoint(value) {
  if (isObject(value)) return Object.hasOwn(value, 'x') && Object.hasOwn(value, 'y')
  return value.length === 2 && (typeof value[0] !== 'object' || value[0] === null)
}

/** Refuses more drags, regions or mask shapes than are read. @type {(key: string, count: number) => void} */
export function checkCount(key, count) {
  if (count > MOST_ITEMS[key]) throw new DragError('manyItems', key, count, MOST_ITEMS[key])
}
