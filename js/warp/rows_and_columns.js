// @ts-check
// Masks of any shape mapped by columns and rows, as in core/maps/rows_and_columns.py.

/** @import { Size } from '../drag/types.js' */
/** @import { Match } from './map.js' */

/** @typedef {{ columns: number[], top: number[], bottom: number[] }} ColumnSpans first and last rows of columns */

const BLUR = 5

/**
 * Maps a target mask onto a source mask: its columns as a whole, then the rows of each; null where one is empty.
 * @type {(source: Uint8Array, target: Uint8Array, size: Size) => Match | null}
 */
export function matchRowsAndColumns(source, target, size) {
  const from = columnSpans(source, size),
    to = columnSpans(target, size),
    [width, height] = size
  if (!from.columns.length || !to.columns.length) return null
  const [left, right] = endsOf(to.columns),
    [sourceLeft, sourceRight] = endsOf(from.columns)
  return {
    area: source,
    lay(put) {
      for (const x of to.columns) {
        const column = sourceLeft + ((x - left) * (sourceRight - sourceLeft)) / Math.max(right - left, 1)
        const low = between(to.columns, to.top, x),
          high = between(to.columns, to.bottom, x)
        const sourceLow = between(from.columns, from.top, column),
          sourceHigh = between(from.columns, from.bottom, column)
        for (let y = 0; y < height; y++) {
          if (!target[y * width + x]) continue
          const row = sourceLow + ((y - low) * (sourceHigh - sourceLow)) / Math.max(high - low, 1)
          put(y * width + x, column + 0.5, row + 0.5)
        }
      }
    }
  }
}

/** @type {(values: number[]) => [first: number, last: number]} */
function endsOf(values) {
  return [values[0], values[values.length - 1]]
}

/**
 * The columns that hold pixels, small steps between their ends smoothed.
 * @type {(mask: Uint8Array, size: Size) => ColumnSpans}
 */
function columnSpans(mask, [width, height]) {
  /** @type {ColumnSpans} */
  const { columns, top, bottom } = { columns: [], top: [], bottom: [] }
  for (let x = 0; x < width; x++) {
    let first = 0,
      last = height - 1
    while (first < height && !mask[first * width + x]) first++
    if (first === height) continue
    while (!mask[last * width + x]) last--
    columns.push(x)
    top.push(first)
    bottom.push(last)
  }
  return { columns, top: smoothed(top), bottom: smoothed(bottom) }
}

/** @type {(values: number[]) => number[]} */
function smoothed(values) {
  const at = (/** @type {number} */ i) => values[Math.min(Math.max(i, 0), values.length - 1)],
    reach = (BLUR - 1) / 2
  return values.map((value, i) => {
    let sum = 0
    for (let k = i - reach; k <= i + reach; k++) sum += at(k)
    const mean = sum / BLUR
    return Math.abs(mean - value) <= 1 ? mean : value
  })
}

/**
 * The value at a place between columns, on a straight line from one to the next.
 * @type {(columns: number[], values: number[], place: number) => number}
 */
function between(columns, values, place) {
  let low = 0,
    high = columns.length - 1
  if (place <= columns[low]) return values[low]
  if (place >= columns[high]) return values[high]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (columns[middle] <= place) low = middle
    else high = middle
  }
  return values[low] + ((values[high] - values[low]) * (place - columns[low])) / (columns[high] - columns[low])
}
