// @ts-check
// The editor over the whole page, for as long as it is wanted; its place in the node is kept.
// It is no modal dialog, as the page would then keep its undo from it.
import { element } from './elements.js'

/** @import { Editor } from './editor.js' */

export class Overlay {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor
    this.keeper = element('div', { class: 'dragkit-keeper' })
    const name = editor.t('canvas')
    const cover = element('div', { class: 'dragkit-overlay', role: 'dialog', popover: 'manual', 'aria-label': name })
    editor.root.replaceWith(this.keeper)
    this.keeper.append(cover)
    cover.append(editor.root)
    cover.showPopover()
    editor.root.focus({ preventScroll: true })
  }

  /** Puts the editor back into its node. */
  close() {
    this.keeper.replaceWith(this.editor.root)
  }
}
