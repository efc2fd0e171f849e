/** Callbacks for a body. */
interface BodyWatcher {
  readonly onBytes: (count: number) => void
  /** Called once, when the body ended, failed, was canceled or was cut. */
  readonly onEnd: () => void
}

/**
 * Passes a body on and counts its bytes. It does not read ahead, so that a consumer that stops reading stops the
 * sender. `cut` fails the body like a broken connection.
 */
export function watchBody(
  body: ReadableStream<Uint8Array>,
  { onBytes, onEnd }: BodyWatcher,
): { readonly body: ReadableStream<Uint8Array<ArrayBuffer>>; readonly cut: () => void } {
  const reader = body.getReader()
  let fail: (error: unknown) => void = () => {}
  const watched = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        fail = (error) => controller.error(error)
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) {
            onBytes(value.byteLength)
            controller.enqueue(value as Uint8Array<ArrayBuffer>)
            return
          }
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        onEnd()
      },
      cancel(reason) {
        onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const cut = (): void => {
    fail(new TypeError("The connection was cut on purpose."))
    onEnd()
    reader.cancel().catch(() => {})
  }
  return { body: watched, cut }
}
