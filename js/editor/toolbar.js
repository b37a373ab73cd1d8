// The bars above and below the picture: tools, what they can be set to, and the state of things.
import { clearMask, isAnchor, makeAnchor } from '../drag/edits.js'
import { element, icon } from './elements.js'
import { invert } from './keys.js'
import { closePath } from './paths.js'
import { changeTarget } from './regions.js'
import { TOOLS } from './tools.js'
import { statusOf } from './status.js'

const KEYS = { drag: 'D', anchor: 'A', region: 'R', brush: 'B', erase: 'E', lasso: 'P', hand: 'H' }
const MASK_TOOLS = ['brush', 'erase', 'lasso']
const SOURCES = ['polygon', 'brush']
const TARGETS = ['frame', 'polygon', 'brush']

export class Toolbar {
  constructor(editor) {
    this.editor = editor
    this.t = editor.t
    this.tools = TOOLS.map((tool) => this.button(tool, () => editor.use(tool), KEYS[tool]))
    this.live = this.button('live', () => editor.set({ live: !editor.live }), 'V')
    this.expand = this.button('expand', () => editor.expand(), 'X')
    this.options = this.makeOptions()
    this.options.root = element('div', { class: 'dragkit-row dragkit-options' }, Object.values(this.options))
    this.root = element('div', { class: 'dragkit-bars' }, [this.makeMainRow(), this.options.root])
    this.place = element('span', { class: 'dragkit-place' })
    this.hint = element('span', { class: 'dragkit-hint', 'aria-live': 'polite' })
    this.count = element('span', { class: 'dragkit-count' })
    this.status = element('div', { class: 'dragkit-status' }, [this.place, this.hint, this.count])
    for (const bar of [this.root, this.status]) this.keepPointer(bar)
  }

  /** Presses on the bars are not presses on the node. */
  keepPointer(bar) {
    for (const name of ['pointerdown', 'dblclick', 'contextmenu'])
      bar.addEventListener(name, (event) => event.stopPropagation())
  }

  button(name, onclick, key, label = this.t(name)) {
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

  /** Does what a button says and gives the keyboard back to the canvas. */
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
      this.button('picture', () => editor.messages.choosePicture(), null, t('picture.choose')),
      this.button('json', () => editor.messages.openText(), 'J'),
      this.expand
    ]
    const groups = [this.tools.slice(0, 3), this.tools.slice(3, 6), [this.tools[6], ...view], history, rest]
    return element(
      'div',
      { class: 'dragkit-row', role: 'toolbar', 'aria-label': this.t('tools') },
      groups.map((group) => element('div', { class: 'dragkit-group' }, group))
    )
  }

  makeOptions() {
    const { editor, t } = this,
      change = (drag) => editor.commit(drag)
    return {
      hint: element('span', { class: 'dragkit-tip' }),
      source: this.choice('source', SOURCES, (source) => editor.set({ source })),
      target: this.choice('target', TARGETS, (kind) => changeTarget(editor, kind)),
      radius: this.slider(),
      cut: this.choice('outline', ['add', 'cut'], (kind) => editor.set({ cut: kind === 'cut' })),
      close: this.textButton('closeOutline', () => closePath(editor)),
      hold: this.textButton('makeAnchor', () => change(makeAnchor(editor.drag, editor.selection.index))),
      invert: this.button('invert', () => invert(editor), 'I'),
      clear: this.button('clear', () => change(clearMask(editor.drag)), null, t('clearMask')),
      remove: this.button('remove', () => editor.remove(), 'Del')
    }
  }

  textButton(name, onclick) {
    return element(
      'button',
      { type: 'button', class: 'dragkit-button dragkit-text', 'data-action': name, onclick: () => this.act(onclick) },
      this.t(name)
    )
  }

  choice(name, kinds, onchange) {
    const options = kinds.map((kind) => element('option', { value: kind }, this.t(`${name}.${kind}`)))
    const select = element(
      'select',
      { 'data-option': name, onchange: () => this.act(() => onchange(select.value)) },
      options
    )
    return element('label', { class: 'dragkit-option' }, [element('span', {}, this.t(`${name}.label`)), select])
  }

  slider() {
    const input = element('input', {
      type: 'range',
      min: 1,
      max: 128,
      step: 1,
      'data-option': 'radius',
      oninput: () => this.editor.set({ radius: Number(input.value) })
    })
    return element('label', { class: 'dragkit-option dragkit-slider' }, [
      element('span', {}, this.t('radius')),
      input,
      element('output')
    ])
  }

  update() {
    const { editor } = this
    for (const button of this.tools) press(button, button.dataset.action === editor.tool)
    press(this.live, editor.live)
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
      { tool, selection } = editor
    const isMask = MASK_TOOLS.includes(tool),
      isRegion = tool === 'region'
    const selected = selection && editor.selected
    const draws = editor.awaiting === null ? editor.source : editor.target
    show(options.source, isRegion)
    show(options.target, isRegion)
    show(options.radius, tool === 'brush' || tool === 'erase' || (isRegion && draws === 'brush'))
    show(options.cut, tool === 'lasso')
    show(options.close, editor.path?.points.length > 2)
    show(options.hold, selected && selection.kind === 'drags' && !isAnchor(selected))
    show(options.invert, isMask && editor.drag.mask.length)
    show(options.clear, isMask && editor.drag.mask.length)
    show(options.remove, selected)
    options.source.lastChild.value = editor.source
    options.target.lastChild.value =
      selected?.target && editor.awaiting === null
        ? kindOf(selected.target)
        : selected && editor.awaiting === null
          ? 'frame'
          : editor.target
    options.cut.lastChild.value = editor.cut ? 'cut' : 'add'
    const [, input, output] = options.radius.children
    input.value = editor.radius
    write(output, String(Math.round(editor.radius)))
    write(options.hint, this.tip())
  }

  tip() {
    const { editor, t } = this,
      { tool, selection } = editor
    if (editor.path) return t('tip.path')
    if (editor.awaiting !== null) return t(`tip.awaiting.${editor.target}`)
    if (selection && editor.selected) return t(`tip.selected.${selection.kind}`, { number: selection.index + 1 })
    return t(`tip.${tool}`)
  }
}

function kindOf(shape) {
  return shape.polygon ? 'polygon' : 'brush'
}

function press(button, pressed) {
  if (button.ariaPressed !== String(pressed)) button.ariaPressed = String(pressed)
}

function show(node, shown) {
  if (node.hidden !== !shown) node.hidden = !shown
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text
}
