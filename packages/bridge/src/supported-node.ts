/**
 * The first minor release of each Node line with nghttp2 1.69. In older ones a connection whose peer breaks HTTP/2 is no longer
 * read but never closed: a few bytes hold a call, its stream and its socket for ever (docs/decisions/0006-node-versions.md).
 */
const firstMinor: ReadonlyMap<number, number> = new Map([
  [24, 17],
  [26, 2],
])
const newestLine = 26

/** The supported versions in words, for messages. */
export const supportedNode: string = "24.17, 26.2 or newer of each line"

/** True if this version of Node (`24.21.0`) may run the bridge. Agrees with `engines` in package.json. */
export function isSupportedNode(version: string): boolean {
  const [major, minor] = version.split(".").map(Number)
  const first = firstMinor.get(major)
  return first === undefined ? major > newestLine : minor >= first
}
