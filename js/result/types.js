// @ts-check
// What the canvas knows of results; for the reader and the type checker, nothing here runs.

/** @import { Size } from '../drag/types.js' */
/** @import { Editor } from '../editor/editor.js' */
/** @import { Picture } from '../editor/view.js' */
/** @import { Seat } from '../host/seat.js' */

/**
 * What a run made of the drawing.
 * @typedef {object} Result
 * @property {Picture} picture
 * @property {number} at which of the pictures of the run it is
 * @property {number} count how many there are
 * @property {string} node the title of the node that shows it
 * @property {string | null} drawn the drawing it was made from, as its canonical text, where that is known
 * @property {readonly string[]} from the picture it was made from, by the keys it is known by; none where that is unknown
 */

/** @typedef {{ image: HTMLImageElement | HTMLCanvasElement, size: Size }} Preview */

/**
 * @typedef {object} Results
 * @property {Result | null} last
 * @property {Preview | null} preview what is being sampled
 * @property {string | null} fault why there is no newer one, in a sentence
 * @property {readonly StateEntry[]} states pictures to return to
 * @property {number} at the number of the state that is worked on
 */

/**
 * @typedef {object} State a picture of the host's input folder and the drawing on it, as the workflow keeps them
 * @property {string} picture
 * @property {unknown} drag
 * @typedef {State & { url: string }} StateEntry the same, and where the picture is to be had
 */

/** @typedef {'whole' | 'wipe' | 'beside'} Comparison */

/**
 * How the result is looked at.
 * @typedef {object} Look
 * @property {boolean} shown whether it is looked at as soon as there is one
 * @property {boolean} old whether one that is out of date is looked at, too
 * @property {boolean} before whether the picture before it is looked at, for as long as a key is held
 * @property {Comparison} mode
 * @property {number} opacity of the result over the picture, 0 to 1
 * @property {number} wipe how much of the width is the picture before, 0 to 1
 * @property {boolean} drawn whether the drawing lies over it
 * @property {boolean} strip whether the states are listed
 */

/** @typedef {{ node: GraphNode, place: import('./flat.js').Place }} Holder a node that stands for a subgraph, and where */

/**
 * A canvas on its page.
 * @typedef {{ readonly seat: Seat, readonly editor: Editor }} Canvas where it stands, and its editor
 */

export {}
