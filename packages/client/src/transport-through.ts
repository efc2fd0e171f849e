import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf"
import { create } from "@bufbuild/protobuf"
import { createContextValues } from "@connectrpc/connect"
import type { ContextValues, Interceptor, StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect"
import { CallScope } from "./call-scope.ts"
import { createMessages } from "./create-messages.ts"
import { MessageIterator, singleUse } from "./message-stream.ts"

/** What interceptors wrap, and what they make of it: a request goes in, the response to it comes out. */
export type Exchange = Parameters<Interceptor>[0]

/** The options of a transport that matter to a call, whatever it is sent by. */
export interface CallSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly interceptors: readonly Interceptor[]
  readonly defaultTimeoutMs?: number | undefined
}

type Init = MessageInitShape<DescMessage>

/**
 * A transport whose calls pass the interceptors, with the header that `headerOf` makes of the caller's, and then the
 * innermost exchange, that of `exchangeOf`. A call ends with its answer: with the one message, or with the last one of a
 * stream, or when their reader leaves; and before that by its deadline and its signal.
 */
export function transportThrough(
  { baseUrl, interceptors, defaultTimeoutMs }: CallSettings,
  headerOf: (own: HeadersInit | undefined, scope: CallScope) => Headers,
  exchangeOf: (scope: CallScope) => Exchange,
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
      } as Parameters<Exchange>[0]
      // As in connect the last interceptor is applied first: it is the innermost.
      const exchange = interceptors.reduceRight((next, intercept) => intercept(next), exchangeOf(scope))
      const response = await scope.outcome(exchange(request))
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
