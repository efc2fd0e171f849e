/**
 * The messages of a client's stream until it ends or the call's signal aborts, which rejects with the signal's reason.
 *
 * connect-node ends the stream when the client leaves, but not when the server stops: a handler that waits for the next
 * message would wait as long as the client is silent.
 */
export async function* messagesUntilAborted<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]()
  let interrupt: (reason: unknown) => void = () => {}
  const onAbort = (): void => interrupt(signal.reason)
  signal.addEventListener("abort", onAbort, { once: true })
  try {
    for (;;) {
      signal.throwIfAborted()
      // Not Promise.race: with one long-lived promise it would keep a reaction for each message of the call.
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject
        iterator.next().then(resolve, reject)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener("abort", onAbort)
  }
}
