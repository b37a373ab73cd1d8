// @ts-check
// The object tool: a stroke finds a thing, which becomes a region that is pulled; things that come with the picture are
// there to be pressed.
import { isIdentity, scaledTo, targetShape } from '../drag/affine.js'
import { addRegion, setShape } from '../drag/edits.js'
import { inShape } from '../drag/hits.js'
import { emptyDrag } from '../drag/read.js'
import { NO_MARKS, withLine } from '../segment/marks.js'
import { taken } from '../segment/take.js'
import { moveRegionFrom, pullGrip } from './regions.js'
import { stroke, tenth } from './gestures.js'
import { lookAhead, studyOf } from './studies.js'
import { selectedRegion } from './view.js'

/** @import { PicturePoint, Shape, Stroke } from '../drag/types.js' */
/** @import { Marks } from '../segment/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { Gesture, Keys } from './gestures.js' */
/** @import { ObjectMarks, Objects } from './view.js' */

/** @type {WeakMap<Objects, Objects>} */
const scaled = new WeakMap()
const THIN = 5 // half the width of a stroke, in pixels of the screen

/** @type {(editor: Editor, point: PicturePoint, keys: Keys) => Gesture | null} */
export function pressObject(editor, point, { shiftKey, altKey }) {
  editor.set({ notice: null })
  const less = altKey !== editor.view.cut,
    selected = selectedRegion(editor.view),
    pulled = selected === null ? null : pullGrip(editor, selected, point)
  if (pulled) return pulled
  if (shiftKey || less) return strokeOn(editor, point, less)
  const there = regionAt(editor, point)
  if (there >= 0) return moveRegionFrom(editor, { index: there, part: 'target' }, point)
  const given = givenAt(editor, point)
  return given ? takeGiven(editor, given, point) : strokeOn(editor, point, false)
}

/**
 * The region under a point, the last one drawn first; or -1.
 * @type {(editor: Editor, point: PicturePoint) => number}
 */
export function regionAt(editor, point) {
  const { regions } = editor.document.drag
  return regions.findLastIndex((region) => inShape(targetShape(region), point) || inShape(region.source, point))
}

/**
 * The smallest of the given things under a point, or null.
 * @type {(editor: Editor, point: PicturePoint) => Shape | null}
 */
export function givenAt(editor, point) {
  return givenOf(editor).find((shape) => inShape(shape, point)) ?? null
}

/** The things that came with the picture, in its pixels. @type {(editor: Editor) => readonly Shape[]} */
export function givenOf({ paper, scene: { objects } }) {
  if (!objects) return []
  const known = scaled.get(objects)
  if (String(known?.size) === String(paper) && known) return known.shapes
  const shapes = scaledTo({ ...emptyDrag(), size: objects.size, mask: objects.shapes }, paper).mask
  scaled.set(objects, { shapes, size: paper })
  return shapes
}

/**
 * Makes a region of a given thing, which the same press pulls.
 * @type {(editor: Editor, shape: Shape, point: PicturePoint) => Gesture}
 */
function takeGiven(editor, shape, point) {
  const index = place(editor, shape, null)
  return moveRegionFrom(editor, { index, part: 'target' }, point)
}

/** @type {(editor: Editor, start: PicturePoint, less: boolean) => Gesture | null} */
function strokeOn(editor, start, less) {
  const going = goingOn(editor)
  if (less && !going) return refuse(editor, 'nothingToCut')
  if (editor.scene.picture) lookAhead(editor.scene.picture)
  const finish = (/** @type {Stroke} */ line) => find(editor, withLine(going?.marks ?? NO_MARKS, line), going?.index)
  const radius = Math.max(tenth((THIN * editor.stage.unit) / editor.frame.scale), 0.1)
  return stroke(editor, start, less, false, finish, radius)
}

/**
 * The marks of the object that more strokes are for: the one just found, until it is pulled.
 * @type {(editor: Editor) => ObjectMarks | null}
 */
function goingOn({ view, document }) {
  const region = view.object && document.drag.regions[view.object.index]
  const isSelected = view.object && selectedRegion(view) === view.object.index
  return isSelected && region?.affine && isIdentity(region.affine) ? view.object : null
}

/**
 * Finds what the marks mean and makes it a region, or the other shape of one.
 * @type {(editor: Editor, marks: Marks, index?: number) => void}
 */
function find(editor, marks, index) {
  const { picture } = editor.scene
  if (!picture) return void refuse(editor, 'noPicture')
  const [width, height] = picture.size
  const lines = [...marks.strokes.filter((line) => !line.erase).map((line) => line.points), marks.around ?? []].flat()
  if (!lines.length) return void refuse(editor, 'empty')
  if (!lines.some(([x, y]) => x >= 0 && y >= 0 && x < width && y < height)) return void refuse(editor, 'outside')
  const shape = taken(studyOf(picture), marks, picture.size)
  if (!shape) return void refuse(editor, 'empty')
  place(editor, shape, marks, index)
}

/**
 * Stores an outline as a region that stays where it is until it is pulled; returns its number.
 * @type {(editor: Editor, shape: Shape, marks: Marks | null, index?: number) => number}
 */
function place(editor, shape, marks, index = editor.document.drag.regions.length) {
  const { drag } = editor.document,
    isNew = index === drag.regions.length
  editor.commit(isNew ? addRegion(drag, shape) : setShape(drag, index, 'source', shape), {
    selection: { kind: 'regions', index, part: 'target' },
    awaiting: null,
    object: marks && { marks, index }
  })
  return index
}

/** Says why a press does nothing. @type {(editor: Editor, why: string) => null} */
function refuse(editor, why) {
  editor.set({ notice: why })
  return null
}
