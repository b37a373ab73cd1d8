// @ts-check
// The words of the editor, from locales/ by way of the server.

const KEY = 'dragCanvas'
/** @typedef {{ [key: string]: string | Words }} Words */

/** @type {Words} */
let english = {}
/** @type {Words} */
let table = {}

/**
 * Fetches the words of the page's language; English stands in for what is not translated.
 * @type {(app: App, api: Api) => Promise<void>}
 */
export async function loadStrings(app, api) {
  const answer = await api.fetchApi('/i18n')
  const all = answer.ok ? await answer.json() : {}
  const locale = app.extensionManager?.setting?.get('Comfy.Locale') ?? 'en'
  english = all.en?.[KEY] ?? {}
  table = all[locale]?.[KEY] ?? {}
}

/**
 * A sentence by its key, such as 'tip.drag', with {names} filled in.
 * @type {(key: string, details?: Record<string, unknown>) => string}
 */
export function translate(key, details = {}) {
  const sentence = find(table, key) ?? find(english, key) ?? key
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(details[name] ?? whole))
}

/** @type {(words: Words, key: string) => string | undefined} */
function find(words, key) {
  /** @type {string | Words | undefined} */
  let found = words
  for (const name of key.split('.')) found = typeof found === 'object' ? found[name] : undefined
  return typeof found === 'string' ? found : undefined
}
