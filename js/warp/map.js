// Where the content of every pixel comes from when an instruction is carried out, as in core/redraw/pixels.py.
import { applied, centreOf, isIdentity, linearOf, shapeBounds, targetShape } from '../drag/affine.js'
import { rasterise } from '../drag/raster.js'
import { filledParts } from './parts.js'
import { flow } from './flow.js'
import { mapPolygons } from './polygons.js'
import { mapSpans } from './spans.js'

const TIE = 1e-6

/** The map of an instruction at a picture's size; `mask` is its editable area in bytes, or null. */
export class PixelMap {
  constructor(drag, [width, height], mask) {
    Object.assign(this, { width, height })
    this.target = new Uint8Array(width * height)
    this.source = new Uint8Array(width * height)
    this.x = new Float32Array(width * height)
    this.y = new Float32Array(width * height)
    if (mask && drag.drags.length) this.addByDrags(this.besideRegions(mask, drag.regions), drag.drags)
    const free = this.target.slice()
    for (const region of drag.regions) this.addRegion(region, drag.drags)
    if (drag.regions.length && mask) this.limit(mask, free)
    this.vacated = this.findVacated(drag.regions.length ? mask : null)
  }

  findVacated(mask) {
    const { source, target } = this,
      vacated = new Uint8Array(source.length)
    for (let at = 0; at < source.length; at++) vacated[at] = source[at] && !target[at] && (!mask || mask[at]) ? 1 : 0
    return vacated
  }

  /** Whether anything moves. */
  get moves() {
    return this.target.includes(1) || this.source.includes(1)
  }

  /** The parts of the mask that no source or target of a region touches. */
  besideRegions(mask, regions) {
    if (!regions.length) return mask
    const size = [this.width, this.height],
      [first] = filledParts(mask, ...size),
      touched = new Set([0])
    if (!first) return mask
    for (const shape of regions.flatMap((region) => [region.source, targetShape(region)])) {
      rasterise(shape, size).forEach((pixel, at) => pixel && touched.add(first.numbers[at]))
    }
    return Uint8Array.from(first.numbers, (number) => Number(!touched.has(number)))
  }

  addRegion(region, drags) {
    const { source, target, affine } = region,
      { width, height } = this
    if (affine) return this.addTransformed(source, affine, drags)
    if (source.polygon && target.polygon && source.polygon.length === target.polygon.length) {
      return this.add((put) => mapPolygons(source.polygon, target.polygon, width, height, put))
    }
    const [from, to] = [source, target].map((shape) => rasterise(shape, [width, height]))
    this.add((put) => mapSpans(from, to, width, height, put) && from)
  }

  addTransformed(source, affine, drags) {
    const area = rasterise(source, [this.width, this.height])
    if (isIdentity(affine) && this.addByDrags(area, drags)) return
    this.add((put) => {
      this.mapAffine(area, source, affine, put)
      return area
    })
  }

  /** Lets the parts of an area flow with the drags that start in them; tells whether there is one. */
  addByDrags(area, drags) {
    const { width, height } = this
    const held = (part, { handle: [x, y] }) =>
      x >= 0 && y >= 0 && x < width && y < height && part.holds(Math.floor(y) * width + Math.floor(x))
    let found = false
    for (const part of filledParts(area, width, height)) {
      const own = drags.filter((drag) => held(part, drag))
      if (!own.length) continue
      found = true
      const pixels = part.pixels()
      this.add((put) => {
        flow({ pixels, box: part.box }, own, width, height, put)
        return pixels
      })
    }
    return found
  }

  mapAffine(area, shape, affine, put) {
    const centre = centreOf(shape),
      [left, top, right, bottom] = shapeBounds(shape),
      { width, height } = this
    const corners = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom]
    ].map((corner) => applied(affine, corner, centre))
    const [x0, x1] = range(
        corners.map((c) => c[0]),
        width
      ),
      [y0, y1] = range(
        corners.map((c) => c[1]),
        height
      )
    const [a, b, c, d] = linearOf(affine),
      size = a * d - b * c
    for (let row = y0; row < y1; row++) {
      for (let column = x0; column < x1; column++) {
        const x = column + 0.5 - centre[0] - affine.move[0],
          y = row + 0.5 - centre[1] - affine.move[1]
        const fromX = (d * x - b * y) / size + centre[0],
          fromY = (a * y - c * x) / size + centre[1]
        const fromColumn = Math.floor(fromX + TIE),
          fromRow = Math.floor(fromY + TIE)
        const inside = fromColumn >= 0 && fromRow >= 0 && fromColumn < width && fromRow < height
        if (inside && area[fromRow * width + fromColumn]) put(row * width + column, fromX, fromY)
      }
    }
  }

  /** Lays one region on top; one that leaves everything in place counts as neither source nor target. */
  add(map) {
    const { width, x: mapX, y: mapY } = this,
      got = new Uint8Array(mapX.length)
    const xs = (this.xs ??= new Float64Array(mapX.length)),
      ys = (this.ys ??= new Float64Array(mapX.length))
    const area = map((at, x, y) => {
      got[at] = 1
      xs[at] = x
      ys[at] = y
    })
    if (!area) return
    const counts = Number(!stays(got, xs, ys, width))
    for (let at = 0; at < got.length; at++) {
      if (area[at] && counts) this.source[at] = 1
      if (!got[at]) continue
      this.target[at] = counts
      if (!counts) this.source[at] = 0
      mapX[at] = Math.min(Math.max(xs[at], 0), width)
      mapY[at] = Math.min(Math.max(ys[at], 0), this.height)
    }
  }

  limit(mask, free) {
    for (let at = 0; at < mask.length; at++) if (!mask[at] && !free[at]) this.target[at] = 0
  }
}

/** Tells whether pixels got their own content, and there are any. */
function stays(got, xs, ys, width) {
  for (let at = got.indexOf(1); at >= 0 && at < got.length; at++) {
    if (got[at] && (xs[at] !== (at % width) + 0.5 || ys[at] !== Math.floor(at / width) + 0.5)) return false
  }
  return got.includes(1)
}

function range(values, limit) {
  const clamp = (value) => Math.min(Math.max(value, 0), limit)
  return [clamp(Math.floor(Math.min(...values)) - 1), clamp(Math.ceil(Math.max(...values)) + 1)]
}
