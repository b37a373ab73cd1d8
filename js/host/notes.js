// @ts-check
// What the pack's nodes have to say comes to the user's eye: their remarks, and why one of them stopped, where no canvas
// says so.
import { isSaid, sentenceIn } from '../result/listen.js'

const LIFE = { warn: 12_000, error: 30_000 }
const HELD = 1500 // a remark; where the run fails meanwhile, why it did says more

/** Lets the page show the sentences of a run. @type {(app: App, api: Api) => void} */
export function showNotes(app, api) {
  /** @type {Map<string, number>} when a sentence came that is still to be seen */
  const said = new Map()
  const say = (/** @type {'warn' | 'error'} */ severity, /** @type {string} */ kind, /** @type {string} */ detail) => {
    const key = kind + detail,
      now = performance.now()
    if (severity === 'warn' && now - (said.get(key) ?? -Infinity) < LIFE.warn) return
    said.set(key, now)
    app.extensionManager.toast.add({ severity, summary: titleOf(kind), detail, life: LIFE[severity] })
  }
  /** @type {ReturnType<typeof setTimeout>[]} */
  let held = []
  api.addEventListener('dragkit.note', ({ detail: { kind, sentence } }) => {
    held.push(setTimeout(() => say('warn', kind, sentence), HELD))
  })
  api.addEventListener('execution_success', () => (held = []))
  api.addEventListener('execution_error', ({ detail: { node_type: kind, exception_message: words = '' } }) => {
    for (const remark of held) clearTimeout(remark)
    held = []
    const own = `${kind}: `
    if (!words.startsWith(own)) return
    const sayIt = () => isSaid(sentenceIn(words)) || say('error', kind, words.slice(own.length).trim())
    queueMicrotask(sayIt) // once the canvases know
  })
}

/** The name under which the page lists a type of nodes. @type {(kind: string) => string} */
function titleOf(kind) {
  return LiteGraph.registered_node_types?.[kind]?.title ?? (kind || 'DragKit')
}
