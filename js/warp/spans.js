// Masks of any shape mapped by columns and rows, as in core/maps/rows_and_columns.py.

const BLUR = 5

/** Calls `put` for every pixel of the target mask with the point of the source mask that comes there. */
export function mapSpans(source, target, width, height, put) {
  const from = columnSpans(source, width, height),
    to = columnSpans(target, width, height)
  if (!from.columns.length || !to.columns.length) return false
  const [left, right] = [to.columns[0], to.columns.at(-1)],
    [sourceLeft, sourceRight] = [from.columns[0], from.columns.at(-1)]
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
  return true
}

/** The columns that hold pixels, with their first and last rows, small steps between those smoothed. */
function columnSpans(mask, width, height) {
  const columns = [],
    top = [],
    bottom = []
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

function smoothed(values) {
  const at = (i) => values[Math.min(Math.max(i, 0), values.length - 1)],
    reach = (BLUR - 1) / 2
  return values.map((value, i) => {
    let sum = 0
    for (let k = i - reach; k <= i + reach; k++) sum += at(k)
    const mean = sum / BLUR
    return Math.abs(mean - value) <= 1 ? mean : value
  })
}

/** The value at a place between columns, on a straight line from one to the next. */
function between(columns, values, place) {
  if (place <= columns[0]) return values[0]
  if (place >= columns.at(-1)) return values.at(-1)
  let low = 0,
    high = columns.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (columns[middle] <= place) low = middle
    else high = middle
  }
  return values[low] + ((values[high] - values[low]) * (place - columns[low])) / (columns[high] - columns[low])
}
