// @ts-check
// What passes between the steps that find an outline; for the reader and the type checker, nothing here runs.

/** @import { Corners, Size, Stroke } from '../drag/types.js' */

/**
 * @typedef {{ readonly data: Uint8ClampedArray, readonly size: Size }} Raster a picture: four bytes a pixel
 * @typedef {{ readonly pixels: Uint8Array, readonly size: Size }} Mask ones where the thing is
 */

/**
 * What was drawn to say what is meant, in pixels of the raster.
 * @typedef {object} Marks
 * @property {readonly Stroke[]} strokes on the thing; erasing ones beside it
 * @property {Corners | null} around a line drawn around all of it
 */

/**
 * Cells of much the same colour, and what they border on.
 * @typedef {object} Cells
 * @property {Int32Array} labels the cell of every pixel
 * @property {Size} size
 * @property {number} count
 * @property {Float32Array} colours three for each cell
 * @property {Float32Array} weights pixels of each cell
 * @property {Float32Array} rims pixels of each cell at the border of the picture
 * @property {Borders} borders
 */

/**
 * Pairs of neighbouring cells.
 * @typedef {object} Borders
 * @property {Int32Array} from
 * @property {Int32Array} to
 * @property {Float32Array} lengths in pixels
 * @property {Float32Array} contrasts mean difference in colour along the border
 */

/**
 * A picture, looked at once; the cells are those of a copy that many times smaller.
 * @typedef {{ readonly fine: Raster, readonly cells: Cells, readonly shrink: number }} Study
 */

export {}
