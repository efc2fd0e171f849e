import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { Code } from "@causeway/protocol"
import type { ConnectError, Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect"
import { abortError } from "./abort-error.ts"
import { callError } from "./call-error.ts"
import { quietly } from "./quietly.ts"
import { RpcError } from "./rpc-error.ts"
import { tapMessages } from "./tap-messages.ts"

type Message = MessageShape<DescMessage>

/** Callbacks for the events of a call. Errors that they throw are dropped. */
export interface CallObserver {
  onRequest?(message: Message): void
  onResponse?(message: Message): void
  /** The headers of the answer. */
  onHeader?(header: Headers): void
  /** Called once, when the call or its stream has ended. Undefined: the status was OK. */
  onEnd(error: ConnectError | undefined): void
}

/** Makes a call and reports its events to `observer`. */
export async function observeCall(
  next: Parameters<Interceptor>[0],
  request: UnaryRequest | StreamRequest,
  observer: CallObserver,
): ReturnType<typeof next> {
  const { signal } = request
  const end = (error?: ConnectError): void => {
    if (hasEnded) return
    hasEnded = true
    signal.removeEventListener("abort", onAbort)
    quietly(() => observer.onEnd(error))
  }
  let hasEnded = false
  // The iterator of an abandoned stream reports nothing, so the abort ends the observation.
  const onAbort = (): void => end(abortError(signal))
  signal.addEventListener("abort", onAbort)
  const onFailure = (error: unknown): void => end(callError(error))
  const onRequest = (message: Message): unknown => quietly(() => observer.onRequest?.(message))
  const onResponse = (message: Message): unknown => quietly(() => observer.onResponse?.(message))
  const onLeave = (): void => end(new RpcError("the consumer stopped reading", Code.Canceled, { source: "client" }))
  if (!request.stream) onRequest(request.message)
  try {
    const tapped = request.stream
      ? { ...request, message: tapMessages(request.message, { onMessage: onRequest }) }
      : request
    const response = await next(tapped)
    quietly(() => observer.onHeader?.(response.header))
    if (response.stream) {
      const tap = { onMessage: onResponse, onEnd: end, onFailure, onLeave }
      return { ...response, message: tapMessages(response.message, tap) }
    }
    onResponse(response.message)
    end()
    return response
  } catch (error) {
    onFailure(error)
    throw error
  }
}
