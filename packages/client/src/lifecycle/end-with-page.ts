import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { Code } from "@causeway/protocol"
import type { Interceptor, StreamRequest, StreamResponse, UnaryRequest } from "@connectrpc/connect"
import { CallScope } from "../call-scope.ts"
import { MessageIterator, singleUse } from "../message-stream.ts"
import { isRpcError, RpcError } from "../rpc-error.ts"
import type { PageSignals } from "./page-signals.ts"

type Invoker = Parameters<Interceptor>[0]

/**
 * An interceptor that cancels streams when their page is left. A network error in a page that is being left becomes
 * CANCELED, so that it is neither shown nor retried.
 */
export function endWithPage(signals: PageSignals): Interceptor {
  return (next) => async (request) => {
    try {
      return await (request.stream ? openStream(next, request, signals) : callUnary(next, request, signals))
    } catch (error) {
      throw leavingError(error, signals)
    }
  }
}

/**
 * A unary call goes on when the page is left. It subscribes all the same: `lifecycle()` listens to `beforeunload` only
 * while it has a subscriber.
 */
async function callUnary(next: Invoker, request: UnaryRequest, signals: PageSignals): ReturnType<Invoker> {
  const unsubscribe = signals.subscribe(() => {})
  try {
    return await next(request)
  } finally {
    unsubscribe()
  }
}

async function openStream(next: Invoker, request: StreamRequest, signals: PageSignals): Promise<StreamResponse> {
  const scope = new CallScope(request.signal, undefined)
  scope.throwIfEnded()
  const unsubscribe = signals.subscribe((event) => {
    if (event === "suspend") scope.end(canceled("the page was left", undefined))
  })
  scope.signal.addEventListener("abort", unsubscribe)
  try {
    const response = (await next({ ...request, signal: scope.signal })) as StreamResponse
    const open = async () => translated(response.message[Symbol.asyncIterator](), signals)
    return { ...response, message: singleUse(new MessageIterator(() => ({ scope, open }))) }
  } catch (error) {
    scope.end()
    throw error
  }
}

function translated<T extends MessageShape<DescMessage>>(
  messages: AsyncIterator<T>,
  signals: PageSignals,
): AsyncIterator<T> {
  const fail = (error: unknown): never => {
    throw leavingError(error, signals)
  }
  return { next: () => messages.next().catch(fail), return: () => leave(messages) }
}

async function leave<T>(messages: AsyncIterator<T>): Promise<IteratorResult<T, undefined>> {
  await messages.return?.()
  return { done: true, value: undefined }
}

function leavingError(error: unknown, { isSuspended }: PageSignals): unknown {
  if (!isSuspended || !isRpcError(error) || error.source !== "network") return error
  return canceled(`the page is being left: ${error.rawMessage}`, error)
}

function canceled(why: string, cause: unknown): RpcError {
  return new RpcError(why, Code.Canceled, { source: "client", cause })
}
