// Draws everything on the canvas, from the picture up to the cursor.
import { centreOf, scaledTo, targetShape } from '../drag/affine.js'
import { toCanvas } from '../drag/view.js'
import { BendLayer } from './bend_layer.js'
import { MaskLayer } from './mask_layer.js'
import { COLOURS, drawArrow, drawCross, drawGrips, drawLabel, drawPath, drawRing, drawShape } from './marks.js'
import { placeLabels } from './labels.js'
import { gripsOf } from './regions.js'
import { closesPath } from './paths.js'
import { radiusOf } from './gestures.js'

const MOST_DENSITY = 3
const SMOOTH_BELOW = 3

export class Painter {
  constructor(editor, stage) {
    this.editor = editor
    this.stage = stage
    this.mask = new MaskLayer()
    this.bend = new BendLayer()
  }

  draw() {
    const { editor, stage } = this,
      [width, height] = stage.size
    const density = Math.min((window.devicePixelRatio || 1) * Math.max(1 / stage.unit, 1), MOST_DENSITY)
    const [w, h] = [Math.round(width * density), Math.round(height * density)]
    if (stage.canvas.width !== w || stage.canvas.height !== h) Object.assign(stage.canvas, { width: w, height: h })
    const context = (this.context = stage.canvas.getContext('2d'))
    context.setTransform(density, 0, 0, density, 0, 0)
    context.clearRect(0, 0, width, height)
    if (!editor.size) return
    this.view = editor.viewNow
    this.unit = Math.min(stage.unit, 2)
    this.drawPicture()
    this.drawMask()
    if (editor.bends) this.drawBend()
    this.drawRegions()
    this.drawDrags()
    this.drawPathInProgress()
    this.drawCursor()
  }

  at(point) {
    return toCanvas(this.view, point)
  }

  drawPicture() {
    const { context, view, editor } = this,
      [width, height] = editor.size
    context.fillStyle = 'rgba(128, 128, 128, 0.25)'
    context.fillRect(view.x, view.y, width * view.scale, height * view.scale)
    if (editor.picture) this.drawOver(editor.picture.image, view.scale < SMOOTH_BELOW)
  }

  /** Lays an image over the whole picture. */
  drawOver(image, smooth) {
    const { context, view } = this,
      [width, height] = this.editor.size
    context.imageSmoothingEnabled = smooth
    context.imageSmoothingQuality = this.editor.draft ? 'low' : 'high'
    context.drawImage(image, view.x, view.y, width * view.scale, height * view.scale)
  }

  drawMask() {
    const { editor } = this,
      line = editor.stroke?.onMask ? editor.stroke.line : null
    const shade = this.mask.update(editor.shown, editor.size, editor.under, line)
    if (shade) this.drawOver(shade, this.view.scale < 1)
  }

  drawBend() {
    const { editor } = this,
      drag = editor.base ? joined(editor.shown, scaledTo(editor.base, editor.size)) : editor.shown
    const bent = this.bend.update(drag, editor.picture, editor.under, Boolean(editor.draft))
    if (bent) this.drawOver(bent, true)
  }

  drawRegions() {
    const { editor, context } = this,
      { shown, selection } = editor
    if (editor.base)
      for (const region of scaledTo(editor.base, editor.size).regions) this.drawRegion(region, { faint: true })
    shown.regions.forEach((region, index) => {
      const chosen = selection?.kind === 'regions' && selection.index === index
      this.drawRegion(region, {
        chosen,
        lit: editor.hover?.kind === 'regions' && editor.hover.index === index,
        number: index + 1
      })
      if (chosen && editor.tool === 'region')
        drawGrips(
          context,
          gripsOf(editor, region).map((g) => ({ ...g, point: this.at(g.point) })),
          this.unit
        )
    })
    if (editor.stroke && !editor.stroke.onMask)
      this.drawRegionShape({ brush: [editor.stroke.line] }, editor.awaiting === null ? 'source' : 'target', {})
  }

  drawRegion(region, { chosen, lit, faint, number }) {
    const target = targetShape(region),
      { context } = this
    this.drawRegionShape(region.source, 'source', { chosen, faint })
    this.drawRegionShape(target, 'target', { chosen: chosen || lit, faint })
    const ends = { handle: this.at(centreOf(region.source)), target: this.at(centreOf(target)) }
    drawArrow(context, ends, { unit: this.unit, faint, dashed: true })
    if (number) drawLabel(context, `R${number}`, ends.handle, this.unit)
  }

  drawRegionShape(shape, end, look) {
    drawShape(this.context, shape, COLOURS[end], (point) => this.at(point), this.view.scale, {
      ...look,
      unit: this.unit
    })
  }

  drawDrags() {
    const { editor, context, unit } = this,
      { shown, selection, hover } = editor
    const onCanvas = ({ handle, target }) => ({ handle: this.at(handle), target: this.at(target) })
    if (editor.base)
      for (const drag of scaledTo(editor.base, editor.size).drags)
        drawArrow(context, onCanvas(drag), { unit, faint: true })
    const arrows = shown.drags.map(onCanvas)
    const state = (index) => ({
      unit,
      crowded: arrows.length > 24,
      chosen: selection?.kind === 'drags' && selection.index === index && selection.part,
      lit: hover?.kind === 'drags' && hover.index === index && hover.part
    })
    arrows.forEach((arrow, index) => drawArrow(context, arrow, state(index)))
    placeLabels(arrows, unit).forEach((place, index) =>
      drawLabel(context, String(index + 1), place, unit, state(index).chosen)
    )
  }

  drawPathInProgress() {
    const { editor, context } = this
    if (!editor.path) return
    const closes = editor.pointer && closesPath(editor, editor.pointer)
    const ahead = editor.pointer && !editor.stage.gesture ? [closes ? editor.path.points[0] : editor.pointer] : []
    drawPath(
      context,
      [...editor.path.points, ...ahead].map((point) => this.at(point)),
      this.unit,
      closes
    )
  }

  drawCursor() {
    const { editor, context } = this,
      { pointer, tool } = editor
    if (editor.cross) drawCross(context, this.at(editor.cross), this.unit)
    const brushing = tool === 'brush' || tool === 'erase' || (tool === 'region' && this.drawsByBrush())
    if (!pointer || !brushing || !editor.canDraw || editor.hover) return
    drawRing(context, this.at(pointer), radiusOf(editor) * this.view.scale, tool === 'erase')
  }

  drawsByBrush() {
    return (this.editor.awaiting === null ? this.editor.source : this.editor.target) === 'brush'
  }
}

/** Two instructions as one, as core/grid/merge.py joins them; the mask of the second is in the one below already. */
function joined(own, base) {
  return { ...own, drags: [...own.drags, ...base.drags], regions: [...base.regions, ...own.regions] }
}
