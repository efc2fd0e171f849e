/** The part of Node's Http2Stream that is used here. */
interface Resettable {
  _final(done: (error?: Error | null) => void): void
  close(code: number): void
}

/**
 * Resets an HTTP/2 stream and sends nothing before the reset. Node's `close(code)` (22–26) ends the writable side first, so
 * END_STREAM leaves before the RST_STREAM or instead of it. A backend would then take half an upload for complete, a page half a
 * reply.
 */
export function resetStream(stream: Resettable, code: number): void {
  stream._final = endSilently
  stream.close(code)
}

function endSilently(done: (error?: Error | null) => void): void {
  done()
}
