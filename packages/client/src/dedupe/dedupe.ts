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
   * The identity that the answer is meant for, such as the id of the user. Only calls with equal identities share a
   * request. Set it if the user can change while calls are in flight and no interceptor outside `dedupe` puts the user
   * into a header. Default: all calls have one identity.
   */
  readonly identity?: () => string | null | undefined
  /**
   * Names of headers, in lower case, that are ignored when requests are compared, such as a request id. Default: none.
   */
  readonly ignoredHeaders?: readonly string[]
}

/**
 * An interceptor that sends one request for identical unary reads that are in flight at one time. Reads are identical
 * if URL, headers and request bytes are equal. Nothing is cached after the answer. Each caller keeps its own deadline
 * and signal, and gets its own copy of the answer. The request is aborted when the last caller has left.
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
    // The message is invalid; the transport reports why.
    if (key === null) return next(request)
    for (;;) {
      const other = running.get(key)
      const call = other ?? start(running, key, next, request)
      try {
        const response = await call.join(request.signal)
        if (response !== null) return response
      } catch (error) {
        // The request ran under the deadline of the caller that started it. A caller with more time sends its own
        // request, at most once.
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

/** 1 is NO_SIDE_EFFECTS. Importing the enum would add the descriptors of descriptor.proto to every bundle. */
function hasNoSideEffects(method: DescMethodUnary): boolean {
  return (method.idempotency as number) === 1
}

/** Whether the error concerns only the caller that started the request: it canceled, or its deadline passed. */
function isOfItsMaker(error: unknown): boolean {
  return isConnectError(error) && (error.code === Code.Canceled || error.code === Code.DeadlineExceeded)
}
