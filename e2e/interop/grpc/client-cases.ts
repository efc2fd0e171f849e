import assert from "node:assert/strict"
import type { Client } from "@causeway/client"
import type { StreamingOutputCallResponse } from "@causeway/proto/grpc/testing/messages_pb"
import type { TestService, UnimplementedService } from "@causeway/proto/grpc/testing/test_pb"
import type { CallOptions } from "@connectrpc/connect"
import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader } from "@connectrpc/connect"

/** Our clients of the two services, connected through a bridge. */
export interface Clients {
  readonly test: Client<typeof TestService>
  readonly unimplemented: Client<typeof UnimplementedService>
}

/** Runs a case of grpc's interop test descriptions with our client. Rejects if an expectation fails. */
export type ClientCase = (clients: Clients) => Promise<void>

const initial = "x-grpc-test-echo-initial"
const trailing = "x-grpc-test-echo-trailing-bin"
const sizes = [31_415, 9, 2_653, 58_979]
const requestSizes = [27_182, 8, 1_828, 45_904]
const special = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"

/** The cases, by their names in the descriptions. Streams are half-duplex, as fetch is: all requests, then all answers. */
export const clientCases: Readonly<Record<string, ClientCase>> = {
  async empty_unary({ test }) {
    await test.emptyCall({})
  },
  async large_unary({ test }) {
    await largeUnary(test)
  },
  async client_streaming({ test }) {
    const { aggregatedPayloadSize } = await test.streamingInputCall(
      each(requestSizes.map((size) => ({ payload: body(size) }))),
    )
    assert.equal(aggregatedPayloadSize, 74_922)
  },
  async server_streaming({ test }) {
    const answers = test.streamingOutputCall({ responseParameters: sizes.map((size) => ({ size })) })
    assert.deepEqual(await sizesOf(answers), sizes)
  },
  async ping_pong({ test }) {
    const requests = sizes.map((size, i) => ({ responseParameters: [{ size }], payload: body(requestSizes[i]) }))
    assert.deepEqual(await sizesOf(test.fullDuplexCall(each(requests))), sizes)
  },
  async empty_stream({ test }) {
    assert.deepEqual(await sizesOf(test.fullDuplexCall(each([]))), [])
  },
  async timeout_on_sleeping_server({ test }) {
    const requests = each([{ payload: body(27_182), responseParameters: [{ size: 31_415, intervalUs: 60_000_000 }] }])
    await fails(sizesOf(test.fullDuplexCall(requests, { timeoutMs: 200 })), Code.DeadlineExceeded)
  },
  async cancel_after_begin({ test }) {
    const abort = new AbortController()
    const call = test.streamingInputCall(never(abort.signal), { signal: abort.signal })
    abort.abort()
    await fails(call, Code.Canceled)
  },
  async cancel_after_first_response({ test }) {
    const abort = new AbortController()
    const parameters = [{ size: 31_415 }, { size: 9, intervalUs: 60_000_000 }]
    const answers = test.streamingOutputCall({ responseParameters: parameters }, { signal: abort.signal })
    let count = 0
    const reading = (async () => {
      for await (const _answer of answers) {
        count++
        abort.abort()
      }
    })()
    await fails(reading, Code.Canceled)
    assert.equal(count, 1)
  },
  async custom_metadata({ test }) {
    const request = { responseSize: 314_159, payload: body(271_828) }
    await echoes((options) => test.unaryCall(request, options))
    const requests = [{ responseParameters: [{ size: 314_159 }], payload: body(271_828) }]
    await echoes((options) => sizesOf(test.fullDuplexCall(each(requests), options)))
  },
  async status_code_and_message({ test }) {
    const responseStatus = { code: 2, message: "test status message" }
    await fails(test.unaryCall({ responseStatus }), Code.Unknown, responseStatus.message)
    await fails(sizesOf(test.fullDuplexCall(each([{ responseStatus }]))), Code.Unknown, responseStatus.message)
  },
  async special_status_message({ test }) {
    await fails(test.unaryCall({ responseStatus: { code: 2, message: special } }), Code.Unknown, special)
  },
  async unimplemented_method({ test }) {
    await fails(test.unimplementedCall({}), Code.Unimplemented)
  },
  async unimplemented_service({ unimplemented }) {
    await fails(unimplemented.unimplementedCall({}), Code.Unimplemented)
  },
  /** The description asks for 1,000 calls. This case makes 50, which take a second or two. */
  async concurrent_large_unary({ test }) {
    await Promise.all(Array.from({ length: 50 }, () => largeUnary(test)))
  },
}

async function largeUnary(test: Clients["test"]): Promise<void> {
  const { payload } = await test.unaryCall({ responseSize: 314_159, payload: body(271_828) })
  assert.equal(payload?.body.length, 314_159)
}

async function echoes(call: (options: CallOptions) => Promise<unknown>): Promise<void> {
  const bytes = Uint8Array.of(0xab, 0xab, 0xab)
  let header: string | null = null
  let trailer: string | null = null
  await call({
    headers: { [initial]: "test_initial_metadata_value", [trailing]: encodeBinaryHeader(bytes) },
    onHeader: (fields) => (header = fields.get(initial)),
    onTrailer: (fields) => (trailer = fields.get(trailing)),
  })
  assert.equal(header, "test_initial_metadata_value")
  assert.deepEqual(decodeBinaryHeader(trailer ?? ""), bytes)
}

async function fails(call: Promise<unknown>, code: Code, message?: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ConnectError)
    assert.equal(error.code, code, error.message)
    if (message !== undefined) assert.equal(error.rawMessage, message)
    return true
  })
}

async function sizesOf(answers: AsyncIterable<StreamingOutputCallResponse>): Promise<number[]> {
  const found: number[] = []
  for await (const { payload } of answers) found.push(payload?.body.length ?? 0)
  return found
}

function body(size: number): { body: Uint8Array<ArrayBuffer> } {
  return { body: new Uint8Array(size) }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items
}

/** Returns a request stream that never yields a message. */
function never(signal: AbortSignal): AsyncIterable<never> {
  const next = (): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
  return { [Symbol.asyncIterator]: () => ({ next }) }
}
