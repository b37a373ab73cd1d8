// Reads the JSON form of a drag instruction, by the same rules as core/drag_json.py.

const VERSION = 1
const KEYS = ['version', 'size', 'drags', 'regions', 'mask']
const AFFINE = { move: [0, 0], scale: [1, 1], rotate: 0 }
const SMALLEST_SCALE = 0.001

/** Says what is wrong with a value: a code for its sentence, the place, and what was found there. */
export class DragError extends Error {
  constructor(code, place, found, needed = '') {
    super(`${place}: ${code} (${describe(found)})`)
    this.code = code
    this.details = { place, found: describe(found), needed }
  }
}

/** Reads an object, JSON text, or another editor's list of alternating points; nothing at all is an empty instruction. */
export function readDrag(raw) {
  if (raw === null || raw === undefined || (typeof raw === 'string' && !raw.trim())) return emptyDrag()
  const value = typeof raw === 'string' ? parseText(raw) : raw
  if (Array.isArray(value)) return { ...emptyDrag(), drags: alternatingPoints(value) }
  if (!isObject(value)) throw new DragError('noInstruction', 'drag', value)
  checkHeader(value)
  return {
    version: VERSION,
    size: value.size == null ? null : readSize(value.size),
    drags: readList(value, 'drags', readPair),
    regions: readList(value, 'regions', readRegion),
    mask: readList(value, 'mask', readShape)
  }
}

export function emptyDrag() {
  return { version: VERSION, size: null, drags: [], regions: [], mask: [] }
}

function parseText(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new DragError('noJson', 'drag', error.message)
  }
}

function checkHeader(value) {
  const { version } = value
  if (Number.isInteger(version) && version > VERSION) throw new DragError('newer', 'drag', version, VERSION)
  if (version !== VERSION) throw new DragError('version', 'drag', version ?? null, VERSION)
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw new DragError('unknownKey', 'drag', unknown, KEYS.join(', '))
}

function alternatingPoints(items) {
  const points = items.map((item, i) => readPointObject(item, `points[${i}]`))
  if (points.length % 2) throw new DragError('oddPoints', 'points', points.length)
  return points.flatMap((handle, i) => (i % 2 ? [] : [{ handle, target: points[i + 1] }]))
}

function readList(value, key, read) {
  return value[key] == null ? [] : listed(value[key], key).map((item, i) => read(item, `${key}[${i}]`))
}

function readPair(value, place) {
  const entry = keyed(value, place, ['handle', 'target'])
  return { handle: readPoint(entry.handle, `${place}.handle`), target: readPoint(entry.target, `${place}.target`) }
}

function readRegion(value, place) {
  const entry = keyed(value, place, ['source'])
  const source = readShape(entry.source, `${place}.source`)
  if ((entry.target == null) === (entry.affine == null)) throw new DragError('oneTarget', place, value)
  if (entry.affine != null) return { source, affine: readAffine(entry.affine, `${place}.affine`) }
  return { source, target: readShape(entry.target, `${place}.target`) }
}

function readAffine(value, place) {
  if (!isObject(value) || Object.keys(value).some((key) => !(key in AFFINE))) {
    throw new DragError('noAffine', place, value, Object.keys(AFFINE).join(', '))
  }
  const scale = readPoint(value.scale ?? AFFINE.scale, `${place}.scale`)
  if (Math.min(...scale.map(Math.abs)) < SMALLEST_SCALE) {
    throw new DragError('smallScale', `${place}.scale`, value.scale, SMALLEST_SCALE)
  }
  const move = readPoint(value.move ?? AFFINE.move, `${place}.move`)
  return { move, scale, rotate: readNumber(value.rotate ?? AFFINE.rotate, `${place}.rotate`) }
}

function readShape(value, place) {
  if (isObject(value) && 'polygon' in value) {
    const points = readPoints(value.polygon, `${place}.polygon`)
    if (points.length < 3) throw new DragError('fewCorners', `${place}.polygon`, points.length)
    return { polygon: points, ...readErase(value, place) }
  }
  if (isObject(value) && 'brush' in value) {
    return { brush: listed(value.brush, `${place}.brush`).map((s, i) => readStroke(s, `${place}.brush[${i}]`)) }
  }
  throw new DragError('noShape', place, value)
}

function readStroke(value, place) {
  const entry = keyed(value, place, ['radius', 'points'])
  const radius = readNumber(entry.radius, `${place}.radius`)
  const points = readPoints(entry.points, `${place}.points`)
  if (radius <= 0 || !points.length) throw new DragError('badStroke', place, value)
  return { radius, points, ...readErase(entry, place) }
}

function readErase({ erase = false }, place) {
  if (typeof erase !== 'boolean') throw new DragError('noFlag', `${place}.erase`, erase)
  return erase ? { erase } : {}
}

function readSize(value) {
  const [width, height] = pair(value, 'size').map((side) => readNumber(side, 'size'))
  if (![width, height].every((side) => Number.isInteger(side) && side >= 1))
    throw new DragError('noSize', 'size', value)
  return [width, height]
}

function readPoints(value, place) {
  return listed(value, place).map((point, i) => readPoint(point, `${place}[${i}]`))
}

function readPoint(value, place) {
  return pair(value, place).map((number) => readNumber(number, place))
}

function readPointObject(value, place) {
  const { x, y } = keyed(value, place, ['x', 'y'])
  return [readNumber(x, `${place}.x`), readNumber(y, `${place}.y`)]
}

function readNumber(value, place) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DragError('noNumber', place, value)
  return value
}

function pair(value, place) {
  if (listed(value, place).length !== 2) throw new DragError('noPair', place, value)
  return value
}

function listed(value, place) {
  if (!Array.isArray(value)) throw new DragError('noList', place, value)
  return value
}

function keyed(value, place, keys) {
  if (!isObject(value) || keys.some((key) => value[key] == null))
    throw new DragError('lacks', place, value, keys.join(', '))
  return value
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}
