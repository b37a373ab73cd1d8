// Values of the JSON form, each read with an error that names the place, by the same rules as core/instruction/values.py.

const LARGEST_NUMBER = 1e9
const LONGEST_DESCRIPTION = 60

/** Says what is wrong with a value: a code for its sentence, the place, and what was found there. */
export class DragError extends Error {
  constructor(code, place, found, needed = '') {
    super(`${place}: ${code} (${describe(found)})`)
    this.code = code
    this.details = { place, found: describe(found), needed }
  }
}

export function readList(value, key, read) {
  return value[key] == null ? [] : listed(value[key], key).map((item, i) => read(item, `${key}[${i}]`))
}

export function readPoints(value, place) {
  return listed(value, place).map((point, i) => readPoint(point, `${place}[${i}]`))
}

export function readPoint(value, place) {
  return pair(value, place).map((number) => readNumber(number, place))
}

export function readNumber(value, place) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DragError('noNumber', place, value)
  if (Math.abs(value) > LARGEST_NUMBER) throw new DragError('largeNumber', place, value, LARGEST_NUMBER)
  return value
}

export function pair(value, place) {
  if (listed(value, place).length !== 2) throw new DragError('noPair', place, value)
  return value
}

export function listed(value, place) {
  if (!Array.isArray(value)) throw new DragError('noList', place, value)
  return value
}

export function keyed(value, place, keys) {
  if (!isObject(value) || keys.some((key) => value[key] == null))
    throw new DragError('lacks', place, value, keys.join(', '))
  return value
}

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length <= LONGEST_DESCRIPTION ? text : `${text.slice(0, LONGEST_DESCRIPTION - 3)}...`
}
