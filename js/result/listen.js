// @ts-check
// The runs of the page: what they show of a canvas's drawing, what they sample, and why they fail.
import { decoded, findPicture, viewUrl } from '../host/picture.js'
import { outputsOf } from '../host/upstream.js'
import { readStates } from './go_on.js'
import { pasted } from './paste.js'
import { promptOf } from './png.js'
import { lastRunWith } from './recall.js'
import { refusalOf } from './refusal.js'
import { canonical, keyOfFile, keyOfUrl } from './state.js'
import { downstreamOf } from './targets.js'
import { fileOf } from './names.js'

/** @import { Size } from '../drag/types.js' */
/** @import { Editor } from '../editor/editor.js' */
/** @import { Prompt } from './png.js' */
/** @import { Canvas, Preview, Result, Results } from './types.js' */

/**
 * @typedef {{ files: SentFile[], title: string, rank: number, run: string, turn: number }} Arrival pictures that a run shows
 */

const CLOSE = 0.015 // of the ratio of the sides
const CELL = 8
const LONGEST = 400
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
    /** @type {string | null} */
    this.refused = null
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
    for (const [name, listener] of Object.entries(this.events)) this.canvas.seat.api.addEventListener(name, listener)
    this.set(readStates(this.canvas.seat))
  }

  end() {
    listeners.delete(this)
    for (const [name, listener] of Object.entries(this.events)) this.canvas.seat.api.removeEventListener(name, listener)
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
    this.refused = null
    this.lookForRefusal() // the server takes the sound branches of a graph and refuses the others
  }

  /** @type {(detail: Executed) => void} */
  executed({ display_node, node, output, prompt_id }) {
    const files = picturesIn(output)
    if (files) this.arrive(String(display_node ?? node), files, prompt_id)
  }

  /** Looks for what is there already, as after undo. */
  look() {
    this.set(readStates(this.canvas.seat))
    if (this.canvas.editor.scene.results.last) return
    for (const { id, node } of downstreamOf(this.canvas.seat).targets) {
      const files = picturesIn(outputsOf(this.canvas.seat.app, node))
      if (files) return this.arrive(id, files, '')
    }
    this.recall().catch(ignoreLost)
  }

  /** Looks for what the host still has of the drawing as it is. */
  async recall() {
    const { seat, editor } = this.canvas,
      drawn = canonical(editor.document.value),
      run = seat.root.id ? await lastRunWith(seat.api, seat.root.id, seat.id, drawn) : null
    if (!run || this.taken || drawn !== canonical(editor.document.value)) return
    for (const { id } of downstreamOf(seat).targets) {
      const files = picturesIn(run.outputs[id])
      if (files) return this.arrive(id, files, run.id)
    }
  }

  /** @type {(id: string, files: SentFile[], run: string) => void} */
  arrive(id, files, run) {
    const { targets } = downstreamOf(this.canvas.seat),
      rank = targets.findIndex((target) => target.id === id)
    if (rank < 0) return
    const arrival = { files, title: targets[rank].node.title, rank, run, turn: ++this.turn }
    this.take(arrival, this.lookedAtOf(arrival)).catch(ignoreLost)
  }

  /** Which of its pictures is looked at: that of before, where as many came of the same node. @type {(arrival: Arrival) => number} */
  lookedAtOf({ files, rank }) {
    const { last } = this.canvas.editor.scene.results
    return last && rank === this.taken?.rank && files.length === last.count ? last.at : 0
  }

  /** Shows another picture of those that the run has made. @type {(by: 1 | -1) => void} */
  step(by) {
    const { last } = this.canvas.editor.scene.results
    if (this.taken && last) this.take(this.taken, (last.at + by + last.count) % last.count).catch(ignoreLost)
  }

  /** @type {(arrival: Arrival, at: number) => Promise<void>} */
  async take(arrival, at) {
    const url = viewUrl(this.canvas.seat.api, arrival.files[at]),
      from = this.pictureKeys()
    const file = await (await fetch(url)).blob(),
      picture = { ...(await decoded(file)), url },
      prompt = promptOf(await file.arrayBuffer())
    if (!isNewer(arrival, this.taken) || !this.fits(picture.size)) return
    this.taken = arrival
    const last = { picture, at, count: arrival.files.length, node: arrival.title, ...this.origin(prompt, arrival.run, from) }
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
    const inputs = prompt?.[this.canvas.seat.id]?.inputs
    if (!inputs) return { drawn: this.begun.run === run ? this.begun.drawn : null, from }
    const source = Array.isArray(inputs.image) ? prompt?.[String(inputs.image[0])] : undefined
    const named = source?.class_type === 'LoadImage' ? String(source.inputs.image) : null
    const sent = outputsOf(this.canvas.seat.app, this.canvas.seat.node)?.dragkit_picture?.[0]
    const keys = named ? [keyOfFile(fileOf(named)), ...(sent ? [keyOfFile(sent)] : [])] : from
    return { drawn: canonical(inputs.drag), from: keys }
  }

  /** What the picture on the canvas is known by. @type {() => string[]} */
  pictureKeys() {
    return (findPicture(this.canvas.seat).urls ?? []).map(keyOfUrl)
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
    const { makers } = downstreamOf(this.canvas.seat),
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
    const boxes = outputsOf(this.canvas.seat.app, cut)?.dragkit_parts ?? [],
      { picture } = this.canvas.editor.scene
    return picture && boxes.length === 1 ? pasted(picture, part, boxes[0]) : null
  }

  /** Says why the server did not even begin with what the canvas leads to. */
  lookForRefusal() {
    const { needed, reached } = downstreamOf(this.canvas.seat),
      refusal = this.canvas.seat.app.extensionManager.lastNodeErrors ? refusalOf(this.canvas.seat.app, new Set([...needed, ...reached])) : null
    if (refusal === this.refused) return
    const { fault } = this.canvas.editor.scene.results
    if (refusal) this.set({ preview: null, fault: refusal })
    else if (fault === this.refused) this.set({ fault: null })
    this.refused = refusal
  }

  /** @type {(detail: Failed) => void} */
  fail({ node_id, exception_message }) {
    const { reached } = downstreamOf(this.canvas.seat)
    this.set({ preview: null, ...(reached.has(String(node_id)) ? { fault: sentenceIn(exception_message) } : {}) })
  }
}

/** What is told of what went wrong in a run. @type {(words: string) => string} */
export function sentenceIn(words) {
  return words.trim().split('\n')[0].slice(0, LONGEST)
}

/** Whether a canvas that is in view says a sentence. @type {(sentence: string) => boolean} */
export function isSaid(sentence) {
  const isIn = (/** @type {Editor} */ { root, scene }) =>
    root.getClientRects().length > 0 && scene.results.fault === sentence
  return [...listeners].some(({ canvas }) => isIn(canvas.editor))
}

/** Lets all canvases look for what a graph that was just loaded brings. */
export function lookAll() {
  for (const listener of listeners) listener.look()
}

/** @type {(output: NodeOutput | null | undefined) => SentFile[] | null} */
function picturesIn(output) {
  return [output?.images, output?.dragkit_picture].find((files) => files?.length) ?? null
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
