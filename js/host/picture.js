// @ts-check
// The picture under the drawing and the mask below it: as the server reads a loaded file, else from the last run.
import { contextOf } from '../editor/elements.js'
import { fileOf } from '../result/names.js'
import { outputsOf, settingOf, sourceOf } from './upstream.js'

/** @import { Mask, Picture } from '../editor/view.js' */
/** @import { Seat } from './seat.js' */

/**
 * @typedef {{ urls: [string, ...string[]], name: string }} Found where a picture is to be had, best first
 * @typedef {{ urls?: undefined, kind: string, [detail: string]: unknown }} NotFound why there is none
 */

const FILE = /^LoadImage(Output)?$/
const ANNOTATED = /^(.*) \[(input|output|temp)\]$/
const READ_ALIKE = /\.jpe?g$/i
/** @type {Map<string, string>} */
const arrivals = new Map()

/**
 * Where the picture is to be had, or why there is none.
 * @type {(seat: Seat) => Found | NotFound}
 */
export function findPicture(seat) {
  const { app, api, node } = seat
  const source = sourceOf(seat, node, 'image')
  if (!source) return { kind: 'none' }
  const ahead = sceneOf(seat, source.node)
  if (ahead) return ahead
  const shown = shownBy(seat, source.node)
  const own = fresh(outputsOf(app, node)?.dragkit_picture?.[0], shown && [source.node.id, shown])
  const isFile = shown && FILE.test(source.node.type)
  const seen = own && viewUrl(api, own),
    there = shown && viewUrl(api, shown)
  const first = !isFile ? null : READ_ALIKE.test(shown.filename) ? there : loadedUrl(api, shown)
  const [best, ...others] = [...new Set([first, seen, there])].filter((url) => url !== null)
  const name = (shown ?? own)?.filename
  return best && name ? { urls: [best, ...others], name } : { kind: 'notRun', node: source.node.title }
}

/**
 * Where the mask input is to be had, best first, or null.
 * @type {(seat: Seat) => string[] | null}
 */
export function findMask(seat) {
  const { app, api, node } = seat,
    source = sourceOf(seat, node, 'mask'),
    hasBase = sourceOf(seat, node, 'base')
  const shown = source && shownBy(seat, source.node)
  const own = source || hasBase ? outputsOf(app, node)?.dragkit_mask?.[0] : null
  const isFile = source && shown && !hasBase && FILE.test(source.node.type)
  const urls = isFile ? [loadedUrl(api, shown, true)] : []
  if (own && (!isFile || fresh(own, shown))) urls.push(viewUrl(api, own))
  return urls.length ? urls : null
}

/** The instruction that came in at the last run, or null. @type {(seat: Seat) => unknown} */
export function findBase(seat) {
  const { app, node } = seat
  return sourceOf(seat, node, 'base') ? (outputsOf(app, node)?.dragkit_base?.[0] ?? null) : null
}

/**
 * The things that came in at the last run, as an instruction whose mask shapes they are, or null.
 * @type {(seat: Seat) => unknown}
 */
export function findObjects(seat) {
  const { app, node } = seat
  return sourceOf(seat, node, 'objects') ? (outputsOf(app, node)?.dragkit_objects?.[0] ?? null) : null
}

/**
 * The first of some pictures that can be had, or null where the server answers that there is none.
 * @type {(urls: string[]) => Promise<Picture | null>}
 */
export async function loadPicture([url, ...others]) {
  try {
    const answer = await fetch(url)
    if (answer.status === 204) return null
    if (!answer.ok) throw new DOMException(url, 'EncodingError')
    return { ...(await decoded(await answer.blob())), url }
  } catch (error) {
    if (!others.length) throw error
    return loadPicture(others)
  }
}

/** @type {(file: Blob) => Promise<Omit<Picture, 'url'>>} */
export async function decoded(file) {
  const image = new Image()
  image.src = URL.createObjectURL(file)
  try {
    await image.decode()
  } finally {
    URL.revokeObjectURL(image.src)
  }
  return { image, size: [image.naturalWidth, image.naturalHeight] }
}

/**
 * The pixels of a mask as bytes, or null: what may change, from a half up, is 1.
 * @type {(urls: string[]) => Promise<Mask | null>}
 */
export async function loadMask(urls) {
  const loaded = await loadPicture(urls)
  if (!loaded) return null
  const { image, size } = loaded,
    [width, height] = size
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = contextOf(canvas, { willReadFrequently: true })
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const pixels = new Uint8Array(width * height)
  for (let i = 0; i < pixels.length; i++) pixels[i] = Number(data[4 * i] > 127)
  return { pixels, size }
}

/**
 * A rendered picture, which can be had before its node has run; none where an input of it is linked.
 * @type {(seat: Seat, node: GraphNode) => Found | null}
 */
function sceneOf(seat, node) {
  if (node.type !== 'DragDemoPicture' || node.inputs?.some(({ name }) => sourceOf(seat, node, name))) return null
  const set = new URLSearchParams(node.widgets?.map(({ name, value }) => [name, String(value)]))
  return { urls: [seat.api.apiURL(`/dragkit/scene?${set}`)], name: set.get('scene') ?? '' }
}

/**
 * What a node shows as its picture, or nothing; a loader whose file is chosen on a subgraph around it goes on showing the
 * one before.
 * @type {(seat: Seat, node: GraphNode) => SentFile | null}
 */
function shownBy(seat, node) {
  const chosen = FILE.test(node.type) ? settingOf(seat, node, 'image') : null
  if (typeof chosen?.widget.value === 'string' && chosen.node !== node) return fileOf(chosen.widget.value)
  const shown = outputsOf(seat.app, node)?.images?.[0]
  if (!shown) return null
  const [, filename, type] = ANNOTATED.exec(shown.filename) ?? ['', shown.filename, shown.type]
  return { ...shown, filename, type }
}

/**
 * What a run has sent, as long as the source is the one it was first seen with.
 * @type {(sent: SentFile | undefined, source: unknown) => SentFile | null}
 */
function fresh(sent, source) {
  if (!sent) return null
  const key = JSON.stringify(sent),
    now = JSON.stringify(source)
  if (!arrivals.has(key)) arrivals.set(key, now)
  return arrivals.get(key) === now ? sent : null
}

/** @type {(file: SentFile) => URLSearchParams} */
function query({ filename, subfolder = '', type = 'output' }) {
  return new URLSearchParams({ filename, subfolder, type })
}

/** @type {(api: Api, file: SentFile) => string} */
export function viewUrl(api, file) {
  return api.apiURL(`/view?${query(file)}`)
}

/** @type {(api: Api, file: SentFile, mask?: boolean) => string} */
function loadedUrl(api, file, mask = false) {
  return api.apiURL(`/dragkit/loaded?${query(file)}${mask ? '&mask' : ''}`)
}
