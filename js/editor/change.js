// @ts-check
// What passes between the editor, its parts and the page; for the reader and the type checker, nothing here runs.

/** @import { Document } from './document.js' */
/** @import { Scene, View } from './view.js' */

/**
 * What the editor asks of the page.
 * @typedef {object} Host
 * @property {(key: string, details?: Record<string, unknown>) => string} t a sentence by its key
 * @property {() => void} changed the value is another one
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} requestPicture
 * @property {(file: File) => Promise<boolean>} takePicture tells whether it is the picture now
 * @property {(by: 1 | -1) => void} [showOther] shows another picture that the run has made
 * @property {() => Promise<void>} goOn makes the result the picture
 * @property {(index: number) => void} returnTo goes back to an earlier picture
 * @property {{ readonly isOn: boolean, toggle: () => void }} [live] runs what depends on the drawing when it changes
 * @property {() => boolean} graphPans whether a press moves the graph
 * @property {(event: WheelEvent) => void} forwardWheel
 * @property {(event: PointerEvent) => void} forwardPan
 */

/**
 * A change as a value: what it does not name stays as it is.
 * @typedef {object} Change
 * @property {Document} [document]
 * @property {Partial<View>} [view]
 * @property {Partial<Scene>} [scene]
 */

/** @typedef {Required<Omit<Change, 'document'>>} Carried what outlives a rebuild of the node */

export {}
