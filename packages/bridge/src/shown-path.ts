/** Characters that are shown of a text that is perhaps no path. */
const shownChars = 4

/** `/…`, `./…`, `../…` or `C:\…`, or plain words with a folder or an ending. */
const pathForm = /^(?:(?:\/|\.{1,2}\/|[A-Za-z]:[\\/])\S*|[a-z_-]+(?:[./][a-z_-]+)+)$/
const maxPathLength = 1_024

/**
 * A configured path for a message. Somebody may have written the secret itself where its file is expected: of a text that does not
 * look like a path only the first characters are shown.
 */
export function shownPath(path: string): string {
  if (path.length <= maxPathLength && pathForm.test(path)) return path
  return `${path.slice(0, shownChars)}… (${path.length} characters; not shown, since it may be the secret itself)`
}
