// @ts-check
// What can be done next, in a few words beside the tools' options.

/** @import { Editor } from './editor.js' */
/** @import { Selection } from './view.js' */

/** @type {(editor: Editor) => string} */
export function tipOf(editor) {
  const { t } = editor,
    { tool, selection, path, awaiting, target } = editor.view
  if (path) return t('tip.path')
  if (awaiting !== null) return t(`tip.awaiting.${target}`)
  if (tool === 'object' && selection) return t('tip.selected.object', { number: selection.index + 1 })
  if (selection) return t(`tip.selected.${kindOf(editor, selection)}`, { number: selection.index + 1 })
  if (tool === 'object' && editor.scene.objects) return t('tip.given')
  return t(`tip.${tool}`)
}

/** What the selected item is called. @type {(editor: Editor, selection: Selection) => string} */
function kindOf(editor, { kind, index }) {
  const { regions } = editor.document.drag
  if (kind === 'drags') return regions.length || editor.stage.painter.mask.pixels ? 'drags' : 'bends'
  const { source, target } = regions[index]
  return source.brush || target?.brush ? 'regions' : 'outlines'
}
