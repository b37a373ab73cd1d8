// @ts-check
// Fingers on a canvas are its own: the page would zoom its graph by two of them.

const TOUCHES = /** @type {const} */ (['touchstart', 'touchmove', 'touchend', 'touchcancel'])

export function keepTouches() {
  for (const name of TOUCHES) window.addEventListener(name, keep, { capture: true })
}

/** @type {(event: TouchEvent) => void} */
function keep(event) {
  if (event.target instanceof Element && event.target.closest('.dragkit-canvas')) event.stopPropagation()
}
