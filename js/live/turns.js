// @ts-check
// The order of runs: a newer one takes the place of the one before, so that at most one runs and one waits.

export class Turns {
  /**
   * @param {() => Promise<string | null>} queue queues a run, and gives its id
   * @param {(id: string) => Promise<void>} cancel ends a run that was queued, or takes it out of the queue
   */
  constructor(queue, cancel) {
    this.queue = queue
    this.cancel = cancel
    /** @type {string | null} */
    this.current = null
    this.busy = false
    this.again = false
  }

  /** Runs as soon as that can be, in place of what was to run before. @type {() => Promise<void>} */
  async next() {
    this.again = true
    if (this.busy) return
    this.busy = true
    try {
      while (this.again) await this.replace()
    } finally {
      this.busy = false
    }
  }

  async replace() {
    this.again = false
    const { current } = this
    this.current = null
    if (current) await this.cancel(current)
    this.current = await this.queue()
  }

  /** Takes back what was to run. @type {() => Promise<void>} */
  async stop() {
    this.again = false
    const { current } = this
    this.current = null
    if (current) await this.cancel(current)
  }

  /** A run has come to its end. @type {(id: string) => void} */
  ended(id) {
    if (this.current === id) this.current = null
  }
}
