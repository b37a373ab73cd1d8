// @ts-check
// Elements of the page, made in one call.

/**
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>} Attributes
 * @typedef {Node | string} Child
 * @typedef {HTMLElementTagNameMap} Tags
 */

/**
 * An element with attributes, listeners (`onclick` and the like) and children.
 * @type {<T extends keyof Tags>(tag: T, attributes?: Attributes, children?: Child | Child[]) => Tags[T]}
 */
export function element(tag, attributes = {}, children = []) {
  const node = document.createElement(tag)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key.slice(2), value)
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(key, String(value))
  }
  node.append(...[children].flat())
  return node
}

/** @type {Record<string, string>} */
const PATHS = {
  object:
    '<path d="M8 2.5c3 0 5.5 2 5.5 5s-2 6-5 6-6-2-6-5.5 2.5-5.5 5.5-5.5z" stroke-dasharray="2.2 1.8"/><path d="M5.5 9.5c1.5-3 3.5 1 5-2.5"/>',
  drag: '<circle cx="4" cy="12" r="2.5" fill="currentColor"/><path d="M6 10 13 3M8 3h5v5"/>',
  anchor: '<circle cx="8" cy="8" r="5"/><circle cx="8" cy="8" r="1.5" fill="currentColor"/>',
  region: '<path d="M2 7 7 3l3 5-5 4z"/><path d="M9 13l5-3-2-4" stroke-dasharray="2 2"/>',
  brush:
    '<path d="M13.5 2.5 7 9"/><path d="M6 9c-2 0-2.5 1.5-2.5 3-.5 1-1.5 1-1.5 1 3 1.5 6 0 6-2.5C8 9.5 7 9 6 9z" fill="currentColor"/>',
  erase: '<path d="M6 13 2.5 9.5 9 3l4.5 4.5L8 13z"/><path d="M5.5 6.5 10 11M6 13.5h8"/>',
  lasso:
    '<path d="M3 12 2 5l6-3 6 4-3 7z"/><circle cx="3" cy="12" r="1.5" fill="currentColor"/><circle cx="14" cy="6" r="1.5" fill="currentColor"/>',
  hand: '<path d="M8 2v12M2 8h12M8 2 6 4M8 2l2 2M8 14l-2-2M8 14l2-2M2 8l2-2M2 8l2 2M14 8l-2-2M14 8l-2 2"/>',
  undo: '<path d="M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6"/>',
  redo: '<path d="m10 3 3 3-3 3M13 6H7a4 4 0 0 0 0 8h3"/>',
  fit: '<path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/>',
  zoomIn: '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5M5 7h4M7 5v4"/>',
  zoomOut: '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5M5 7h4"/>',
  live: '<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2" fill="currentColor"/>',
  json: '<path d="M6 2C3.5 2 5 7 2.5 8 5 9 3.5 14 6 14M10 2c2.5 0 1 5 3.5 6-2.5 1-1 6-3.5 6"/>',
  picture: '<path d="M2 3h12v10H2zM2 11l4-4 3 3 2-2 3 3"/><circle cx="10.5" cy="6" r="1" fill="currentColor"/>',
  invert: '<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"/>',
  remove: '<path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4"/>',
  empty: '<path d="M4 2h5l3 3v9H4z"/><path d="m6.5 7.5 3 3.5M9.5 7.5l-3 3.5"/>',
  clear: '<path d="M3 3l10 10M13 3 3 13"/>',
  before: '<path d="M2 3h12v10H2zM8 1.5v13"/><path d="M2.5 3.5H8v9H2.5z" fill="currentColor"/>',
  drawn: '<path d="M2 3h12v10H2z"/><circle cx="5" cy="10" r="1.3" fill="currentColor"/><path d="M6 9.2 10.5 6M8 5.8l2.8-.1-.4 2.7"/>',
  previous: '<path d="M10 3 5 8l5 5"/>',
  next: '<path d="m6 3 5 5-5 5"/>',
  strip: '<path d="M1.5 4.5h4v7h-4zM7 4.5h4v7H7zM12.5 4.5h2M12.5 11.5h2"/>',
  saveBefore: '<path d="M2 2.5h7v6H2zM11.5 6v7M9 10.5l2.5 2.5 2.5-2.5"/>',
  saveAfter: '<path d="M2 2.5h7v6H2z" fill="currentColor"/><path d="M11.5 6v7M9 10.5l2.5 2.5 2.5-2.5"/>',
  saveDrawing: '<path d="M4 2.5C2.5 2.5 3.4 5 2 5.5 3.4 6 2.5 8.5 4 8.5M7 2.5C8.5 2.5 7.6 5 9 5.5 7.6 6 8.5 8.5 7 8.5M11.5 6v7M9 10.5l2.5 2.5 2.5-2.5"/>',
  expand: '<path d="M9.5 2H14v4.5M14 2 9.5 6.5M6.5 14H2V9.5M2 14l4.5-4.5"/>'
}

/** A small picture for a button. @type {(name: string) => SVGElement} */
export function icon(name) {
  const holder = document.createElement('template')
  holder.innerHTML =
    '<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" ' +
    `stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${PATHS[name]}</svg>`
  return /** @type {SVGElement} */ (holder.content.firstChild)
}

/**
 * What a canvas is drawn on with.
 * @type {<C extends HTMLCanvasElement | OffscreenCanvas>(canvas: C, settings?: CanvasRenderingContext2DSettings) =>
 *   C extends HTMLCanvasElement ? CanvasRenderingContext2D : OffscreenCanvasRenderingContext2D}
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext('2d', settings)
  if (!context) throw new Error('The browser gives no canvas to draw on.')
  return /** @type {any} */ (context)
}
