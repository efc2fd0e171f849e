import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import type { DescMessage, DescMethod, DescService, Message, MessageInitShape } from "@bufbuild/protobuf"
import { Code } from "@causeway/protocol"
import { encodeFrame, encodeTrailerFrame, FrameDecoder, MetadataList, parseTimeout } from "@causeway/protocol"
import type { Clock } from "../clock.ts"
import { RpcError } from "../rpc-error.ts"
import { failureOf } from "./failure.ts"
import type { MockContext, MockService } from "./mock-service.ts"

/** An HTTP request. */
export interface MockRequest {
  /** Ends in `/<package>.<Service>/<Method>`. */
  readonly path: string
  readonly header: Headers
  readonly body: Uint8Array
  readonly signal: AbortSignal
}

/** An HTTP answer. */
export interface MockAnswer {
  readonly status: number
  readonly header: Headers
  /** Produced as they are consumed. */
  readonly chunks: AsyncGenerator<Uint8Array<ArrayBuffer>, void>
}

/** A call that a mock has received. */
export interface MockCall {
  readonly method: DescMethod
  /** All request messages: one, or several for a client-streaming or bidi method. */
  readonly requests: readonly Message[]
  readonly header: Headers
  /** The remaining time of the deadline, in milliseconds; undefined if there is none. */
  readonly timeoutMs: number | undefined
  /** Aborted when the client ends the call: by `break`, its signal or its deadline, and after the call has finished. */
  readonly signal: AbortSignal
}

type Handler = (request: unknown, context: MockContext) => unknown
type Init = MessageInitShape<DescMessage>

/** A gRPC-Web server without a network: it turns the bytes of a request into those of an answer. */
export class MockServer {
  readonly calls: MockCall[] = []
  readonly #clock: Clock
  readonly #methods = new Map<string, { readonly method: DescMethod; readonly handler: Handler | undefined }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Replaces methods that were added before for this service. */
  add<T extends DescService>(service: T, handlers: MockService<T>): void {
    for (const method of service.methods) {
      const handler = (handlers as Readonly<Record<string, Handler | undefined>>)[method.localName]
      this.#methods.set(`${service.typeName}/${method.name}`, { method, handler: handler?.bind(handlers) })
    }
  }

  /** Whether a service with the method at this path was added. */
  has(path: string): boolean {
    return this.#methods.has(methodPath(path))
  }

  /** Answers a request. Rejects like `fetch` if the method simulates a network failure. */
  async answer(request: MockRequest): Promise<MockAnswer> {
    let sendHeader = (): void => {}
    const headerSent = new Promise<void>((resolve) => (sendHeader = resolve))
    const context = this.#context(request, sendHeader)
    const messages = this.#run(request, context)
    // Lets the test's generator clean up; a busy generator does so at its next yield.
    request.signal.addEventListener("abort", () => void messages.return().catch(() => {}))
    const first = messages.next()
    try {
      await Promise.race([headerSent, first])
    } catch (error) {
      return failed(error, context)
    }
    return streamed(first, messages, context)
  }

  async *#run(request: MockRequest, context: MockContext): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const known = this.#methods.get(methodPath(request.path))
    if (known?.handler === undefined) throw unimplemented(request.path)
    const { method, handler } = known
    const requests = decodeMessages(method.input, request.body)
    const { header, timeoutMs, signal } = context
    this.calls.push({ method, requests, header, timeoutMs, signal })
    const takesOne = method.methodKind === "unary" || method.methodKind === "server_streaming"
    if (takesOne && requests.length !== 1) throw notOneMessage(method, requests.length)
    const answer = handler(takesOne ? requests[0] : requests, context)
    const givesOne = method.methodKind === "unary" || method.methodKind === "client_streaming"
    if (givesOne) yield encodeAnswer(method.output, (await answer) as Init)
    else for await (const init of answer as AsyncIterable<Init>) yield encodeAnswer(method.output, init)
  }

  #context({ header, signal }: MockRequest, sendHeader: () => void): MockContext {
    const timeoutMs = parseTimeout(header.get("grpc-timeout") ?? "") ?? undefined
    return {
      header,
      timeoutMs,
      signal,
      responseHeader: new Headers(),
      responseTrailer: new Headers(),
      sendHeader,
      wait: async (ms) => {
        await this.#clock.wait(ms, signal)
        signal.throwIfAborted()
      },
    }
  }
}

/** The last two parts of a path. The parts before them are the path of the bridge. */
function methodPath(path: string): string {
  return path.split("/").slice(-2).join("/")
}

function unimplemented(path: string): RpcError {
  const why = `the mock has no handler for ${methodPath(path)}`
  return new RpcError(why, Code.Unimplemented, { source: "server" })
}

/** The error that gRPC servers answer with ("request cardinality violation"). */
function notOneMessage({ name }: DescMethod, count: number): RpcError {
  return new RpcError(`${name} takes one message, and ${count} came to the mock`, Code.Unimplemented, {
    source: "server",
  })
}

function decodeMessages(schema: DescMessage, body: Uint8Array): Message[] {
  const messages: Message[] = []
  const decoder = new FrameDecoder({ maxMessageBytes: body.length })
  const violation = decoder.push(body, ({ payload }) => messages.push(fromBinary(schema, payload)))
  if (violation === null && decoder.isAtBoundary) return messages
  throw new RpcError("the request is not made of gRPC-Web frames", Code.Internal, { source: "server" })
}

function encodeAnswer(schema: DescMessage, init: Init): Uint8Array<ArrayBuffer> {
  return encodeFrame(0, toBinary(schema, create(schema, init)))
}

type Next = Promise<IteratorResult<Uint8Array<ArrayBuffer>, void>>

function streamed(first: Next, messages: MockAnswer["chunks"], context: MockContext): MockAnswer {
  // A rejection reaches the reader of the body. Without a reader it must not count as unhandled.
  first.catch(() => {})
  return { status: 200, header: answerHeader(context), chunks: framesOf(first, messages, context) }
}

async function* framesOf(first: Next, messages: MockAnswer["chunks"], context: MockContext): MockAnswer["chunks"] {
  let fields: readonly (readonly [name: string, value: string])[] = [["grpc-status", "0"]]
  try {
    for (let result = await first; result.done !== true; result = await messages.next()) yield result.value
  } catch (error) {
    const failure = failureOf(error)
    // The answer has begun, so a failure other than a status can only break the connection.
    if (failure.kind !== "status") throw failure.kind === "network" ? failure.error : new TypeError(failure.text)
    fields = failure.fields
  }
  yield encodeTrailerFrame(new MetadataList([...context.responseTrailer, ...fields].flat()))
}

/** The answer to a call that failed before its first message: no body, the status in the headers ("Trailers-Only"). */
function failed(error: unknown, context: MockContext): MockAnswer {
  const failure = failureOf(error)
  switch (failure.kind) {
    case "network":
      throw failure.error
    case "http": {
      const header = new Headers({ "content-type": "text/plain" })
      return { status: failure.status, header, chunks: once(new TextEncoder().encode(failure.text)) }
    }
    case "status": {
      const header = answerHeader(context)
      for (const [name, value] of [...context.responseTrailer, ...failure.fields]) header.append(name, value)
      return { status: 200, header, chunks: once(new Uint8Array()) }
    }
  }
}

function answerHeader({ responseHeader }: MockContext): Headers {
  const header = new Headers(responseHeader)
  header.set("content-type", "application/grpc-web+proto")
  return header
}

async function* once<T>(value: T): AsyncGenerator<T, void> {
  yield value
}
