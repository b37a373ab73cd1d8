// The picture under the drawing and the mask below it: from the node upstream, else from the last run.
import { outputsOf, sourceOf } from './upstream.js'

const WITHOUT_ALPHA = /\.(png|webp)$/i

/** Where the picture is to be had: {url, name}, or {kind} and details of why there is none. */
export function findPicture(app, api, node) {
  const source = sourceOf(app, node, 'image')
  const own = outputsOf(app, node)?.dragkit_picture?.[0]
  if (!source) return { kind: 'none' }
  const shown = outputsOf(app, source.node)?.images?.[0]
  if (shown)
    return {
      url: viewUrl(api, shown, isFile(source.node) && WITHOUT_ALPHA.test(shown.filename) ? 'rgb' : null),
      name: shown.filename
    }
  return own ? { url: viewUrl(api, own), name: own.filename } : { kind: 'notRun', node: source.node.title }
}

/** Where the mask input is to be had: {url, alpha}, or null; a loaded file's mask is what is transparent in it. */
export function findMask(app, api, node) {
  const source = sourceOf(app, node, 'mask'),
    hasBase = sourceOf(app, node, 'base')
  if (source && !hasBase && isFile(source.node)) {
    const shown = outputsOf(app, source.node)?.images?.[0]
    if (shown && source.node.type === 'LoadImage') return { url: viewUrl(api, shown, 'a'), alpha: true }
  }
  const own = source || hasBase ? outputsOf(app, node)?.dragkit_mask?.[0] : null
  return own ? { url: viewUrl(api, own), alpha: false } : null
}

/** The instruction that came in at the last run, or null. */
export function findBase(app, node) {
  return sourceOf(app, node, 'base') ? (outputsOf(app, node)?.dragkit_base?.[0] ?? null) : null
}

export async function loadPicture(url) {
  const image = new Image()
  image.src = url
  await image.decode()
  return { image, size: [image.naturalWidth, image.naturalHeight], url }
}

/** The pixels of a mask as bytes {pixels, size}: what may change is 1. */
export async function loadMask({ url, alpha }) {
  const { image, size } = await loadPicture(url)
  const canvas = Object.assign(document.createElement('canvas'), { width: size[0], height: size[1] })
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, ...size)
  const pixels = new Uint8Array(size[0] * size[1])
  for (let i = 0; i < pixels.length; i++) pixels[i] = alpha ? data[4 * i + 3] < 255 : data[4 * i] > 0
  return alpha && !pixels.includes(1) ? null : { pixels, size }
}

function isFile(node) {
  return /^LoadImage/.test(node.type)
}

function viewUrl(api, { filename, subfolder = '', type = 'output' }, channel) {
  const query = new URLSearchParams({ filename, subfolder, type, ...(channel ? { channel } : {}) })
  return api.apiURL(`/view?${query}`)
}
