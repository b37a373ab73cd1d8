// @ts-check
// What a PNG file of the host says of itself: the prompt that it was made by.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]
const KEYWORD = 'prompt'

/** @typedef {Record<string, { class_type: string, inputs: Record<string, unknown> } | undefined>} Prompt */

/** The prompt in a file's text chunks, or null where there is none. @type {(file: ArrayBuffer) => Prompt | null} */
export function promptOf(file) {
  const bytes = new Uint8Array(file),
    view = new DataView(file)
  if (!SIGNATURE.every((value, i) => bytes[i] === value)) return null
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const data = bytes.subarray(at + 8, at + 8 + view.getUint32(at))
    if (text(bytes.subarray(at + 4, at + 8)) !== 'tEXt') continue
    const end = data.indexOf(0)
    if (text(data.subarray(0, end)) === KEYWORD) return parsed(text(data.subarray(end + 1)))
  }
  return null
}

/** @type {(bytes: Uint8Array) => string} */
function text(bytes) {
  return new TextDecoder('latin1').decode(bytes)
}

/** @type {(written: string) => Prompt | null} */
function parsed(written) {
  try {
    const prompt = JSON.parse(written)
    return prompt && typeof prompt === 'object' ? prompt : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
