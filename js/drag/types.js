// @ts-check
// What the values are made of. Points of the picture and of the screen are the same numbers, and never the same type.

/**
 * @typedef {readonly [number, number]} Pair two numbers: a way, a scale, a point of no place in particular
 * @typedef {Pair & { readonly __of: 'picture' }} PicturePoint a point of the picture, in its pixels
 * @typedef {Pair & { readonly __of: 'screen' }} ScreenPoint a point on the screen, in pixels of the canvas
 * @typedef {Pair} Size width and height
 * @typedef {readonly [left: number, top: number, right: number, bottom: number]} Box
 */

/**
 * @typedef {{ readonly radius: number, readonly points: readonly PicturePoint[], readonly erase?: boolean }} Stroke
 * @typedef {readonly PicturePoint[]} Corners
 * @typedef {object} Polygon the inside of a closed polygon by the even-odd rule
 * @property {Corners} polygon
 * @property {boolean} [erase]
 * @property {undefined} [outlines]
 * @property {undefined} [brush]
 *
 * @typedef {object} Outlines the inside of closed outlines together, so that one within another is a hole in it
 * @property {readonly Corners[]} outlines
 * @property {boolean} [erase]
 * @property {undefined} [polygon]
 * @property {undefined} [brush]
 *
 * @typedef {object} Brush strokes in the order they were painted
 * @property {readonly Stroke[]} brush
 * @property {undefined} [erase]
 * @property {undefined} [polygon]
 * @property {undefined} [outlines]
 *
 * @typedef {Polygon | Outlines | Brush} Shape
 */

/**
 * @typedef {{ readonly move: Pair, readonly scale: Pair, readonly rotate: number }} Affine
 * @typedef {readonly [a: number, b: number, c: number, d: number]} Linear a matrix: x' = a x + b y, y' = c x + d y
 * @typedef {{ readonly source: Shape, readonly affine: Affine, readonly target?: undefined }} Transformed
 * @typedef {{ readonly source: Shape, readonly target: Shape, readonly affine?: undefined }} Mapped
 * @typedef {Transformed | Mapped} Region
 * @typedef {'source' | 'target'} RegionEnd
 */

/**
 * @typedef {{ readonly handle: PicturePoint, readonly target: PicturePoint }} Pull one drag: a handle with its target
 * @typedef {'handle' | 'target'} PullEnd
 */

/**
 * An instruction; its size is that of the picture that its points belong to.
 * @typedef {object} Drag
 * @property {1} version
 * @property {Size | null} size
 * @property {readonly Pull[]} drags
 * @property {readonly Region[]} regions
 * @property {readonly Shape[]} mask
 */

/** @typedef {{ readonly code: string, readonly details: Record<string, unknown> }} Note */

/** @type {(x: number, y: number) => PicturePoint} */
export const picturePoint = (x, y) => /** @type {any} */ ([x, y])

/** @type {(x: number, y: number) => ScreenPoint} */
export const screenPoint = (x, y) => /** @type {any} */ ([x, y])
