// The style sheet of the editor.

export function addStyle() {
  const link = document.createElement('link')
  Object.assign(link, { rel: 'stylesheet', href: new URL('../editor/style.css', import.meta.url).href })
  document.head.append(link)
}
