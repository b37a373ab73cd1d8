// @ts-check
// Live: what depends on a drawing runs as soon as it changes.
import { isAnchor } from '../drag/edits.js'
import { sourceOf } from '../host/upstream.js'
import { flattened } from '../result/flat.js'
import { livePrompt, refusal, withSeeds } from './prompt.js'
import { cancel, hear, lastRun, lead, newId, post } from './runs.js'
import { Turns } from './turns.js'

/** @import { Drag } from '../drag/types.js' */
/** @import { Canvas } from '../result/types.js' */
/** @import { Prompt, Seed } from './prompt.js' */

const PROPERTY = 'dragkit_live'
const JUST_NOW = 1000
const PREVIEWS = 'Comfy.Execution.PreviewMethod'
const CONTROL = 'control_after_generate'
/** @type {Map<string, { text: string | null, at: number }>} */
const left = new Map()

export class Live {
  /** @param {Canvas} canvas */
  constructor(canvas) {
    this.canvas = canvas
    this.turns = new Turns(
      () => this.queue(),
      (id) => cancel(canvas.seat.api, id)
    )
    /** @type {unknown} the drawing that was last looked at */
    this.seen = undefined
    /** @type {string | null} the same as text, while Live is on */
    this.text = null
  }

  get isOn() {
    return this.canvas.seat.saved(PROPERTY) === true
  }

  toggle() {
    this.canvas.seat.save(PROPERTY, !this.isOn)
    this.text = null
    this.canvas.editor.host.changed()
    this.canvas.editor.refresh()
    if (!this.isOn) return this.turns.stop()
    if (this.seeds().length) this.canvas.editor.note('seedsHeld')
    this.changed()
    if (movesSomething(this.canvas)) this.turns.next()
  }

  /** Goes on where the canvas before it stopped, as by undo. @type {(key: string) => void} */
  start(key) {
    hear(this.canvas.seat.api)
    const before = left.get(key)
    if (before && performance.now() - before.at < JUST_NOW) this.text = before.text
  }

  /** @type {(key: string | undefined) => void} */
  end(key) {
    if (key) left.set(key, { text: this.text, at: performance.now() })
    this.turns.stop()
  }

  /** The drawing may be another one than before. */
  changed() {
    const { value } = this.canvas.editor.document,
      before = this.text
    if (value === this.seen && before !== null) return
    this.seen = value
    this.text = this.isOn ? JSON.stringify(value) : null
    if (this.text !== null && before !== null && this.text !== before && movesSomething(this.canvas)) this.turns.next()
  }

  /** Queues what depends on the drawing as it is now. @type {() => Promise<string | null>} */
  async queue() {
    const { seat, editor } = this.canvas
    try {
      const { output, workflow } = await seat.app.graphToPrompt()
      const { prompt, targets } = livePrompt(output, seat.id)
      if (targets.some((id) => isPaid(prompt[id].class_type))) return this.fail(editor.t('fromLive.paid'))
      if (!targets.length) return this.fail(editor.t('fromLive.nothing'))
      return await this.send(await this.withHeldSeeds(prompt), targets, workflow)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error // of the network
      return this.fail(error.message)
    }
  }

  /** @type {(prompt: Prompt, targets: string[], workflow: unknown) => Promise<string | null>} */
  async send(prompt, targets, workflow) {
    const id = newId(),
      preview_method = this.canvas.seat.app.extensionManager.setting?.get(PREVIEWS)
    lead(id, this)
    const answer = await post(this.canvas.seat.api, '/prompt', {
      client_id: this.canvas.seat.api.clientId,
      prompt_id: id,
      prompt,
      partial_execution_targets: targets,
      extra_data: { extra_pnginfo: { workflow }, ...(preview_method === 'default' ? {} : { preview_method }) }
    })
    return answer.ok ? id : this.fail(refusal(await answer.text()))
  }

  /** @type {(prompt: Prompt) => Promise<Prompt>} */
  async withHeldSeeds(prompt) {
    const seeds = this.seeds()
    return seeds.length ? withSeeds(prompt, seeds, await lastRun(this.canvas.seat.api)) : prompt
  }

  /** The inputs that change by themselves with every run. @type {() => Seed[]} */
  seeds() {
    const entries = [...flattened(this.canvas.seat.root).values()]
    return entries.flatMap(({ id, node: { widgets = [] } }) =>
      widgets.flatMap(({ name, value }, i) =>
        name === CONTROL && value !== 'fixed' && i > 0 ? [{ id, input: widgets[i - 1].name }] : []
      )
    )
  }

  /** Says why there is no newer result. @type {(fault: string) => null} */
  fail(fault) {
    const { results } = this.canvas.editor.scene
    this.canvas.editor.apply({ scene: { results: { ...results, preview: null, fault } } })
    return null
  }
}

/** Whether a drawing, or what comes in below it, asks for something to move. @type {(canvas: Canvas) => boolean} */
function movesSomething({ seat, editor }) {
  const { drag } = editor.document
  return !editor.document.fault && (pulls(drag) || sourceOf(seat, seat.node, 'base') !== null)
}

/** @type {(drag: Drag) => boolean} */
function pulls({ drags, regions }) {
  return drags.some((pull) => !isAnchor(pull)) || regions.some((region) => region.target ?? !isIdle(region.affine))
}

/** @type {(affine: import('../drag/types.js').Affine | undefined) => boolean} */
function isIdle(affine) {
  return !affine || [...affine.move, ...affine.scale.map((part) => part - 1), affine.rotate].every((part) => part === 0)
}

/** Whether a run of a node costs the user something. @type {(type: string) => boolean} */
function isPaid(type) {
  return Boolean(LiteGraph.registered_node_types?.[type]?.nodeData?.api_node)
}
