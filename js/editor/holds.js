// @ts-check
// What a pointer holds from its press to its release: a gesture of the tool, the divider of a result, or the picture.
import { grabDivider, isBesideAt } from '../result/layer.js'
import { press } from './tools.js'

/** @import { Stage } from './stage.js' */

/**
 * What the pointer is at between press and release.
 * @typedef {object} Hold
 * @property {(event: PointerEvent) => void} move
 * @property {(event: PointerEvent) => void} release
 * @property {() => void} cancel
 */

/** What the tool begins at a press of the pointer. @type {(stage: Stage, event: PointerEvent) => Hold | null} */
export function pressing(stage, event) {
  const place = stage.place(event),
    divider = grabDivider(stage.editor, place)
  if (divider || isBesideAt(stage.editor, place)) return divider
  const gesture = press(stage.editor, stage.point(event), event)
  return (
    gesture && {
      move: (moved) => gesture.move(stage.point(moved), moved),
      release: (released) => gesture.release(stage.point(released), released),
      cancel: () => gesture.cancel()
    }
  )
}

/** The picture moves with the pointer. @type {(stage: Stage, event: PointerEvent) => Hold} */
export function panning(stage, event) {
  let last = stage.place(event)
  return {
    move: (moved) => {
      const now = stage.place(moved)
      stage.editor.pan(now[0] - last[0], now[1] - last[1])
      last = now
    },
    release() {},
    cancel() {}
  }
}
