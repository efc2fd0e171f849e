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

/** What a mocked method knows of its call, besides the request. */
export interface MockContext {
  /** The request's headers. */
  readonly header: Headers
  /** What is left of the call's deadline when it comes, in milliseconds; undefined: it has none. */
  readonly timeoutMs: number | undefined
  /** Aborted when the client lets go of the call: by `break`, its signal or its deadline, and after its end. */
  readonly signal: AbortSignal
  /** Goes with the first message, or with `sendHeader`. */
  readonly responseHeader: Headers
  /** Goes after the last message. */
  readonly responseTrailer: Headers
  /** Answers with the headers now, of a stream whose first message is yet to come. */
  sendHeader(): void
  /** Resolves after so many milliseconds on the mock's clock. Rejects when the client lets go of the call. */
  wait(ms: number): Promise<void>
}

type Answer<O extends DescMessage> = MessageInitShape<O>
type Answers<O extends DescMessage> = Iterable<Answer<O>> | AsyncIterable<Answer<O>>

/**
 * Methods of a service as a test writes them; a method that is left out is UNIMPLEMENTED. What one throws the client gets:
 * a `ConnectError` as its status, an `RpcError` with the source `network` or `http` as such a failure, all else as UNKNOWN.
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
