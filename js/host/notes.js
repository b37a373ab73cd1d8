// @ts-check
// What the pack's nodes have to say comes to the user's eye: their remarks, and why one of them stopped.

const MINUTE = 60_000
const LIFE = { warn: 12_000, error: 30_000 }

/** Lets the page show the sentences of a run. @type {(app: App, api: Api) => void} */
export function showNotes(app, api) {
  /** @type {Map<string, number>} */
  const said = new Map()
  const say = (/** @type {'warn' | 'error'} */ severity, /** @type {string} */ kind, /** @type {string} */ detail) => {
    const key = kind + detail,
      last = said.get(key) ?? -Infinity
    said.set(key, performance.now())
    if (performance.now() - last < MINUTE && severity === 'warn') return
    app.extensionManager.toast.add({ severity, summary: titleOf(kind), detail, life: LIFE[severity] })
  }
  api.addEventListener('dragkit.note', ({ detail: { kind, sentence } }) => say('warn', kind, sentence))
  api.addEventListener('execution_error', ({ detail: { node_type: kind, exception_message: words = '' } }) => {
    const own = `${kind}: `
    if (words.startsWith(own)) say('error', kind, words.slice(own.length).trim())
  })
}

/** The name under which the page lists a type of nodes. @type {(kind: string) => string} */
function titleOf(kind) {
  return LiteGraph.registered_node_types?.[kind]?.title ?? (kind || 'DragKit')
}
