import type { DescMethodUnary } from "@bufbuild/protobuf"
import { Code } from "@causeway/protocol"
import type { Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect"
import { isConnectError } from "../rpc-error.ts"
import { requestKey } from "./request-key.ts"
import { SharedCall } from "./shared-call.ts"

/** The options of `dedupe`. */
export interface DedupeOptions {
  /** Which unary methods may share a request. Default: those with an `idempotency_level` of NO_SIDE_EFFECTS. */
  readonly isShared?: (method: DescMethodUnary) => boolean
  /**
   * Whom the answer is for, such as the id of the user: only calls with the same one share a request. Needed where the
   * user may change while calls are under way and nothing outside of `dedupe` puts the user into a header. Default: all
   * calls are for the same one.
   */
  readonly identity?: () => string | null | undefined
  /** Headers, in lower case, in which two requests may differ and still be the same, such as a request id. Default: none. */
  readonly ignoredHeaders?: readonly string[]
}

/**
 * An interceptor that makes one request of identical unary reads that are under way at the same time: same URL, headers
 * and request bytes. Nothing is kept once the answer is there. Each caller has its own deadline, its own signal, and its
 * own copy of the answer; the last one to leave aborts the request.
 *
 * ```ts
 * dedupe({ identity: () => session.userId })
 * ```
 */
export function dedupe(options: DedupeOptions = {}): Interceptor {
  const { isShared = hasNoSideEffects, identity, ignoredHeaders = [] } = options
  const running = new Map<string, SharedCall>()
  return (next) => async (request) => {
    if (request.stream || !isShared(request.method)) return next(request)
    const key = requestKey(request, ignoredHeaders, identity?.())
    // The transport says what is wrong with the message.
    if (key === null) return next(request)
    for (;;) {
      const other = running.get(key)
      const call = other ?? start(running, key, next, request)
      try {
        const response = await call.join(request.signal)
        if (response !== null) return response
      } catch (error) {
        // The request ran within the time of the caller who made it. Whoever has more time asks again, at most once.
        if (!other || request.signal.aborted || !isOfItsMaker(error)) throw error
      }
    }
  }
}

function start(
  running: Map<string, SharedCall>,
  key: string,
  next: Parameters<Interceptor>[0],
  request: UnaryRequest,
): SharedCall {
  const send = async (signal: AbortSignal): Promise<UnaryResponse> =>
    (await next({ ...request, signal })) as UnaryResponse
  const call = new SharedCall(send, () => {
    if (running.get(key) === call) running.delete(key)
  })
  running.set(key, call)
  return call
}

/** 1 is NO_SIDE_EFFECTS: the enum itself would bring the descriptors of descriptor.proto into every page. */
function hasNoSideEffects(method: DescMethodUnary): boolean {
  return (method.idempotency as number) === 1
}

/** Canceled, or out of time: what happened to one caller, and not to the others. */
function isOfItsMaker(error: unknown): boolean {
  return isConnectError(error) && (error.code === Code.Canceled || error.code === Code.DeadlineExceeded)
}
