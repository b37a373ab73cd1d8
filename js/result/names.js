// @ts-check
// The names of files as the host's loaders write them: subfolder/name [folder].

const ANNOTATED = /^(.*?)(?: \[(input|output|temp)\])?$/

/** @type {(name: string) => Required<SentFile>} */
export function fileOf(name) {
  const [, path, type = 'input'] = ANNOTATED.exec(name) ?? ['', name],
    cut = path.lastIndexOf('/')
  return { filename: path.slice(cut + 1), subfolder: path.slice(0, Math.max(cut, 0)), type }
}
