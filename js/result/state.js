// @ts-check
// Results as values: whether they are out of date, what is looked at, and the pictures to return to.
import { DragError, readDrag } from '../drag/read.js'
import { writeDrag } from '../drag/write.js'

/** @import { Document } from '../editor/document.js' */
/** @import { Picture, Scene, View } from '../editor/view.js' */
/** @import { Look, Preview, Results, State } from './types.js' */

/** @typedef {{ readonly scene: Readonly<Scene>, readonly view: Readonly<View>, readonly document: Readonly<Document> }} Seen */

/** @type {Readonly<Results>} */
export const NO_RESULTS = Object.freeze({ last: null, preview: null, fault: null, states: [], at: 0 })

/** @type {Readonly<Look>} */
export const START_LOOK = Object.freeze({
  shown: true,
  old: false,
  before: false,
  mode: 'whole',
  opacity: 1,
  wipe: 0.5,
  drawn: true,
  strip: false
})

const MOST_STATES = 10
/** @type {WeakMap<object, string>} */
const texts = new WeakMap()

/** Why the result is not of what is on the canvas now, or null. @type {(seen: Seen) => 'drawing' | 'picture' | null} */
export function staleness({ scene: { results, picture }, document }) {
  const { last } = results
  if (!last) return null
  if (picture && last.from.length && !last.from.includes(keyOfUrl(picture.url))) return 'picture'
  return last.drawn !== null && last.drawn !== textOf(document) ? 'drawing' : null
}

/** The picture that is looked at as the result, or null. @type {(seen: Seen) => Picture | Preview | null} */
export function lookedAt(seen) {
  const { results } = seen.scene,
    { look, draft, stroke, path } = seen.view
  const isDrawing = look.mode !== 'beside' && (draft || stroke || path)
  if (!look.shown || look.before || isDrawing) return null
  if (results.preview) return results.preview
  return results.last && (look.old || look.mode === 'beside' || !staleness(seen)) ? results.last.picture : null
}

/** Whether the result lies over the picture, or would if that were not looked at. @type {(seen: Seen) => boolean} */
export function isCovered(seen) {
  const { mode, before } = seen.view.look
  return mode !== 'beside' && ((before && seen.scene.results.last !== null) || lookedAt(seen) !== null)
}

/** Whether it hides the drawing, too. @type {(seen: Seen) => boolean} */
export function hidesDrawing(seen) {
  return isCovered(seen) && !seen.view.look.drawn
}

/** The drawing as one text, the same for all that mean the same. @type {(document: Readonly<Document>) => string} */
function textOf(document) {
  const known = texts.get(document)
  if (known !== undefined) return known
  const text = canonical(document.value)
  texts.set(document, text)
  return text
}

/** A stored drawing as one text. @type {(value: unknown) => string} */
export function canonical(value) {
  try {
    return JSON.stringify(writeDrag(readDrag(value)))
  } catch (error) {
    if (error instanceof DragError) return JSON.stringify(value)
    throw error
  }
}

/**
 * What a picture is known by: its file, wherever on the server it is had from.
 * @type {(file: SentFile) => string}
 */
export function keyOfFile({ filename, subfolder = '', type = 'output' }) {
  return [type, subfolder, filename].join('/')
}

/** @type {(url: string) => string} */
export function keyOfUrl(url) {
  const query = new URL(url, 'http://page').searchParams
  const [filename, subfolder, type] = ['filename', 'subfolder', 'type'].map((name) => query.get(name) ?? undefined)
  return filename === undefined ? url : keyOfFile({ filename, subfolder, type })
}

/** @typedef {{ states: readonly State[], at: number }} History states, the oldest first, and the one that is worked on */

/** What goes on from a state: that is kept as it is now, and the next comes last. @type {(history: History, now: State, next: State) => History} */
export function goneOn(history, now, next) {
  const states = [...kept(history, now), next].slice(-MOST_STATES)
  return { states, at: states.length - 1 }
}

/** A return to a state; the one that was worked on is kept as it is now. @type {(history: History, now: State, to: number) => History} */
export function returned(history, now, to) {
  return { states: kept(history, now), at: to }
}

/** @type {(history: History, now: State) => State[]} */
function kept({ states, at }, now) {
  return states.length ? states.map((state, i) => (i === at ? now : state)) : [now]
}

/** What the workflow keeps of them; anything else is no history. @type {(saved: unknown) => History} */
export function readHistory(saved) {
  const { states, at } = /** @type {Partial<History>} */ (saved ?? {})
  const read = Array.isArray(states) ? states.filter((state) => typeof state?.picture === 'string') : []
  return { states: read, at: Math.min(Math.max(Number(at) || 0, 0), Math.max(read.length - 1, 0)) }
}

/** The name of the next picture made from one: photo.png, photo_drag1.png, photo_drag2.png. @type {(name: string, type: string) => string} */
export function nextName(name, type) {
  const stem = name.replace(/^.*\//, '').replace(/\.\w+$/, '')
  const [, before, number] = /^(.*?)(?:_drag(\d+))?(?: \(\d+\))?$/.exec(stem) ?? ['', stem, '']
  return `${before}_drag${Number(number ?? 0) + 1}.${type.replace(/^.*\//, '').replace('jpeg', 'jpg')}`
}
