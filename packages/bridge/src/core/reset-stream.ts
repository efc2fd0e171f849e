/** What is needed of Node's Http2Stream. */
interface Resettable {
  _final(done: (error?: Error | null) => void): void
  close(code: number): void
}

/**
 * Resets an HTTP/2 stream and says nothing before. `close(code)` of Node (22–26) ends the writable side first, so that END_STREAM
 * leaves before the RST_STREAM or instead of it: half an upload would look whole to a backend, half a reply to a page.
 */
export function resetStream(stream: Resettable, code: number): void {
  stream._final = endSilently
  stream.close(code)
}

function endSilently(done: (error?: Error | null) => void): void {
  done()
}
