// @ts-check
// The text of an instruction to values: JSON, or Python's notation of it, as core/instruction/text.py says.
import { DragError } from './values.js'
import { checkText } from './bounds.js'

const BLANK = /^[ \t\r\n\ufeff]+|[ \t\r\n\ufeff]+$/g
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|'([^'\\]*(?:\\.[^'\\]*)*)'|(?<![-+.\w])-?[A-Za-z]\w*/gs
const ESCAPED = /\\(?:x([0-9a-fA-F]{2})|(.))|"/gs
/** @type {Map<string, string>} */
const WORDS = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ...['nan', 'NaN', 'inf', 'Infinity'].map((word) => /** @type {[string, string]} */ ([word, '1e999'])),
  ...['-inf', '-Infinity'].map((word) => /** @type {[string, string]} */ ([word, '-1e999']))
])

/** @type {(text: string) => boolean} */
export function isBlank(text) {
  return !text.replace(BLANK, '')
}

/** The value that a text stands for. @type {(raw: string) => unknown} */
export function parseText(raw) {
  checkText(raw)
  const text = raw.replace(BLANK, '')
  try {
    return JSON.parse(text)
  } catch (error) {
    try {
      return JSON.parse(text.replace(TOKEN, jsonToken))
    } catch {
      throw new DragError('noJson', 'drag', /** @type {SyntaxError} */ (error).message)
    }
  }
}

/**
 * A string or a word of Python's notation as JSON writes it; what is not finite as a number beyond all.
 * @type {(token: string, quoted?: string) => string}
 */
function jsonToken(token, quoted) {
  if (quoted !== undefined) return `"${quoted.replace(ESCAPED, jsonEscape)}"`
  return WORDS.get(token) ?? token
}

/** @type {(found: string, hex?: string, character?: string) => string} */
function jsonEscape(found, hex, character) {
  if (found === '"') return '\\"'
  if (hex) return `\\u00${hex}`
  return character === "'" ? character : found
}
