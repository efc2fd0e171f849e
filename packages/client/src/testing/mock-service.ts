import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf"

/** The context of a call of a mocked method. */
export interface MockContext {
  /** The request's headers. */
  readonly header: Headers
  /** The remaining time of the call's deadline on arrival, in milliseconds; undefined if there is none. */
  readonly timeoutMs: number | undefined
  /** Aborted when the client ends the call: by `break`, its signal or its deadline, and after the call has finished. */
  readonly signal: AbortSignal
  /** Sent with the first message, or by `sendHeader`. */
  readonly responseHeader: Headers
  /** Sent after the last message. */
  readonly responseTrailer: Headers
  /** Sends the headers of a stream now, before its first message. */
  sendHeader(): void
  /** Resolves after `ms` milliseconds on the mock's clock. Rejects when the client ends the call. */
  wait(ms: number): Promise<void>
}

type Answer<O extends DescMessage> = MessageInitShape<O>
type Answers<O extends DescMessage> = Iterable<Answer<O>> | AsyncIterable<Answer<O>>

/**
 * The methods of a mocked service; an omitted method is UNIMPLEMENTED. The client gets the error that a method throws:
 * a `ConnectError` becomes the status, an `RpcError` with the source `network` or `http` becomes such a failure, and
 * any other value becomes UNKNOWN.
 */
export type MockService<T extends DescService> = {
  readonly [P in keyof T["method"]]?: T["method"][P] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, context: MockContext) => Answer<O> | Promise<Answer<O>>
    : T["method"][P] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, context: MockContext) => Answers<O>
      : T["method"][P] extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: readonly MessageShape<I>[], context: MockContext) => Answer<O> | Promise<Answer<O>>
        : T["method"][P] extends DescMethodBiDiStreaming<infer I, infer O>
          ? (requests: readonly MessageShape<I>[], context: MockContext) => Answers<O>
          : never
}
