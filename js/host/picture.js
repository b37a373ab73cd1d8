// The picture under the drawing and the mask below it: as the server reads a loaded file, else from the last run.
import { outputsOf, sourceOf } from './upstream.js'

const FILE = /^LoadImage(Output)?$/
const ANNOTATED = /^(.*) \[(input|output|temp)\]$/
const READ_ALIKE = /\.jpe?g$/i
const arrivals = new Map()

/** Where the picture is to be had: {urls, name}, best first, or {kind} and details of why there is none. */
export function findPicture(app, api, node) {
  const source = sourceOf(app, node, 'image')
  if (!source) return { kind: 'none' }
  const shown = shownBy(app, source.node)
  const own = fresh(outputsOf(app, node)?.dragkit_picture?.[0], shown && [source.node.id, shown])
  const isFile = shown && FILE.test(source.node.type)
  const urls = [own && viewUrl(api, own), shown && viewUrl(api, shown)].filter(Boolean)
  if (isFile) urls.unshift(READ_ALIKE.test(shown.filename) ? urls.pop() : loadedUrl(api, shown))
  return urls.length ? { urls, name: (shown ?? own).filename } : { kind: 'notRun', node: source.node.title }
}

/** Where the mask input is to be had, {urls}, or null. */
export function findMask(app, api, node) {
  const source = sourceOf(app, node, 'mask'),
    hasBase = sourceOf(app, node, 'base')
  const shown = source && shownBy(app, source.node)
  const own = source || hasBase ? outputsOf(app, node)?.dragkit_mask?.[0] : null
  const isFile = shown && !hasBase && FILE.test(source.node.type)
  const urls = isFile ? [loadedUrl(api, shown, true)] : []
  if (own && (!isFile || fresh(own, shown))) urls.push(viewUrl(api, own))
  return urls.length ? { urls } : null
}

/** The instruction that came in at the last run, or null. */
export function findBase(app, node) {
  return sourceOf(app, node, 'base') ? (outputsOf(app, node)?.dragkit_base?.[0] ?? null) : null
}

/** The first of some pictures that can be had, or null where the server answers that there is none. */
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

async function decoded(file) {
  const image = new Image()
  image.src = URL.createObjectURL(file)
  try {
    await image.decode()
  } finally {
    URL.revokeObjectURL(image.src)
  }
  return { image, size: [image.naturalWidth, image.naturalHeight] }
}

/** The pixels of a mask as bytes {pixels, size}, or null: what may change, from a half up, is 1. */
export async function loadMask(urls) {
  const loaded = await loadPicture(urls)
  if (!loaded) return null
  const { image, size } = loaded
  const canvas = Object.assign(document.createElement('canvas'), { width: size[0], height: size[1] })
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, ...size)
  const pixels = new Uint8Array(size[0] * size[1])
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[4 * i] > 127
  return { pixels, size }
}

/** What a node shows as its picture {filename, subfolder, type}, or nothing. */
function shownBy(app, node) {
  const shown = outputsOf(app, node)?.images?.[0]
  if (!shown) return null
  const [, filename, type] = ANNOTATED.exec(shown.filename) ?? [null, shown.filename, shown.type]
  return { ...shown, filename, type }
}

/** What a run has sent, as long as the source is the one it was first seen with. */
function fresh(sent, source) {
  if (!sent) return null
  const key = JSON.stringify(sent),
    now = JSON.stringify(source)
  if (!arrivals.has(key)) arrivals.set(key, now)
  return arrivals.get(key) === now ? sent : null
}

function query({ filename, subfolder = '', type = 'output' }) {
  return new URLSearchParams({ filename, subfolder, type })
}

function viewUrl(api, file) {
  return api.apiURL(`/view?${query(file)}`)
}

function loadedUrl(api, file, mask = false) {
  return api.apiURL(`/dragkit/loaded?${query(file)}${mask ? '&mask' : ''}`)
}
