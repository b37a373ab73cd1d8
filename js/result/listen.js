// @ts-check
// The runs of the page: what they show of a canvas's drawing, what they sample, and why they fail.
import { contextOf } from '../editor/elements.js'
import { decoded, findPicture, viewUrl } from '../host/picture.js'
import { executionId, outputsOf } from '../host/upstream.js'
import { readStates } from './go_on.js'
import { promptOf } from './png.js'
import { canonical, keyOfFile, keyOfUrl } from './state.js'
import { downstreamOf } from './targets.js'
import { fileOf } from './names.js'

/** @import { Box, Size } from '../drag/types.js' */
/** @import { Prompt } from './png.js' */
/** @import { Canvas, Preview, Result, Results } from './types.js' */

/**
 * @typedef {{ file: SentFile, title: string, rank: number, run: string, turn: number }} Arrival a picture that a run shows
 */

const CLOSE = 0.015 // of the ratio of the sides
const CELL = 8
const LONGEST = 400
const LARGEST = 1024
/** @type {Set<RunListener>} */
const listeners = new Set()

export class RunListener {
  /** @param {Canvas} canvas */
  constructor(canvas) {
    this.canvas = canvas
    this.turn = 0
    /** @type {Arrival | null} */
    this.taken = null
    this.begun = { run: '', drawn: '' }
    this.decoding = false
    /** @type {Record<string, (event: CustomEvent) => void>} */
    this.events = {
      execution_start: ({ detail }) => this.begin(detail.prompt_id),
      executed: ({ detail }) => this.executed(detail),
      b_preview_with_metadata: ({ detail }) => this.preview(detail),
      execution_error: ({ detail }) => this.fail(detail),
      execution_interrupted: () => this.set({ preview: null }),
      execution_success: () => this.set({ preview: null })
    }
  }

  start() {
    listeners.add(this)
    for (const [name, listener] of Object.entries(this.events)) this.canvas.api.addEventListener(name, listener)
    this.set(readStates(this.canvas.api, this.canvas.node))
  }

  end() {
    listeners.delete(this)
    for (const [name, listener] of Object.entries(this.events)) this.canvas.api.removeEventListener(name, listener)
  }

  /** @type {(results: Partial<Results>) => void} */
  set(results) {
    const before = this.canvas.editor.scene.results,
      isNew = Object.entries(results).some(([name, value]) => before[/** @type {keyof Results} */ (name)] !== value)
    if (isNew) this.canvas.editor.apply({ scene: { results: { ...before, ...results } } })
  }

  /** @type {(run: string) => void} */
  begin(run) {
    this.begun = { run, drawn: canonical(this.canvas.editor.document.value) }
    this.set({ fault: null })
  }

  /** @type {(detail: Executed) => void} */
  executed({ display_node, node, output, prompt_id }) {
    const file = pictureIn(output)
    if (file) this.arrive(String(display_node ?? node), file, prompt_id)
  }

  /** Looks for what is there already, as after undo. */
  look() {
    this.set(readStates(this.canvas.api, this.canvas.node))
    if (this.canvas.editor.scene.results.last) return
    for (const { id, node } of downstreamOf(this.canvas.app, this.canvas.node).targets) {
      const file = pictureIn(outputsOf(this.canvas.app, node))
      if (file) return this.arrive(id, file, '')
    }
  }

  /** @type {(id: string, file: SentFile, run: string) => void} */
  arrive(id, file, run) {
    const { targets } = downstreamOf(this.canvas.app, this.canvas.node),
      rank = targets.findIndex((target) => target.id === id)
    if (rank < 0) return
    this.take({ file, title: targets[rank].node.title, rank, run, turn: ++this.turn }).catch(ignoreLost)
  }

  /** @type {(arrival: Arrival) => Promise<void>} */
  async take(arrival) {
    const url = viewUrl(this.canvas.api, arrival.file),
      from = this.pictureKeys()
    const file = await (await fetch(url)).blob(),
      picture = { ...(await decoded(file)), url },
      prompt = promptOf(await file.arrayBuffer())
    if (!isNewer(arrival, this.taken) || !this.fits(picture.size)) return
    this.taken = arrival
    const last = { picture, node: arrival.title, ...this.origin(prompt, arrival.run, from) }
    const { look } = this.canvas.editor.view
    this.canvas.editor.apply({
      scene: { results: { ...this.canvas.editor.scene.results, last, preview: null } },
      view: { look: { ...look, shown: true, old: false } }
    })
  }

  /**
   * What a result was made from: as its file says, else as it was when the run began.
   * @type {(prompt: Prompt | null, run: string, from: string[]) => Pick<Result, 'drawn' | 'from'>}
   */
  origin(prompt, run, from) {
    const inputs = prompt?.[executionId(this.canvas.app, this.canvas.node)]?.inputs
    if (!inputs) return { drawn: this.begun.run === run ? this.begun.drawn : null, from }
    const source = Array.isArray(inputs.image) ? prompt?.[String(inputs.image[0])] : undefined
    const named = source?.class_type === 'LoadImage' ? String(source.inputs.image) : null
    const sent = outputsOf(this.canvas.app, this.canvas.node)?.dragkit_picture?.[0]
    const keys = named ? [keyOfFile(fileOf(named)), ...(sent ? [keyOfFile(sent)] : [])] : from
    return { drawn: canonical(inputs.drag), from: keys }
  }

  /** What the picture on the canvas is known by. @type {() => string[]} */
  pictureKeys() {
    return (findPicture(this.canvas.app, this.canvas.api, this.canvas.node).urls ?? []).map(keyOfUrl)
  }

  /** Whether a picture has the shape of that on the canvas. @type {(size: Size) => boolean} */
  fits([width, height]) {
    const { size } = this.canvas.editor
    if (!size) return true
    const [w, h] = size,
      apart = Math.abs(width * h - height * w)
    return apart <= CLOSE * width * h || apart <= CELL * Math.max(w, h)
  }

  /** @type {(detail: Sampled) => Promise<void>} */
  async preview({ blob, displayNodeId, nodeId }) {
    if (this.decoding) return
    const { makers } = downstreamOf(this.canvas.app, this.canvas.node),
      cut = makers.get(String(displayNodeId ?? nodeId))
    if (cut === undefined) return
    this.decoding = true
    const { turn } = this
    try {
      const sampled = await decoded(blob),
        preview = cut ? this.putBack(sampled, cut) : sampled
      if (preview && turn === this.turn && this.fits(preview.size)) this.set({ preview })
    } catch (error) {
      ignoreLost(error)
    } finally {
      this.decoding = false
    }
  }

  /** A part of the picture where it was cut out, as far as one is told of. @type {(part: Preview, cut: GraphNode) => Preview | null} */
  putBack(part, cut) {
    const boxes = outputsOf(this.canvas.app, cut)?.dragkit_parts ?? [],
      { picture } = this.canvas.editor.scene
    return picture && boxes.length === 1 ? pasted(picture, part, boxes[0]) : null
  }

  /** @type {(detail: Failed) => void} */
  fail({ node_id, exception_message }) {
    const { reached } = downstreamOf(this.canvas.app, this.canvas.node)
    const sentence = exception_message.trim().split('\n')[0].slice(0, LONGEST)
    this.set({ preview: null, ...(reached.has(String(node_id)) ? { fault: sentence } : {}) })
  }
}

/** Lets all canvases look for what a graph that was just loaded brings. */
export function lookAll() {
  for (const listener of listeners) listener.look()
}

/**
 * A picture with a part laid over a box of it, in pixels of the picture; as large as a preview needs to be.
 * @type {(picture: Preview, part: Preview, box: Box) => Preview}
 */
function pasted({ image, size }, part, [left, top, width, height]) {
  const scale = Math.min(1, LARGEST / Math.max(...size)),
    [w, h] = size.map((side) => Math.max(Math.round(side * scale), 1))
  const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h }),
    context = contextOf(canvas)
  context.drawImage(image, 0, 0, w, h)
  context.drawImage(part.image, left * scale, top * scale, width * scale, height * scale)
  return { image: canvas, size: [w, h] }
}

/** @type {(output: NodeOutput | null | undefined) => SentFile | null} */
function pictureIn(output) {
  return output?.images?.[0] ?? output?.dragkit_picture?.[0] ?? null
}

/** Whether a picture is to be shown instead of the one before. @type {(next: Arrival, before: Arrival | null) => boolean} */
function isNewer(next, before) {
  if (!before) return true
  return next.run === before.run ? next.rank <= before.rank : next.turn > before.turn
}

/** A picture that cannot be had is none. @type {(error: unknown) => void} */
function ignoreLost(error) {
  if (!(error instanceof TypeError || error instanceof DOMException)) throw error
}
