// @ts-check
// The bars above and below the picture: tools, what they can be set to, and the state of things.
import { clearMask, isAnchor, isEmpty, makeAnchor } from '../drag/edits.js'
import { placementOf } from '../drag/placement.js'
import { element, icon } from './elements.js'
import { invert } from './keys.js'
import { closePath } from './paths.js'
import { changeTarget } from './regions.js'
import { TOOLS } from './tools.js'
import { statusOf } from './status.js'
import { tipOf } from './tips.js'
import { nextShape, selectedDrag } from './view.js'

/** @import { Shape } from '../drag/types.js' */
/** @import { Editor } from './editor.js' */
/** @import { SourceKind, TargetKind, Tool } from './view.js' */

/**
 * @typedef {{ root: HTMLElement, input: HTMLSelectElement }} Choice
 * @typedef {{ root: HTMLElement, input: HTMLInputElement, output: HTMLOutputElement }} Slider
 */

/** @type {Record<Tool, string>} */
const KEYS = { object: 'O', drag: 'D', anchor: 'A', region: 'R', brush: 'B', erase: 'E', lasso: 'P', hand: 'H' }
/** @type {readonly Tool[]} */
const MASK_TOOLS = ['brush', 'erase', 'lasso']
/** @type {readonly SourceKind[]} */
const SOURCES = ['polygon', 'brush']
/** @type {readonly TargetKind[]} */
const TARGETS = ['frame', 'polygon', 'brush']

export class Toolbar {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor
    this.t = editor.t
    this.tools = TOOLS.map((tool) => this.button(tool, () => editor.use(tool), KEYS[tool]))
    this.live = this.button('live', () => editor.set({ live: !editor.view.live }), 'V')
    this.runs = this.textButton('runs', () => editor.host.live?.toggle())
    Object.assign(this.runs, { title: `${this.t('runsTip')} (L)` }).setAttribute('aria-keyshortcuts', 'L')
    this.expand = this.button('expand', () => editor.expand(), 'X')
    this.options = this.makeOptions()
    const options = Object.values(this.options).map((option) => ('root' in option ? option.root : option))
    const optionRow = element('div', { class: 'dragkit-row dragkit-options' }, options)
    this.root = element('div', { class: 'dragkit-bars' }, [this.makeMainRow(), optionRow])
    this.place = element('span', { class: 'dragkit-place' })
    this.hint = element('span', { class: 'dragkit-hint', 'aria-live': 'polite' })
    this.count = element('span', { class: 'dragkit-count' })
    this.status = element('div', { class: 'dragkit-status' }, [this.place, this.hint, this.count])
    for (const bar of [this.root, this.status]) this.keepPointer(bar)
  }

  /** Presses on the bars are not presses on the node. @type {(bar: HTMLElement) => void} */
  keepPointer(bar) {
    for (const name of ['pointerdown', 'dblclick', 'contextmenu'])
      bar.addEventListener(name, (event) => event.stopPropagation())
  }

  /** @type {(name: string, onclick: () => void, key?: string | null, label?: string) => HTMLButtonElement} */
  button(name, onclick, key = null, label = this.t(name)) {
    const title = key ? `${label} (${key})` : label
    return element(
      'button',
      {
        type: 'button',
        class: 'dragkit-button',
        title,
        'aria-label': label,
        'aria-keyshortcuts': key,
        'data-action': name,
        onclick: () => this.act(onclick)
      },
      icon(name)
    )
  }

  /** Does what a button says and gives the keyboard back to the canvas. @type {(onclick: () => void) => void} */
  act(onclick) {
    onclick()
    if (!this.editor.messages.hasFocus) this.editor.root.focus({ preventScroll: true })
  }

  makeMainRow() {
    const { editor, t } = this,
      { host } = editor
    const history = [this.button('undo', () => host.undo(), 'Ctrl+Z'), this.button('redo', () => host.redo(), 'Ctrl+Y')]
    const view = [
      this.button('zoomOut', () => editor.zoom(0.8), '-'),
      this.button('fit', () => editor.fit(), 'F'),
      this.button('zoomIn', () => editor.zoom(1.25), '+')
    ]
    const rest = [
      this.live,
      this.runs,
      this.button('picture', () => editor.messages.choosePicture(), null, t('picture.choose')),
      this.button('json', () => editor.messages.openText(), 'J'),
      this.expand
    ]
    const groups = [this.tools.slice(0, 4), this.tools.slice(4, 7), [this.tools[7], ...view], history, rest]
    return element(
      'div',
      { class: 'dragkit-row dragkit-tools', role: 'toolbar', 'aria-label': this.t('tools') },
      groups.map((group) => element('div', { class: 'dragkit-group' }, group))
    )
  }

  makeOptions() {
    const { editor, t } = this
    return {
      hint: element('span', { class: 'dragkit-tip' }),
      source: this.choice('source', SOURCES, (source) => editor.set({ source })),
      target: this.choice('target', TARGETS, (kind) => changeTarget(editor, kind)),
      radius: this.slider(),
      cut: this.choice('outline', ['add', 'cut'], (kind) => editor.set({ cut: kind === 'cut' })),
      close: this.textButton('closeOutline', () => closePath(editor)),
      hold: this.textButton('makeAnchor', () => this.hold()),
      invert: this.button('invert', () => invert(editor), 'I'),
      clear: this.button('clear', () => editor.commit(clearMask(editor.document.drag)), null, t('clearMask')),
      remove: this.button('remove', () => editor.remove(), 'Del'),
      empty: this.button('empty', () => editor.empty())
    }
  }

  /** Makes an anchor of the selected drag. */
  hold() {
    const index = selectedDrag(this.editor.view)
    if (index !== null) this.editor.commit(makeAnchor(this.editor.document.drag, index))
  }

  /** @type {(name: string, onclick: () => void) => HTMLButtonElement} */
  textButton(name, onclick) {
    return element(
      'button',
      { type: 'button', class: 'dragkit-button dragkit-text', 'data-action': name, onclick: () => this.act(onclick) },
      this.t(name)
    )
  }

  /** @type {<K extends string>(name: string, kinds: readonly K[], onchange: (kind: K) => void) => Choice} */
  choice(name, kinds, onchange) {
    const options = kinds.map((kind) => element('option', { value: kind }, this.t(`${name}.${kind}`)))
    const chosen = () => kinds[input.selectedIndex]
    const input = element(
      'select',
      { 'data-option': name, onchange: () => this.act(() => onchange(chosen())) },
      options
    )
    const root = element('label', { class: 'dragkit-option' }, [element('span', {}, this.t(`${name}.label`)), input])
    return { root, input }
  }

  /** @type {() => Slider} */
  slider() {
    const input = element('input', {
      type: 'range',
      min: 1,
      max: 128,
      step: 1,
      'data-option': 'radius',
      oninput: () => this.editor.set({ radius: Number(input.value) })
    })
    const output = element('output')
    const label = element('span', {}, this.t('radius'))
    return { root: element('label', { class: 'dragkit-option dragkit-slider' }, [label, input, output]), input, output }
  }

  update() {
    const { editor } = this
    for (const button of this.tools) press(button, button.dataset.action === editor.view.tool)
    press(this.live, editor.view.live)
    press(this.runs, Boolean(editor.host.live?.isOn))
    press(this.expand, Boolean(editor.overlay))
    this.updateOptions()
  }

  /** Says what only shows once everything is drawn. */
  updateStatus() {
    const { editor } = this
    const { place, hint, count, warning } = statusOf(editor)
    write(this.place, place)
    write(this.hint, hint)
    write(this.count, count)
    this.hint.title = hint
    this.hint.classList.toggle('dragkit-warning', Boolean(warning))
  }

  updateOptions() {
    const { editor, options } = this,
      { tool, path, radius, cut } = editor.view,
      { drag } = editor.document
    const isMask = MASK_TOOLS.includes(tool),
      isRegion = tool === 'region',
      index = selectedDrag(editor.view)
    show(options.source.root, isRegion)
    show(options.target.root, isRegion)
    const brushes = tool === 'brush' || tool === 'erase' || (isRegion && nextShape(editor.view) === 'brush')
    show(options.radius.root, brushes)
    show(options.cut.root, tool === 'lasso' || tool === 'object')
    show(options.close, path !== null && path.points.length > 2)
    show(options.hold, index !== null && !isAnchor(drag.drags[index]))
    show(options.invert, isMask && drag.mask.length > 0)
    show(options.clear, isMask && drag.mask.length > 0)
    show(options.remove, Boolean(editor.selected))
    show(options.empty, !isEmpty(drag))
    options.source.input.value = editor.view.source
    options.target.input.value = this.targetKind()
    options.cut.input.value = cut ? 'cut' : 'add'
    options.radius.input.value = String(radius)
    write(options.radius.output, String(Math.round(radius)))
    write(options.hint, tipOf(editor))
  }

  /** The kind of target that the selected item has, or that the next region gets. @type {() => TargetKind} */
  targetKind() {
    const { selected } = this.editor,
      { awaiting, target } = this.editor.view
    if (!selected || awaiting !== null) return target
    return 'source' in selected && selected.target && !placementOf(selected) ? kindOf(selected.target) : 'frame'
  }
}

/** @type {(shape: Shape) => SourceKind} */
function kindOf(shape) {
  return shape.brush ? 'brush' : 'polygon'
}

/** @type {(button: HTMLElement, pressed: boolean) => void} */
function press(button, pressed) {
  if (button.ariaPressed !== String(pressed)) button.ariaPressed = String(pressed)
}

/** @type {(node: HTMLElement, shown: boolean) => void} */
function show(node, shown) {
  if (node.hidden !== !shown) node.hidden = !shown
}

/** @type {(node: HTMLElement, text: string) => void} */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text
}
