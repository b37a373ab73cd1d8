// @ts-check
// A picture of the user's own: uploaded, and connected by a Load Image node.
import { loaderFor } from './source.js'
import { settingOf } from './upstream.js'

/** @import { Seat } from './seat.js' */

/**
 * Uploads a file and lets the node's image input get it; throws an Error with the server's words where it is refused.
 * @type {(seat: Seat, file: File) => Promise<void>}
 */
export async function takePicture(seat, file) {
  const name = await upload(seat.api, file),
    loader = loaderFor(seat),
    chosen = settingOf(seat, loader, 'image')
  if (chosen) choose(chosen.widget, name)
  loader.graph?.setDirtyCanvas?.(true, true)
}

/**
 * Puts a file into the server's input folder and returns its name there; throws an Error where it is refused.
 * @type {(api: Api, file: File) => Promise<string>}
 */
export async function upload(api, file) {
  const body = new FormData()
  body.append('image', file, file.name || 'pasted.png')
  const answer = await api.fetchApi('/upload/image', { method: 'POST', body })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  const { name, subfolder } = await answer.json()
  return subfolder ? `${subfolder}/${name}` : name
}

/** Sets the widget of a loader to a file. @type {(widget: Widget, name: string) => void} */
export function choose(widget, name) {
  const names = widget.options?.values
  if (Array.isArray(names) && !names.includes(name)) names.push(name)
  widget.value = name
  widget.callback?.(name)
}
