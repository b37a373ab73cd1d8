// The editor over the whole page, for as long as it is wanted; its place in the node is kept.
// The dialog is not marked as modal, as the page would then keep its undo from it.
import { element } from './elements.js'

export class Overlay {
  constructor(editor) {
    this.editor = editor
    this.keeper = element('div', { class: 'dragkit-keeper' })
    this.cover = element('div', { class: 'dragkit-overlay', role: 'dialog', 'aria-label': editor.t('canvas') })
    editor.root.replaceWith(this.keeper)
    this.cover.append(editor.root)
    document.body.append(this.cover)
    editor.root.focus({ preventScroll: true })
  }

  /** Puts the editor back into its node. */
  close() {
    this.keeper.replaceWith(this.editor.root)
    this.cover.remove()
  }
}
