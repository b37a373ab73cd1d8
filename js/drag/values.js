// @ts-check
// Values of the JSON form, each read with an error that names the place, as core/instruction/values.py says.
import { picturePoint } from './types.js'

/** @import { PicturePoint } from './types.js' */

/** @typedef {Record<string, unknown>} Fields an object of unknown content */

const LARGEST_NUMBER = 1e9
const LONGEST_DESCRIPTION = 60

/** Says what is wrong with a value: a code for its sentence, the place, and what was found there. */
export class DragError extends Error {
  /**
   * @param {string} code
   * @param {string} place
   * @param {unknown} found
   * @param {string | number} needed
   */
  constructor(code, place, found, needed = '') {
    super(`${place}: ${code} (${describe(found)})`)
    this.code = code
    this.details = { place, found: describe(found), needed }
  }
}

/** @type {<T>(value: Fields, key: string, read: (item: unknown, place: string) => T) => T[]} */
export function readList(value, key, read) {
  return value[key] == null ? [] : listed(value[key], key).map((item, i) => read(item, `${key}[${i}]`))
}

/** @type {(value: unknown, place: string) => PicturePoint[]} */
export function readPoints(value, place) {
  return listed(value, place).map((point, i) => readPoint(point, `${place}[${i}]`))
}

/** @type {(value: unknown, place: string) => PicturePoint} */
export function readPoint(value, place) {
  return picturePoint(...readPair(value, place))
}

/** Two numbers that are no point. @type {(value: unknown, place: string) => [number, number]} */
export function readPair(value, place) {
  const [x, y] = pair(value, place)
  return [readNumber(x, place), readNumber(y, place)]
}

/** @type {(value: unknown, place: string) => number} */
export function readNumber(value, place) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DragError('noNumber', place, value)
  if (Math.abs(value) > LARGEST_NUMBER) throw new DragError('largeNumber', place, value, LARGEST_NUMBER)
  return value
}

/** @type {(value: unknown, place: string) => unknown[]} */
export function pair(value, place) {
  const items = listed(value, place)
  if (items.length !== 2) throw new DragError('noPair', place, value)
  return items
}

/** @type {(value: unknown, place: string) => unknown[]} */
export function listed(value, place) {
  if (!Array.isArray(value)) throw new DragError('noList', place, value)
  return value
}

/** @type {(value: unknown, place: string, keys: string[]) => Fields} */
export function keyed(value, place, keys) {
  if (!isObject(value) || keys.some((key) => value[key] == null))
    throw new DragError('lacks', place, value, keys.join(', '))
  return value
}

/** @type {(value: unknown) => value is Fields} */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @type {(value: unknown) => string} */
function describe(value) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length <= LONGEST_DESCRIPTION ? text : `${text.slice(0, LONGEST_DESCRIPTION - 3)}...`
}
