// The words of the editor, from locales/ by way of the server.

const KEY = 'dragCanvas'
let english = {}
let table = {}

/** Fetches the words of the page's language; English stands in for what is not translated. */
export async function loadStrings(app, api) {
  const answer = await api.fetchApi('/i18n')
  const all = answer.ok ? await answer.json() : {}
  const locale = app.extensionManager?.setting?.get('Comfy.Locale') ?? 'en'
  english = all.en?.[KEY] ?? {}
  table = all[locale]?.[KEY] ?? {}
}

/** A sentence by its key, such as 'tip.drag', with {names} filled in. */
export function translate(key, details = {}) {
  const sentence = find(table, key) ?? find(english, key) ?? key
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => details[name] ?? whole)
}

function find(words, key) {
  const found = key.split('.').reduce((part, name) => part?.[name], words)
  return typeof found === 'string' ? found : undefined
}
