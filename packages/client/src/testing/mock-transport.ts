import type { DescMessage, DescMethod, DescService, MessageShape } from "@bufbuild/protobuf"
import type { Transport } from "@connectrpc/connect"
import { systemClock } from "../clock.ts"
import type { Clock } from "../clock.ts"
import { createTransport } from "../create-transport.ts"
import type { TransportOptions } from "../create-transport.ts"
import { bufferedRequests } from "../request-streaming.ts"
import { MockServer } from "./mock-server.ts"
import type { MockCall } from "./mock-server.ts"
import type { MockService } from "./mock-service.ts"

/**
 * The options of `mockTransport`: a clock, and the options of a transport that do not concern the server or the
 * encoding.
 */
export interface MockTransportOptions extends Omit<
  TransportOptions,
  "baseUrl" | "fetch" | "format" | "requestStreaming"
> {
  /** The clock of `context.wait`. Default: the system clock. */
  readonly clock?: Clock
}

/** A transport that answers its own calls. */
export interface MockTransport extends Transport {
  /** The calls so far, in the order of their arrival, without those that an interceptor answered. */
  readonly calls: readonly MockCall[]
  /** Answers the methods of a service from now on. Returns this transport. */
  service<T extends DescService>(service: T, methods: MockService<T>): MockTransport
  /** The requests of a method so far: `requestsOf(UserService.method.getUser)`. */
  requestsOf<I extends DescMessage>(method: DescMethod & { readonly input: I }): MessageShape<I>[]
}

/**
 * A transport for tests. It is the real transport over a `fetch` that runs the test's methods and answers with the
 * bytes of a bridge. Deadlines, aborts, `break`, interceptors and errors behave as in a browser.
 *
 * ```ts
 * const transport = mockTransport().service(UserService, { getUser: ({ id }) => ({ user: { id } }) })
 * const users = createClient(UserService, transport)
 * ```
 */
export function mockTransport({ clock = systemClock, ...options }: MockTransportOptions = {}): MockTransport {
  const server = new MockServer(clock)
  const transport = createTransport({
    ...options,
    baseUrl: "https://mock.test",
    requestStreaming: bufferedRequests(),
    fetch: mockFetch(server),
  })
  const mock: MockTransport = {
    ...transport,
    calls: server.calls,
    service(service, methods) {
      server.add(service, methods)
      return mock
    },
    requestsOf<I extends DescMessage>(wanted: DescMethod & { readonly input: I }) {
      const calls = server.calls.filter(({ method }) => method === wanted)
      return calls.flatMap(({ requests }) => requests as MessageShape<I>[])
    },
  }
  return mock
}

function mockFetch(server: MockServer): typeof globalThis.fetch {
  return async (url, init = {}) => {
    const { pathname: path } = new URL(url instanceof Request ? url.url : url)
    const signal = init.signal ?? new AbortController().signal
    const header = new Headers(init.headers)
    signal.throwIfAborted()
    const request = { path, header, body: init.body as Uint8Array, signal }
    const answer = await untilAborted(server.answer(request), signal)
    return new Response(bodyOf(answer.chunks, signal), { status: answer.status, headers: answer.header })
  }
}

/** An abort rejects at once, as with `fetch`, even if the mocked method ignores it. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error))
    work.then(resolve, reject)
  })
}

/** Reads one chunk at a time, so that a method runs no further than its messages are read. */
function bodyOf(
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => signal.addEventListener("abort", () => controller.error(signal.reason)),
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (signal.aborted) return
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}
