// @ts-check
// Draws everything on the canvas, from the picture up to the cursor.
import { centreOf, scaledTo, targetShape } from '../drag/affine.js'
import { toCanvas } from '../drag/frame.js'
import { drawBeside, drawOver } from '../result/layer.js'
import { hidesDrawing, isCovered } from '../result/state.js'
import { BendLayer } from './bend_layer.js'
import { contextOf } from './elements.js'
import { MaskLayer } from './mask_layer.js'
import { drawGrips } from './grips.js'
import { COLOURS, drawArrow, drawCross, drawLabel, drawPath, drawRing, drawShape } from './marks.js'
import { placeLabels } from './labels.js'
import { givenOf } from './objects.js'
import { gripsOf } from './regions.js'
import { closesPath } from './paths.js'
import { radiusOf } from './gestures.js'
import { nextShape, selectedRegion } from './view.js'

/** @import { Drag, PicturePoint, Pull, Region, RegionEnd, ScreenPoint, Shape } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { ArrowLook } from './marks.js' */
/** @import { Stage } from './stage.js' */

/** @typedef {{ chosen?: boolean, lit?: boolean, faint?: boolean, number?: number }} RegionLook */

const MOST_DENSITY = 3
const SMOOTH_BELOW = 3

export class Painter {
  /**
   * @param {Editor} editor
   * @param {Stage} stage
   */
  constructor(editor, stage) {
    this.editor = editor
    this.stage = stage
    this.mask = new MaskLayer()
    this.bend = new BendLayer()
    this.context = contextOf(stage.canvas)
    this.frame = { scale: 1, x: 0, y: 0 }
    this.unit = 1
  }

  draw() {
    const { editor, stage, context } = this,
      [width, height] = stage.size
    const density = Math.min((window.devicePixelRatio || 1) * Math.max(1 / stage.unit, 1), MOST_DENSITY)
    const [w, h] = [Math.round(width * density), Math.round(height * density)]
    if (stage.canvas.width !== w || stage.canvas.height !== h) Object.assign(stage.canvas, { width: w, height: h })
    context.setTransform(density, 0, 0, density, 0, 0)
    context.clearRect(0, 0, width, height)
    if (!editor.size) return
    this.frame = editor.frame
    this.unit = Math.min(stage.unit, 2)
    this.drawPicture()
    drawOver(this)
    if (!hidesDrawing(editor)) this.drawDrawing()
    this.drawPathInProgress()
    this.drawCursor()
    drawBeside(this)
  }

  drawDrawing() {
    if (!isCovered(this.editor)) this.drawMask()
    if (this.editor.bends) this.drawBend()
    this.drawRegions()
    this.drawDrags()
  }

  /** @type {(point: PicturePoint) => ScreenPoint} */
  at(point) {
    return toCanvas(this.frame, point)
  }

  /** What lies below the drawing, in pixels of the picture. @returns {Drag | null} */
  get base() {
    const { base } = this.editor.scene
    return base && scaledTo(base, this.editor.paper)
  }

  drawPicture() {
    const { context, frame, editor } = this,
      [width, height] = editor.paper
    context.fillStyle = 'rgba(128, 128, 128, 0.25)'
    context.fillRect(frame.x, frame.y, width * frame.scale, height * frame.scale)
    if (editor.scene.picture) this.drawOver(editor.scene.picture.image, frame.scale < SMOOTH_BELOW)
  }

  /** Lays an image over the whole picture. @type {(image: CanvasImageSource, smooth: boolean) => void} */
  drawOver(image, smooth) {
    const { context, frame } = this,
      [width, height] = this.editor.paper
    context.imageSmoothingEnabled = smooth
    context.imageSmoothingQuality = this.editor.view.draft ? 'low' : 'high'
    context.drawImage(image, frame.x, frame.y, width * frame.scale, height * frame.scale)
  }

  drawMask() {
    const { editor } = this,
      { stroke } = editor.view,
      line = stroke?.onMask ? stroke.line : null
    const shade = this.mask.update(editor.shown, editor.paper, editor.scene.under, line)
    if (shade) this.drawOver(shade, this.frame.scale < 1)
  }

  drawBend() {
    const { editor, base } = this,
      drag = base ? joined(editor.shown, base) : editor.shown
    const bent = this.bend.update(drag, editor.scene, Boolean(editor.view.draft))
    if (bent) this.drawOver(bent, true)
  }

  drawRegions() {
    const { editor, base } = this,
      { hover, stroke, awaiting, tool } = editor.view,
      selected = selectedRegion(editor.view)
    if (tool === 'object') for (const shape of givenOf(editor)) this.drawRegionShape(shape, 'target', { faint: true })
    if (hover?.kind === 'given') this.drawRegionShape(hover.shape, 'target', { chosen: true })
    for (const region of base?.regions ?? []) this.drawRegion(region, { faint: true })
    editor.shown.regions.forEach((region, index) => {
      const lit = hover?.kind === 'regions' && hover.index === index
      this.drawRegion(region, { chosen: selected === index, lit, number: index + 1 })
      if (selected === index && (tool === 'region' || tool === 'object')) this.drawGripsOf(region)
    })
    if (stroke && !stroke.onMask)
      this.drawRegionShape({ brush: [stroke.line] }, awaiting === null ? 'source' : 'target')
  }

  /** @type {(region: Region) => void} */
  drawGripsOf(region) {
    const grips = gripsOf(this.editor, region).map((grip) => ({ ...grip, point: this.at(grip.point) }))
    drawGrips(this.context, grips, this.unit)
  }

  /** @type {(region: Region, look: RegionLook) => void} */
  drawRegion(region, { chosen, lit, faint, number }) {
    const target = targetShape(region),
      { context, unit } = this
    this.drawRegionShape(region.source, 'source', { chosen, faint })
    this.drawRegionShape(target, 'target', { chosen: chosen || lit, faint })
    const ends = { handle: this.at(centreOf(region.source)), target: this.at(centreOf(target)) }
    drawArrow(context, ends, { unit, faint, dashed: true })
    if (number) drawLabel(context, `R${number}`, ends.handle, unit)
  }

  /** @type {(shape: Shape, end: RegionEnd, look?: RegionLook) => void} */
  drawRegionShape(shape, end, { chosen, faint } = {}) {
    const { unit } = this,
      at = (/** @type {PicturePoint} */ point) => this.at(point)
    drawShape(this.context, shape, { at, scale: this.frame.scale }, { colour: COLOURS[end], chosen, faint, unit })
  }

  drawDrags() {
    const { editor, context, unit } = this,
      { selection, hover } = editor.view
    const onCanvas = (/** @type {Pull} */ { handle, target }) => ({ handle: this.at(handle), target: this.at(target) })
    for (const drag of this.base?.drags ?? []) drawArrow(context, onCanvas(drag), { unit, faint: true })
    const arrows = editor.shown.drags.map(onCanvas)
    /** @type {(index: number) => ArrowLook} */
    const look = (index) => ({
      unit,
      crowded: arrows.length > 24,
      chosen: selection?.kind === 'drags' && selection.index === index ? selection.part : undefined,
      lit: hover?.kind === 'drags' && hover.index === index ? hover.part : undefined
    })
    arrows.forEach((arrow, index) => drawArrow(context, arrow, look(index)))
    placeLabels(arrows, unit).forEach((place, index) =>
      drawLabel(context, String(index + 1), place, unit, Boolean(look(index).chosen))
    )
  }

  drawPathInProgress() {
    const { editor, context } = this,
      { path, pointer } = editor.view
    if (!path) return
    const closes = pointer !== null && closesPath(editor, pointer)
    const ahead = pointer && !editor.stage.gesture ? [closes ? path.points[0] : pointer] : []
    const points = [...path.points, ...ahead].map((point) => this.at(point))
    drawPath(context, points, this.unit, closes)
  }

  drawCursor() {
    const { editor, context } = this,
      { pointer, tool, cross, hover } = editor.view
    if (cross) drawCross(context, this.at(cross), this.unit)
    const onMask = tool === 'brush' || tool === 'erase',
      brushing = onMask || (tool === 'region' && nextShape(editor.view) === 'brush')
    if (!pointer || !brushing || !editor.canDraw || hover) return
    drawRing(context, this.at(pointer), radiusOf(editor) * this.frame.scale, tool === 'erase')
  }
}

/**
 * Two instructions as one, as core/grid/merge.py joins them; the mask of the second is in the one below already.
 * @type {(own: Drag, base: Drag) => Drag}
 */
function joined(own, base) {
  return { ...own, drags: [...own.drags, ...base.drags], regions: [...base.regions, ...own.regions] }
}
