// @ts-check
// The runs that canvases have queued by themselves, told from those of the user.

/** @import { Live } from './live.js' */
/** @import { Prompt } from './prompt.js' */

const MOST = 50
const ENDS = ['execution_success', 'execution_interrupted', 'execution_error']
/** @type {Map<string, Live>} */
const leaders = new Map()
/** @type {Set<Api>} */
const heard = new Set()
/** @type {string | null} the last run of the user */
let last = null
/** @type {{ id: string, prompt: Prompt } | null} */
let read = null

/** An id for a run, which the server takes. @type {() => string} */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}

/** Remembers whose run it is. @type {(id: string, live: Live) => void} */
export function lead(id, live) {
  leaders.set(id, live)
  for (const oldest of [...leaders.keys()].slice(0, -MOST)) leaders.delete(oldest)
}

/**
 * Hears of the ends of runs, before the page does: its window with an error would come between two pulls.
 * @type {(api: Api) => void}
 */
export function hear(api) {
  if (heard.has(api)) return
  heard.add(api)
  for (const name of ENDS) api.addEventListener(name, (event) => ended(api, event), { capture: true })
}

/** @type {(api: Api, event: CustomEvent) => void} */
function ended(api, event) {
  const { type, detail } = event,
    live = leaders.get(detail.prompt_id)
  if (!live) {
    if (type === 'execution_success') last = detail.prompt_id
    return
  }
  leaders.delete(detail.prompt_id)
  live.turns.ended(detail.prompt_id)
  if (type !== 'execution_error') return
  event.stopImmediatePropagation()
  live.fail(detail.exception_message.trim().split('\n')[0])
  api.dispatchCustomEvent('execution_interrupted', detail)
}

/** Ends a run, or takes it out of the queue; a run of anybody else goes on. @type {(api: Api, id: string) => Promise<void>} */
export async function cancel(api, id) {
  const answer = await api.fetchApi(`/jobs/${id}/cancel`, { method: 'POST' })
  if (answer.ok) return
  await post(api, '/queue', { delete: [id] })
  await post(api, '/interrupt', { prompt_id: id })
}

/** @type {(api: Api, route: string, body: object) => Promise<Response>} */
export function post(api, route, body) {
  const headers = { 'Content-Type': 'application/json' }
  return api.fetchApi(route, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The prompt of the user's last run; an empty one where that is not known. @type {(api: Api) => Promise<Prompt>} */
export async function lastRun(api) {
  if (last && read?.id !== last) {
    const answer = await api.fetchApi(`/history/${last}`),
      record = (await answer.json())[last]
    read = { id: last, prompt: record?.prompt[2] ?? {} }
  }
  return read?.prompt ?? {}
}
