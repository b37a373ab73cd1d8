// @ts-check
// What is queued of a prompt when a drawing changes: the branches that depend on it, which show and save nothing.
import { sentenceOf } from '../result/refusal.js'

/** @import { Faulty } from '../result/refusal.js' */

/**
 * @typedef {{ class_type: string, inputs: Record<string, unknown>, [more: string]: unknown }} PromptNode
 * @typedef {Record<string, PromptNode>} Prompt nodes by their execution ids
 */

const PICTURE = 2 // output of the canvas, which does not depend on the drawing
const [SAVE, SHOW] = ['SaveImage', 'PreviewImage']
const SAVES = /^Save/

/** The nodes that depend on a canvas's drawing, by their ids. @type {(prompt: Prompt, canvas: string) => string[]} */
export function dependents(prompt, canvas) {
  /** @type {Set<string>} */
  const found = new Set()
  const depends = (/** @type {unknown} */ value) => {
    if (!Array.isArray(value) || value.length !== 2) return false
    const [id, slot] = [String(value[0]), value[1]]
    return id === canvas ? slot !== PICTURE : found.has(id)
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [id, { inputs }] of Object.entries(prompt))
      if (id !== canvas && Object.values(inputs).some(depends)) found.add(id)
  }
  return [...found]
}

/**
 * The prompt with pictures shown in place of saved, and the nodes to ask for; the server picks those that show something.
 * @type {(prompt: Prompt, canvas: string) => { prompt: Prompt, targets: string[] }}
 */
export function livePrompt(prompt, canvas) {
  const shown = Object.fromEntries(Object.entries(prompt).map(([id, node]) => [id, showing(node)]))
  return { prompt: shown, targets: dependents(prompt, canvas).filter((id) => !SAVES.test(shown[id].class_type)) }
}

/** @type {(node: PromptNode) => PromptNode} */
function showing(node) {
  return node.class_type === SAVE ? { ...node, class_type: SHOW, inputs: { images: node.inputs.images } } : node
}

/**
 * A prompt with the seeds of an earlier one: those that change by themselves with every run.
 * @type {(prompt: Prompt, seeds: readonly Seed[], last: Prompt) => Prompt}
 */
export function withSeeds(prompt, seeds, last) {
  const held = { ...prompt }
  for (const { id, input } of seeds) {
    const value = last[id]?.inputs[input]
    if (held[id] && typeof value === 'number') held[id] = { ...held[id], inputs: { ...held[id].inputs, [input]: value } }
  }
  return held
}

/** @typedef {{ id: string, input: string }} Seed an input of a node that changes by itself */

/** Why the server refused a prompt, in a sentence. @type {(answer: string) => string} */
export function refusal(answer) {
  /** @type {{ error?: string | { message: string }, node_errors?: Record<string, Faulty> }} */
  const { error, node_errors } = parsed(answer)
  const faulty = Object.values(node_errors ?? {}).find(({ errors }) => errors.length)
  if (faulty) return sentenceOf(faulty)
  return (typeof error === 'string' ? error : error?.message) ?? answer
}

/** @type {(text: string) => object} */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
