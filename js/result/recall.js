// @ts-check
// What the host still has of earlier runs of a workflow, as after the page was loaded anew.
import { canonical } from './state.js'

/** @import { Prompt } from './png.js' */

/**
 * @typedef {object} Past a run that has ended
 * @property {string} id
 * @property {Prompt} prompt
 * @property {Record<string, NodeOutput>} outputs by execution ids
 */
/** @typedef {[number: number, id: string, prompt: Prompt, more: { extra_pnginfo?: { workflow?: { id?: string } } }]} Queued */

const MOST = 10
const ASK_AGAIN = 2000
/** @type {Map<string, Promise<Past[]>>} what was just asked for */
const asked = new Map()

/**
 * The last run of a workflow with a drawing, as the host still knows it.
 * @type {(api: Api, workflow: string, canvas: string, drawn: string) => Promise<Past | null>}
 */
export async function lastRunWith(api, workflow, canvas, drawn) {
  const runs = asked.get(workflow) ?? runsOf(api, workflow)
  if (!asked.has(workflow)) setTimeout(() => asked.delete(workflow), ASK_AGAIN)
  asked.set(workflow, runs)
  const isOf = (/** @type {Past} */ { prompt }) => {
    const inputs = prompt[canvas]?.inputs
    return inputs !== undefined && canonical(inputs.drag) === drawn
  }
  return (await runs).find(isOf) ?? null
}

/** The runs of a workflow, the last one first. @type {(api: Api, workflow: string) => Promise<Past[]>} */
async function runsOf(api, workflow) {
  const answer = await api.fetchApi(`/history?max_items=${MOST}`)
  if (!answer.ok) return []
  /** @type {Record<string, { prompt: Queued, outputs: Record<string, NodeOutput> }>} */
  const history = await answer.json()
  return Object.values(history)
    .filter(({ prompt }) => prompt[3].extra_pnginfo?.workflow?.id === workflow)
    .map(({ prompt, outputs }) => ({ id: prompt[1], prompt: prompt[2], outputs }))
    .reverse()
}
