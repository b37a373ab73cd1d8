// @ts-check
// What lies over the canvas: why there is no picture, what is wrong with a value, and the instruction as text.
import { DragError } from '../drag/read.js'
import { element } from './elements.js'
import { takePicture } from './picture.js'
import { ELSEWHERE } from './view.js'

/** @import { Size } from '../drag/types.js' */
/** @import { Host } from './change.js' */
/** @import { Editor } from './editor.js' */
/** @import { PictureState } from './view.js' */

const PICTURES = 'image/png,image/jpeg,image/webp,image/bmp,image/gif'

export class Messages {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor
    this.t = editor.t
    this.root = element('div', { class: 'dragkit-messages' })
    for (const name of ['pointerdown', 'wheel', 'dblclick', 'contextmenu'])
      this.root.addEventListener(name, (event) => event.stopPropagation())
    /** @type {HTMLElement | null} */
    this.text = null
    /** @type {string | null} */
    this.key = null
  }

  get hasFocus() {
    return this.root.contains(document.activeElement)
  }

  update() {
    const { size } = this.editor,
      { fault } = this.editor.document,
      { picture, pictureState } = this.editor.scene
    const key = JSON.stringify([Boolean(this.text), fault?.message, Boolean(picture), pictureState, Boolean(size)])
    if (key === this.key) return
    this.key = key
    const over = this.text ?? (fault ? this.faultCard(fault) : picture ? null : this.pictureCard(pictureState, size))
    this.root.replaceChildren(...(over ? [over] : []))
    this.root.classList.toggle('dragkit-low', Boolean(!this.text && !fault && size))
  }

  /** @type {(fault: DragError) => HTMLElement} */
  faultCard(fault) {
    const sentence = faultText(this.t, fault)
    const anew = () => this.editor.replace({ version: 1 })
    const buttons = [this.button('showText', () => this.openText()), this.button('startAnew', anew)]
    return card('dragkit-fault', [
      element('strong', {}, this.t('fault.title')),
      element('p', {}, sentence),
      element('p', {}, this.t('fault.kept')),
      row(buttons)
    ])
  }

  /** @type {(state: PictureState | null, size: Size | null) => HTMLElement} */
  pictureCard(state, size) {
    const { kind, ...details } = state ?? { kind: 'none' }
    const words = [
      element('strong', {}, this.t(`picture.${kind}.title`, details)),
      ...(size ? [] : [element('p', {}, this.t(`picture.${kind}.text`, details))])
    ]
    return card(kind === 'failed' ? 'dragkit-fault' : '', [...words, ...this.remedies(kind)])
  }

  /** What can be done about a picture that is not there. @type {(kind: string) => HTMLElement[]} */
  remedies(kind) {
    if (kind === ELSEWHERE) return []
    if (kind === 'notRun') return [row([this.button('showPicture', () => this.editor.host.requestPicture())])]
    return [row([this.button('choosePicture', () => this.choosePicture())])]
  }

  /** @type {(name: string, onclick: () => void) => HTMLButtonElement} */
  button(name, onclick) {
    return element(
      'button',
      { type: 'button', class: 'dragkit-button dragkit-text', 'data-action': name, onclick },
      this.t(name)
    )
  }

  choosePicture() {
    const input = element('input', {
      type: 'file',
      accept: PICTURES,
      onchange: () => input.files?.[0] && takePicture(this.editor, input.files[0])
    })
    input.click()
  }

  /** Opens the instruction as text, to copy, to change or to paste another one. */
  openText(text = this.stored()) {
    const area = element('textarea', { spellcheck: 'false', 'aria-label': this.t('json') })
    const fault = element('p', { class: 'dragkit-fault-text', role: 'alert' })
    area.value = text
    const apply = () => {
      fault.textContent = this.apply(area.value)
      if (!fault.textContent) this.closeText()
    }
    area.addEventListener('input', () => (fault.textContent = ''))
    area.addEventListener('keydown', (event) => event.key === 'Escape' && this.closeText())
    const buttons = [
      this.button('apply', apply),
      this.button('copy', () => copy(area)),
      this.button('close', () => this.closeText())
    ]
    this.text = card('dragkit-json', [element('strong', {}, this.t('json')), area, fault, row(buttons)])
    this.key = null
    this.update()
    area.focus()
    if (text !== this.stored()) apply()
  }

  closeText() {
    if (!this.text) return
    this.text = this.key = null
    this.update()
    this.editor.root.focus({ preventScroll: true })
  }

  /** @type {() => string} */
  stored() {
    const { value } = this.editor.document
    return typeof value === 'string'
      ? value
      : JSON.stringify(value ?? {}, null, 1).replace(/\n\s+(-?[\d.]+,?)\n?\s*/g, ' $1')
  }

  /** Takes a text as the value, or says why not. @type {(text: string) => string} */
  apply(text) {
    try {
      this.editor.replace(text)
      return ''
    } catch (error) {
      if (!(error instanceof DragError)) throw error
      return faultText(this.t, error)
    }
  }
}

/** What is wrong with a value, in a sentence. @type {(t: Host['t'], fault: DragError) => string} */
function faultText(t, { code, details }) {
  return t(`fault.${code}`, details)
}

/** @type {(area: HTMLTextAreaElement) => void} */
function copy(area) {
  area.select()
  if (navigator.clipboard) navigator.clipboard.writeText(area.value).catch(() => document.execCommand('copy'))
  else document.execCommand('copy')
}

/** @type {(look: string, children: Node[]) => HTMLElement} */
function card(look, children) {
  return element('div', { class: `dragkit-card ${look}` }, children)
}

/** @type {(buttons: Node[]) => HTMLElement} */
function row(buttons) {
  return element('div', { class: 'dragkit-row' }, buttons)
}
