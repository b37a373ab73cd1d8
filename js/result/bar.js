// @ts-check
// The bar below the picture: how the result is looked at, and what goes on from it.
import { element, icon } from '../editor/elements.js'
import { ELSEWHERE } from '../editor/view.js'
import { saveAfter, saveBefore, saveDrawing } from './download.js'
import { lookedAt, staleness } from './state.js'

/** @import { Editor } from '../editor/editor.js' */
/** @import { Comparison, Look } from './types.js' */

/** @type {readonly Comparison[]} */
const COMPARISONS = ['whole', 'wipe', 'beside']

export class ResultBar {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor
    this.t = editor.t
    const { toolbar } = editor
    this.shown = toolbar.textButton('showResult', () => this.toggle())
    this.outdated = element('span', { class: 'dragkit-outdated' }, this.t('result.outdated'))
    this.compare = toolbar.choice('compare', COMPARISONS, (mode) => this.choose(mode))
    this.slider = element('input', { type: 'range', min: 0, max: 100, oninput: () => this.slide() })
    this.before = this.holdButton()
    this.drawn = toolbar.button('drawn', () => this.look({ drawn: !editor.view.look.drawn }), 'Q')
    this.number = element('span', { class: 'dragkit-number', 'aria-live': 'polite' })
    this.batch = element('div', { class: 'dragkit-group', role: 'group', 'aria-label': this.t('batch') }, [
      toolbar.button('previous', () => this.showOther(-1), ','),
      this.number,
      toolbar.button('next', () => this.showOther(1), '.')
    ])
    this.strip = toolbar.button('strip', () => this.look({ strip: !editor.view.look.strip }), 'U')
    this.goOn = toolbar.textButton('goOn', () => this.go())
    this.none = element('span', { class: 'dragkit-tip' }, this.t('result.none'))
    this.controls = [this.shown, this.outdated, this.compare.root, this.slider, this.before, this.drawn, this.goOn]
    this.states = element('div', { class: 'dragkit-states', role: 'group', 'aria-label': this.t('states') })
    this.more = element('div', { class: 'dragkit-row dragkit-more' }, [this.states, ...this.downloads()])
    const row = element('div', { class: 'dragkit-row' }, [this.none, ...this.controls, this.batch, this.strip])
    const label = this.t('results')
    this.root = element('div', { class: 'dragkit-results', role: 'toolbar', 'aria-label': label }, [this.more, row])
    this.words = element('span')
    this.close = element('button', { type: 'button', class: 'dragkit-button', title: this.t('close') }, icon('clear'))
    this.said = element('div', { class: 'dragkit-said', role: 'status' }, [this.words, this.close])
    this.explain(this.goOn, 'goOnTip', 'G')
    this.explain(this.shown, 'showResultTip', 'S')
    this.explain(this.compare.input, 'compare.label', 'M')
    this.close.addEventListener('click', () => this.forgive())
    for (const part of [this.root, this.said]) toolbar.keepPointer(part)
    /** @type {string | null} */
    this.listed = null
  }

  /** @type {(button: HTMLElement, name: string, key: string) => void} */
  explain(button, name, key) {
    const label = this.t(name)
    Object.assign(button, { title: `${label} (${key})`, ariaLabel: label })
    button.setAttribute('aria-keyshortcuts', key)
  }

  /** A button that works as long as it is held. @type {() => HTMLButtonElement} */
  holdButton() {
    const button = this.editor.toolbar.button('before', () => {}, 'C')
    const hold = (/** @type {boolean} */ before) => () => this.hold(before)
    for (const name of ['pointerdown', 'keydown']) button.addEventListener(name, hold(true))
    for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'keyup', 'blur'])
      button.addEventListener(name, hold(false))
    return button
  }

  downloads() {
    const { editor } = this
    return [
      editor.toolbar.button('saveBefore', () => saveBefore(editor)),
      editor.toolbar.button('saveAfter', () => saveAfter(editor)),
      editor.toolbar.button('saveDrawing', () => saveDrawing(editor))
    ]
  }

  /** @type {(look: Partial<Look>) => void} */
  look(look) {
    this.editor.set({ look: { ...this.editor.view.look, ...look } })
  }

  /** Shows the result, also an old one, or the picture and the drawing. */
  toggle() {
    const isSeen = lookedAt(this.editor) !== null
    this.look({ shown: !isSeen, old: !isSeen && staleness(this.editor) !== null })
  }

  /** @type {(mode?: Comparison) => void} */
  choose(mode = COMPARISONS[(COMPARISONS.indexOf(this.editor.view.look.mode) + 1) % COMPARISONS.length]) {
    this.look({ mode, shown: true, old: staleness(this.editor) !== null })
    this.editor.fit()
  }

  slide() {
    const part = Number(this.slider.value) / 100
    this.look(this.editor.view.look.mode === 'wipe' ? { wipe: part } : { opacity: part })
  }

  /** @type {(before: boolean) => void} */
  hold(before) {
    if (this.editor.view.look.before !== before) this.look({ before })
  }

  /** Whether the drawing that results are of is that of another canvas. */
  get isElsewhere() {
    return this.editor.scene.pictureState?.kind === ELSEWHERE
  }

  go() {
    if (this.editor.scene.results.last && !this.isElsewhere) this.editor.host.goOn()
  }

  /** @type {(by: 1 | -1) => void} */
  showOther(by) {
    if ((this.editor.scene.results.last?.count ?? 1) > 1) this.editor.host.showOther?.(by)
  }

  /** Takes the sentence on what went wrong away. */
  forgive() {
    this.editor.apply({ scene: { results: { ...this.editor.scene.results, fault: null } } })
    this.editor.root.focus({ preventScroll: true })
  }

  update() {
    const { editor } = this,
      { last, preview, states } = editor.scene.results,
      { look } = editor.view
    const isThere = Boolean(last ?? preview)
    show(this.root, !this.isElsewhere)
    for (const control of this.controls) show(control, isThere)
    show(this.none, !isThere)
    show(this.outdated, isThere && staleness(editor) !== null)
    show(this.slider, isThere && look.mode !== 'beside')
    this.goOn.disabled = !last
    show(this.batch, last !== null && last.count > 1)
    if (last) this.number.textContent = `${last.at + 1} / ${last.count}`
    this.shown.ariaPressed = String(lookedAt(editor) !== null)
    this.drawn.ariaPressed = String(look.drawn)
    this.strip.ariaPressed = String(look.strip)
    this.compare.input.value = look.mode
    const [amount, name] = look.mode === 'wipe' ? [look.wipe, 'wipe'] : [look.opacity, 'opacity']
    this.slider.value = String(Math.round(100 * amount))
    this.slider.ariaLabel = this.slider.title = this.t(`result.${name}`)
    show(this.strip, isThere || states.length > 0)
    show(this.more, look.strip && (isThere || states.length > 0))
    this.list()
    this.say()
  }

  /** Shows the pictures to return to. */
  list() {
    const { states, at } = this.editor.scene.results,
      key = JSON.stringify([states.map(({ url }) => url), at])
    if (key === this.listed) return
    this.listed = key
    this.states.replaceChildren(
      ...states.map(({ picture, url }, index) => {
        const name = this.t('state', { number: index + 1, name: picture })
        const onclick = () => this.editor.toolbar.act(() => index !== at && this.editor.host.returnTo(index))
        return element(
          'button',
          { type: 'button', class: 'dragkit-state', title: name, 'aria-label': name, 'aria-pressed': index === at, onclick },
          element('img', { src: url, alt: '', loading: 'lazy' })
        )
      })
    )
  }

  /** Says what is looked at where that is not the result of the drawing, and what went wrong. */
  say() {
    const { fault } = this.editor.scene.results,
      words = this.isElsewhere ? '' : (fault ?? this.lookWords())
    if (this.words.textContent !== words) this.words.textContent = words
    show(this.said, Boolean(words))
    show(this.close, fault !== null)
    this.said.classList.toggle('dragkit-fault', fault !== null)
  }

  /** @type {() => string} */
  lookWords() {
    const { scene, view } = this.editor,
      { last, preview } = scene.results
    if (view.look.before && last) return this.t('result.before')
    if (!lookedAt(this.editor)) return ''
    if (preview) return this.t('result.preview')
    const stale = staleness(this.editor)
    return stale ? this.t(`result.old.${stale}`) : ''
  }
}

/** @type {(node: HTMLElement, shown: boolean) => void} */
function show(node, shown) {
  if (node.hidden !== !shown) node.hidden = !shown
}
