/** Who is told about a body. */
interface BodyWatcher {
  readonly onBytes: (count: number) => void
  /** Once: it ended, failed, was cancelled or cut. */
  readonly onEnd: () => void
}

/**
 * The same body, counted as it is read. It reads ahead of its reader by nothing, so that a reader who stops stops the sender.
 * `cut` fails it like a broken connection.
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
