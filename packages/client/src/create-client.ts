import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf"
import type { CallOptions, Transport } from "@connectrpc/connect"
import { callError } from "./call-error.ts"
import { CallScope } from "./call-scope.ts"
import { MessageIterator, singleUse } from "./message-stream.ts"
import type { MessageSource, ResponseStream } from "./message-stream.ts"
import { withDescriptor } from "./method-descriptor.ts"
import { singleMessage } from "./single-message.ts"

/**
 * A client for the service `T`. It can be used wherever connect's `Client<T>` is expected. In addition its streams are
 * disposable: `await using events = audit.watch({})`.
 */
export type Client<T extends DescService> = {
  [P in keyof T["method"]]: T["method"][P] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : T["method"][P] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => ResponseStream<MessageShape<O>>
      : T["method"][P] extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => Promise<MessageShape<O>>
        : T["method"][P] extends DescMethodBiDiStreaming<infer I, infer O>
          ? (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => ResponseStream<MessageShape<O>>
          : never
}

/**
 * Creates a client for a generated service, with one function for each method. A method with a single response returns
 * a promise; a method with a response stream returns an async iterable.
 *
 * ```ts
 * const users = createClient(UserService, createTransport({ baseUrl: "https://api.example" }))
 * const { user } = await users.getUser({ id: "42" }, { timeoutMs: 5_000 })
 * ```
 *
 * Works with any connect `Transport`. Unlike connect's own client, it cancels the request of a stream when the consumer
 * leaves the loop, sends nothing before the first message is requested, and refuses a second iteration.
 */
export function createClient<T extends DescService>(service: T, transport: Transport): Client<T> {
  const methods = service.methods.map((method) => [
    method.localName,
    withDescriptor(clientMethod(transport, method), method),
  ])
  return Object.fromEntries(methods) as Client<T>
}

type Init = MessageInitShape<DescMessage>

function clientMethod(
  transport: Transport,
  method: DescMethodUnary | DescMethodClientStreaming | DescMethodServerStreaming | DescMethodBiDiStreaming,
) {
  if (method.methodKind === "unary") return unaryMethod(transport, method)
  return (input: Init | AsyncIterable<Init>, options?: CallOptions) => {
    const requests = method.methodKind === "server_streaming" ? once(input as Init) : (input as AsyncIterable<Init>)
    const responses = openStream(transport, method, requests, options)
    return method.methodKind === "client_streaming" ? singleMessage(responses, method) : responses
  }
}

function unaryMethod<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodUnary<I, O>,
) {
  return async (request: MessageInitShape<I>, options: CallOptions = {}): Promise<MessageShape<O>> => {
    const { signal, timeoutMs, headers, contextValues } = options
    try {
      const response = await transport.unary(method, signal, timeoutMs, headers, request, contextValues)
      options.onHeader?.(response.header)
      options.onTrailer?.(response.trailer)
      return response.message
    } catch (error) {
      throw callError(error)
    }
  }
}

function openStream<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodStreaming<I, O>,
  requests: AsyncIterable<MessageInitShape<I>>,
  options: CallOptions = {},
): ResponseStream<MessageShape<O>> {
  const { timeoutMs, headers, contextValues } = options
  const start = (): MessageSource<MessageShape<O>> => {
    const scope = new CallScope(options.signal, undefined)
    let trailer = new Headers()
    return {
      scope,
      async open() {
        const response = await transport.stream(method, scope.signal, timeoutMs, headers, requests, contextValues)
        trailer = response.trailer
        options.onHeader?.(response.header)
        return response.message[Symbol.asyncIterator]()
      },
      onEnd: () => options.onTrailer?.(trailer),
    }
  }
  return singleUse(new MessageIterator(start))
}

async function* once<T>(message: T): AsyncGenerator<T, void> {
  yield message
}
