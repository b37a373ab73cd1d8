// @ts-check
// The point lists of other editors: handles and targets in turn, or tracks, as core/instruction/point_lists.py says.
import { DragError, isObject, keyed, listed, readNumber, readPoint } from './values.js'
import { checkCount } from './bounds.js'
import { picturePoint } from './types.js'

/** @import { Note, Pair, PicturePoint, Pull } from './types.js' */

export const FORMS = '[{"x": 1, "y": 2}, ...], [[1, 2], ...]'
const SHORTEST_TRACK = 8
const SMOOTHNESS = 0.35
const ROUNDING = 1.5
const SMOOTH_SHARE = 0.75

/**
 * The drags of another editor's list, and notes where it could be meant otherwise.
 * @type {(items: unknown[]) => { drags: Pull[], notes: Note[] }}
 */
export function readPointList(items) {
  const { tracks, notes } = isTrack(items[0])
    ? { tracks: items.map((track, i) => readTrack(track, `points[${i}]`)), notes: [] }
    : splitPoints(items.map((item, i) => readAnyPoint(item, `points[${i}]`)))
  checkCount('drags', tracks.length)
  const numbers = tracks.flat(2)
  if (numbers.length && numbers.every((number) => number >= 0 && number <= 1))
    throw new DragError('fractions', 'points', numbers)
  const drags = tracks.map((track) => ({ handle: track[0], target: lastOf(track) }))
  return { drags, notes: [...notes, ...notesOnReturns(tracks)] }
}

/**
 * What to say of tracks that move and come back, so that nothing is dragged.
 * @type {(tracks: PicturePoint[][]) => Note[]}
 */
function notesOnReturns(tracks) {
  const same = (/** @type {PicturePoint} */ a, /** @type {PicturePoint} */ b) => a[0] === b[0] && a[1] === b[1]
  const back = tracks.findIndex((track) => same(track[0], lastOf(track)) && !track.every((p) => same(p, track[0])))
  return back < 0 ? [] : [{ code: 'returns', details: { number: back + 1 } }]
}

/** @type {(track: PicturePoint[]) => PicturePoint} */
function lastOf(track) {
  return track[track.length - 1]
}

/** Whether an item of a list is itself a list of points. @type {(item: unknown) => boolean} */
function isTrack(item) {
  return Array.isArray(item) && (!item.length || (typeof item[0] === 'object' && item[0] !== null))
}

/** @type {(value: unknown, place: string) => PicturePoint[]} */
function readTrack(value, place) {
  const points = listed(value, place).map((item, i) => readAnyPoint(item, `${place}[${i}]`))
  if (!points.length) throw new DragError('noPoint', place, value, FORMS)
  return points
}

/** @type {(value: unknown, place: string) => PicturePoint} */
function readAnyPoint(value, place) {
  if (Array.isArray(value) && value.length === 2) return readPoint(value, place)
  if (!isObject(value)) throw new DragError('noPoint', place, value, FORMS)
  const { x, y } = keyed(value, place, ['x', 'y'])
  return picturePoint(readNumber(x, `${place}.x`), readNumber(y, `${place}.y`))
}

/**
 * The tracks in one list of points: the whole list if it goes on smoothly, else pairs; and what to say of it.
 * @type {(points: PicturePoint[]) => { tracks: PicturePoint[][], notes: Note[] }}
 */
function splitPoints(points) {
  const smooth = points.length > 2 && goesOn(points),
    details = { count: points.length }
  if (smooth && points.length >= SHORTEST_TRACK) return { tracks: [points], notes: [{ code: 'track', details }] }
  if (points.length % 2) throw new DragError('oddPoints', 'points', points.length, FORMS)
  const tracks = points.flatMap((handle, i) => (i % 2 ? [] : [[handle, points[i + 1]]]))
  return { tracks, notes: smooth ? [{ code: 'pairs', details }] : [] }
}

/**
 * Whether most steps from a target to the next handle are about the mean of the steps beside them.
 * @type {(points: PicturePoint[]) => boolean}
 */
function goesOn(points) {
  const steps = points.slice(1).map(([x, y], i) => /** @type {Pair} */ ([x - points[i][0], y - points[i][1]]))
  const gaps = steps.map((_, i) => i).filter((i) => i % 2)
  const smooth = gaps.filter((i) => isSmooth(steps[i - 1], steps[i], steps[Math.min(i + 1, steps.length - 1)]))
  return smooth.length >= SMOOTH_SHARE * gaps.length
}

/** @type {(before: Pair, step: Pair, after: Pair) => boolean} */
function isSmooth(before, step, after) {
  const mean = [(before[0] + after[0]) / 2, (before[1] + after[1]) / 2]
  const difference = Math.sqrt((step[0] - mean[0]) ** 2 + (step[1] - mean[1]) ** 2)
  const length = Math.sqrt(step[0] ** 2 + step[1] ** 2) + Math.sqrt(mean[0] ** 2 + mean[1] ** 2)
  return difference <= SMOOTHNESS * length + ROUNDING
}
