import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf"
import { create } from "@bufbuild/protobuf"
import { createContextValues } from "@connectrpc/connect"
import type { ContextValues, Interceptor, StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect"
import { CallScope } from "./call-scope.ts"
import { createMessages } from "./create-messages.ts"
import { MessageIterator, singleUse } from "./message-stream.ts"

/** The function that interceptors wrap: it completes one call. gRPC libraries call it an invoker. */
export type Invoker = Parameters<Interceptor>[0]

/** The options of a transport that concern every call, whatever the protocol. */
export interface CallSettings {
  /** Has no trailing slash. */
  readonly baseUrl: string
  readonly interceptors: readonly Interceptor[]
  readonly defaultTimeoutMs?: number | undefined
}

type Init = MessageInitShape<DescMessage>

/**
 * A transport whose calls pass the interceptors and then the innermost invoker, which `invokerOf` creates. `headerOf`
 * makes the request headers from the caller's. A call ends with the last message of its answer, when the consumer
 * leaves, at its deadline, or by its signal.
 */
export function transportThrough(
  { baseUrl, interceptors, defaultTimeoutMs }: CallSettings,
  headerOf: (own: HeadersInit | undefined, scope: CallScope) => Headers,
  invokerOf: (scope: CallScope) => Invoker,
): Transport {
  const call = async (
    stream: boolean,
    method: DescMethod,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    input: Init | AsyncIterable<Init>,
    contextValues: ContextValues = createContextValues(),
  ): Promise<UnaryResponse | StreamResponse> => {
    const scope = new CallScope(signal, timeoutMs ?? defaultTimeoutMs)
    try {
      scope.throwIfEnded()
      const request = {
        stream,
        service: method.parent,
        method,
        requestMethod: "POST",
        url: `${baseUrl}/${method.parent.typeName}/${method.name}`,
        signal: scope.signal,
        header: headerOf(header, scope),
        contextValues,
        message: stream
          ? createMessages(method.input, input as AsyncIterable<Init>)
          : create(method.input, input as Init),
      } as Parameters<Invoker>[0]
      // The last interceptor is the innermost, as in connect.
      const invoke = interceptors.reduceRight((next, intercept) => intercept(next), invokerOf(scope))
      const response = await scope.outcome(invoke(request))
      if (response.stream) {
        const open = async () => response.message[Symbol.asyncIterator]()
        return { ...response, message: singleUse(new MessageIterator(() => ({ scope, open }))) }
      }
      scope.end()
      return response
    } catch (error) {
      const failure = scope.errorOf(error)
      scope.end(failure)
      throw failure
    }
  }
  return {
    unary: (...rest) => call(false, ...rest),
    stream: (...rest) => call(true, ...rest),
  } as Transport
}
