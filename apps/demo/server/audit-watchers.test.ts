import { once } from "node:events"
import { type ClientHttp2Stream, connect } from "node:http2"

import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import {
  AuditService,
  WatchRequestSchema,
  type WatchResponse,
  WatchResponseSchema,
} from "@causeway/proto/api/v1/audit_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished, vi } from "vitest"

import { failure, next, startTestServer } from "./start-test-server.ts"
import { importUsers, nextEvent, watchLive } from "./watch-for-test.ts"

describe("a watcher that leaves", () => {
  it("is forgotten at once", async () => {
    const { client, server } = await startTestServer()
    const aborts = Array.from({ length: 50 }, () => new AbortController())
    const live = await Promise.all(aborts.map((abort) => watchLive(client(AuditService), abort)))
    expect(server.watcherCount).toBe(50)
    for (const abort of aborts) abort.abort()
    const ends = await Promise.all(live.map(({ stream }) => failure(stream.next())))
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([Code.Canceled]))
    await expect.poll(() => server.watcherCount, { timeout: 20_000 }).toBe(0)
  })

  it("is forgotten when its deadline passes", async () => {
    const { client, server } = await startTestServer()
    const stream = client(AuditService).watch({ backlogSize: -1 }, { timeoutMs: 500 })[Symbol.asyncIterator]()
    await next(stream)
    expect((await failure(stream.next())).code).toBe(Code.DeadlineExceeded)
    await expect.poll(() => server.watcherCount, { timeout: 20_000 }).toBe(0)
  })

  it("is forgotten when its connection breaks", async () => {
    const { server } = await startTestServer()
    const { stream } = await openRawWatch(server.address)
    stream.session?.destroy()
    await expect.poll(() => server.watcherCount, { timeout: 20_000 }).toBe(0)
  })

  it("is forgotten when it had stopped reading", async () => {
    const test = await startTestServer()
    const { stream } = await openRawWatch(test.server.address)
    // More than the flow-control window, so that the server has stopped in the middle of a write.
    await importUsers(test, 1200)
    expect(test.server.watcherCount).toBe(1)
    stream.close(8)
    await expect.poll(() => test.server.watcherCount, { timeout: 20_000 }).toBe(0)
  })
})

describe("a watcher that does not read", () => {
  it("holds up no other, and finds every event when it reads again", async () => {
    const test = await startTestServer()
    const { stream, messages } = await openRawWatch(test.server.address)
    const { stream: other } = await watchLive(test.client(AuditService))
    await importUsers(test, 1200)
    const expected: bigint[] = []
    while (expected.length < 1200) expected.push((await nextEvent(other)).sequence)

    stream.resume()
    await vi.waitUntil(() => messages().length >= 1201, { timeout: 20_000 })
    const sequences = messages().flatMap(({ event }) => event?.sequence ?? [])
    expect(sequences).toEqual(expected)
  })
})

/** A Watch without backlog whose answer is not read beyond its first bytes; `messages` are those read so far. */
async function openRawWatch(address: string): Promise<{ stream: ClientHttp2Stream; messages: () => WatchResponse[] }> {
  const session = connect(address)
  onTestFinished(() => session.destroy())
  const stream = session.request({
    ":method": "POST",
    ":path": "/api.v1.AuditService/Watch",
    "content-type": "application/grpc",
    te: "trailers",
  })
  const request = toBinary(WatchRequestSchema, create(WatchRequestSchema, { backlogSize: -1 }))
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]))
  const chunks: Buffer[] = []
  stream.on("data", (chunk: Buffer) => chunks.push(chunk))
  await once(stream, "data")
  stream.pause()
  return { stream, messages: () => completeMessages(Buffer.concat(chunks)) }
}

function completeMessages(bytes: Buffer): WatchResponse[] {
  const messages: WatchResponse[] = []
  for (let start = 0; start + 5 <= bytes.length;) {
    const end = start + 5 + bytes.readUInt32BE(start + 1)
    if (end > bytes.length) break
    messages.push(fromBinary(WatchResponseSchema, bytes.subarray(start + 5, end)))
    start = end
  }
  return messages
}
