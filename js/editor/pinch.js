// @ts-check
// Two fingers that move and zoom the picture.
import { distance } from '../drag/hits.js'
import { screenPoint } from '../drag/types.js'

/** @import { ScreenPoint } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */

export class Pinch {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor
    /** @type {Map<number, ScreenPoint>} */
    this.touches = new Map()
    /** @type {{ middle: ScreenPoint, width: number } | null} */
    this.spread = null
  }

  /** A finger comes down; tells whether it is the second one. @type {(id: number, place: ScreenPoint) => boolean} */
  down(id, place) {
    this.touches.set(id, place)
    if (this.touches.size !== 2) return false
    this.spread = this.fingers()
    return true
  }

  /**
   * A finger moves; tells whether there are two that move the picture.
   * @type {(id: number, place: ScreenPoint) => boolean}
   */
  move(id, place) {
    if (this.touches.has(id)) this.touches.set(id, place)
    const before = this.spread
    if (!before) return false
    const now = this.fingers()
    this.editor.pan(now.middle[0] - before.middle[0], now.middle[1] - before.middle[1])
    this.editor.zoom(now.width / before.width, now.middle)
    this.spread = now
    return true
  }

  /** @type {(id: number) => void} */
  up(id) {
    this.touches.delete(id)
    if (this.touches.size < 2) this.spread = null
  }

  fingers() {
    const [a, b] = [...this.touches.values()]
    return { middle: screenPoint((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), width: Math.max(distance(a, b), 1) }
  }
}
