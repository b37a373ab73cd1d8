// @ts-check
// The view: tools and their settings, what is looked at, and the gesture in progress. None of it is stored.
import { NO_RESULTS, START_LOOK } from '../result/state.js'

/** @import { Drag, PicturePoint, Pull, PullEnd, Region, RegionEnd, Shape, Size, Stroke } from '../drag/types.js' */
/** @import { Frame } from '../drag/frame.js' */
/** @import { Reading } from '../drag/read.js' */
/** @import { Marks } from '../segment/types.js' */
/** @import { Look, Results } from '../result/types.js' */
/** @import { Grip } from './regions.js' */

/**
 * @typedef {'object' | 'drag' | 'anchor' | 'region' | 'brush' | 'erase' | 'lasso' | 'hand'} Tool
 * @typedef {'polygon' | 'brush'} SourceKind
 * @typedef {'frame' | SourceKind} TargetKind
 * @typedef {{ kind: 'drags', index: number, part: PullEnd | 'shaft' }} SelectedDrag
 * @typedef {{ kind: 'regions', index: number, part: RegionEnd }} SelectedRegion
 * @typedef {SelectedDrag | SelectedRegion} Selection
 * @typedef {Omit<SelectedRegion, 'part'> & { part?: RegionEnd, grip?: Grip }} HoverRegion
 * @typedef {{ kind: 'given', shape: Shape }} HoverGiven a thing that came with the picture
 * @typedef {SelectedDrag | HoverRegion | HoverGiven} Hover
 * @typedef {{ marks: Marks, index: number }} ObjectMarks the marks that a region was found by, and its number
 * @typedef {{ points: readonly PicturePoint[], finish: (corners: readonly PicturePoint[]) => void }} Path
 */

/**
 * @typedef {object} View
 * @property {Tool} tool
 * @property {number} radius of the brush, on a picture whose longer side is 512
 * @property {boolean} cut whether the outline and object tools take away
 * @property {SourceKind} source how the source of a region is drawn
 * @property {TargetKind} target how its target is
 * @property {boolean} live whether the picture is shown bent
 * @property {Frame | null} frame where the picture lies on the canvas, null where all of it is shown
 * @property {Selection | null} selection
 * @property {number | null} awaiting the region whose target is drawn next
 * @property {ObjectMarks | null} object what more strokes of the object tool go on with
 * @property {string | null} notice why the last press did nothing, a key of the strings
 * @property {Drag | null} draft the change in progress
 * @property {Path | null} path the outline in progress
 * @property {{ line: Stroke, onMask: boolean } | null} stroke the brush stroke in progress
 * @property {PicturePoint | null} pointer
 * @property {PicturePoint | null} cross the keyboard's pointer
 * @property {PicturePoint | null} lingers where the pointer was when it was released, until it goes on
 * @property {Hover | null} hover what a press would take
 * @property {Look} look how the result is looked at
 */

/**
 * What the page brings along to draw on.
 * @typedef {object} Scene
 * @property {Picture | null} picture
 * @property {PictureState | null} pictureState why there is none
 * @property {Mask | null} under the mask below the drawing
 * @property {Reading | null} base the instruction below it
 * @property {Objects | null} objects things to press and pull
 * @property {Results} results what runs made of the drawing
 * @property {boolean} whole whether the nodes behind move what is pulled as a whole
 */

/**
 * @typedef {{ image: HTMLImageElement, size: Size, url: string }} Picture
 * @typedef {{ kind: string, [detail: string]: unknown }} PictureState a key of the strings, and what its sentences name
 * @typedef {{ pixels: Uint8Array, size: Size }} Mask
 * @typedef {{ shapes: readonly Shape[], size: Size }} Objects in pixels of that size, the smallest first
 */

/** Why there is no picture: the canvas is shown on another node. */
export const ELSEWHERE = 'elsewhere'

/** @type {Partial<Record<Tool, Selection['kind']>>} */
const SELECTS = { drag: 'drags', anchor: 'drags', region: 'regions', object: 'regions' }

/** @type {Readonly<View>} */
export const START = Object.freeze({
  tool: 'drag',
  radius: 24,
  cut: false,
  source: 'polygon',
  target: 'frame',
  live: true,
  frame: null,
  selection: null,
  awaiting: null,
  object: null,
  notice: null,
  draft: null,
  path: null,
  stroke: null,
  pointer: null,
  cross: null,
  lingers: null,
  hover: null,
  look: START_LOOK
})

/** @type {Readonly<Scene>} */
export const NOTHING = Object.freeze({
  picture: null,
  pictureState: null,
  under: null,
  base: null,
  objects: null,
  results: NO_RESULTS,
  whole: false
})

/** What outlives a rebuild of the node, as by undo. @type {(view: View) => View} */
export function settled({ tool, radius, cut, source, target, live, frame, selection, look }) {
  return { ...START, tool, radius, cut, source, target, live, frame, selection, look: { ...look, before: false } }
}

/** What becomes of a view by another tool. @type {(view: View, tool: Tool) => Partial<View>} */
export function withTool({ selection }, tool) {
  return {
    tool,
    path: null,
    awaiting: null,
    object: null,
    notice: null,
    selection: selection?.kind === SELECTS[tool] ? selection : null
  }
}

/** The drag that is selected, by its number. @type {(view: View) => number | null} */
export function selectedDrag({ selection }) {
  return selection?.kind === 'drags' ? selection.index : null
}

/** The region that is selected, by its number. @type {(view: View) => number | null} */
export function selectedRegion({ selection }) {
  return selection?.kind === 'regions' ? selection.index : null
}

/** How the next shape of a region is drawn. @type {(view: View) => TargetKind} */
export function nextShape({ awaiting, source, target }) {
  return awaiting === null ? source : target
}

/** What of a drawing is selected. @type {(drag: Drag, selection: Selection | null) => Pull | Region | undefined} */
export function itemOf(drag, selection) {
  return selection ? drag[selection.kind][selection.index] : undefined
}
