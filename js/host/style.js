// @ts-check
// The style sheet of the editor.

export async function addStyle() {
  const answer = await fetch(new URL('../editor/style.css', import.meta.url))
  const sheet = await new CSSStyleSheet().replace(await answer.text())
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}
