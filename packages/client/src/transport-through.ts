import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf"
import { create } from "@bufbuild/protobuf"
import { createContextValues } from "@connectrpc/connect"
import type { ContextValues, Interceptor, StreamResponse, Transport, UnaryResponse } from "@connectrpc/connect"
import { CallScope } from "./call-scope.ts"
import { createMessages } from "./create-messages.ts"
import { MessageIterator, singleUse } from "./message-stream.ts"

/** What interceptors wrap, and what they make of it: a request goes in, the response to it comes out. */
export type Exchange = Parameters<Interceptor>[0]

/** What makes a transport of an exchange. */
export interface TransportParts {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly interceptors: readonly Interceptor[]
  readonly defaultTimeoutMs?: number | undefined
  /** The headers of a request, made of the caller's. */
  requestHeader(own: HeadersInit | undefined, scope: CallScope): Headers
  /** The innermost exchange of one call. */
  createExchange(scope: CallScope): Exchange
}

type Init = MessageInitShape<DescMessage>

/**
 * A transport whose calls pass the interceptors and then the exchange. A call ends with its answer: with the one message, or
 * with the last one of a stream, or when their reader leaves; and before that by its deadline and its signal.
 */
export function transportThrough(parts: TransportParts): Transport {
  const call = async (
    stream: boolean,
    method: DescMethod,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    input: Init | AsyncIterable<Init>,
    contextValues: ContextValues = createContextValues(),
  ): Promise<UnaryResponse | StreamResponse> => {
    const scope = new CallScope(signal, timeoutMs ?? parts.defaultTimeoutMs)
    try {
      scope.throwIfEnded()
      const request = {
        stream,
        service: method.parent,
        method,
        requestMethod: "POST",
        url: `${parts.baseUrl}/${method.parent.typeName}/${method.name}`,
        signal: scope.signal,
        header: parts.requestHeader(header, scope),
        contextValues,
        message: stream
          ? createMessages(method.input, input as AsyncIterable<Init>)
          : create(method.input, input as Init),
      } as Parameters<Exchange>[0]
      // As in connect the last interceptor is applied first: it is the innermost.
      const exchange = parts.interceptors.reduceRight((next, intercept) => intercept(next), parts.createExchange(scope))
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
