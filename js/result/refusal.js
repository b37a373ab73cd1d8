// @ts-check
// Why the server takes a prompt not at all, in a sentence.

/** @typedef {{ type?: string, message: string, details?: string }} Refusal of an input */
/** @typedef {{ class_type: string, errors: Refusal[] }} Faulty a node, and what is wrong with it */

/** @type {(faulty: Faulty) => string} */
export function sentenceOf({ class_type, errors: [first] }) {
  return `${class_type}: ${reasonOf(first)}`
}

/** @type {(refusal: Refusal) => string} */
function reasonOf({ type, message, details }) {
  if (!details) return message
  if (type === 'custom_validation_failed') return details.replace(/^\S+ - /, '')
  return type === 'required_input_missing' ? `${message}: ${details}` : details
}

/**
 * What the page was last told of nodes that a canvas has to do with, or null.
 * @type {(app: App, ids: Set<string>) => string | null}
 */
export function refusalOf({ extensionManager: { lastNodeErrors } }, ids) {
  const found = Object.entries(lastNodeErrors ?? {}).find(([id, { errors }]) => ids.has(id) && errors.length)
  return found ? sentenceOf(found[1]) : null
}
