// @ts-check
// A queue in the order of whole priorities, as fast as there are few of them.

const NONE = -1

/** Takes out the lowest priority first, and of one priority what came first. */
export class Buckets {
  /** @param {number} levels */
  constructor(levels) {
    this.heads = new Int32Array(levels).fill(NONE)
    this.tails = new Int32Array(levels).fill(NONE)
    this.items = new Int32Array(1 << 16)
    this.labels = new Int32Array(1 << 16)
    this.links = new Int32Array(1 << 16)
    this.used = 0
    this.level = 0
    this.item = NONE
    this.label = NONE
  }

  /** @type {(priority: number, item: number, label: number) => void} */
  push(priority, item, label) {
    const level = Math.min(Math.floor(priority), this.heads.length - 1)
    if (this.used === this.items.length) this.grow()
    const slot = this.used++
    this.items[slot] = item
    this.labels[slot] = label
    this.links[slot] = NONE
    if (this.heads[level] === NONE) this.heads[level] = slot
    else this.links[this.tails[level]] = slot
    this.tails[level] = slot
    if (level < this.level) this.level = level
  }

  /** Moves on to the next item; tells whether there is one. */
  next() {
    const { heads } = this
    while (this.level < heads.length && heads[this.level] === NONE) this.level++
    if (this.level === heads.length) return false
    const slot = heads[this.level]
    heads[this.level] = this.links[slot]
    this.item = this.items[slot]
    this.label = this.labels[slot]
    return true
  }

  grow() {
    for (const name of /** @type {const} */ (['items', 'labels', 'links'])) {
      const grown = new Int32Array(2 * this.used)
      grown.set(this[name])
      this[name] = grown
    }
  }
}
