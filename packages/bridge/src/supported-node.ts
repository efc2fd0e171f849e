/**
 * Each line of Node from the release on that brought nghttp2 1.69. Before it a connection whose peer breaks HTTP/2 is read no
 * further but never closed: a few bytes hold a call, its stream and its socket for ever (docs/decisions/0006-node-versions.md).
 */
const firstMinor: ReadonlyMap<number, number> = new Map([
  [24, 17],
  [26, 2],
])
const newestLine = 26

/** The same in words, for messages. */
export const supportedNode: string = "24.17, 26.2 or newer of each line"

/** Whether this version of Node (`24.21.0`) may run the bridge; the same as `engines` says. */
export function isSupportedNode(version: string): boolean {
  const [major, minor] = version.split(".").map(Number)
  const first = firstMinor.get(major)
  return first === undefined ? major > newestLine : minor >= first
}
