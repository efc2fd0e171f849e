import { createClient, createTransport } from "@causeway/client"
import { toBinary, create } from "@bufbuild/protobuf"
import { AuditService, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { GetUserResponseSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { createCallLog } from "./call-log.ts"
import { recordCalls } from "./record-calls.ts"

const trailer = (lines: string) => frame(0x80, new TextEncoder().encode(lines))
const ok = trailer("grpc-status: 0\r\nx-after: later\r\n")
const user = frame(0, toBinary(GetUserResponseSchema, create(GetUserResponseSchema, { user: { id: "1" } })))
const event = frame(0, toBinary(WatchResponseSchema, create(WatchResponseSchema, { event: { sequence: 7n } })))

function frame(flag: number, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(5)
  new DataView(head.buffer).setUint32(1, payload.byteLength)
  head[0] = flag
  return new Uint8Array([...head, ...payload])
}

/** Clients whose calls are recorded; every request is answered with these chunks, and the body ends if `ends`. */
function setUp({ chunks, ends = true }: { chunks: readonly Uint8Array[]; ends?: boolean }) {
  let nowMs = 0
  const sent: { headers: Headers; body: unknown }[] = []
  const log = createCallLog()
  const recorder = recordCalls(log, {
    nowMs: () => (nowMs += 5),
    fetch(_, init) {
      sent.push({ headers: new Headers(init?.headers), body: init?.body })
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(new Uint8Array(chunk))
          if (ends) controller.close()
        },
      })
      const headers = { "content-type": "application/grpc-web+proto", "x-before": "early" }
      return Promise.resolve(new Response(body, { headers }))
    },
  })
  const { interceptor, fetch } = recorder
  const transport = createTransport({ baseUrl: "http://bridge.example", interceptors: [interceptor], fetch })
  const last = () => log.store.get().calls[0]
  return {
    log,
    last,
    sent,
    recorder,
    users: createClient(UserService, transport),
    audit: createClient(AuditService, transport),
  }
}

describe("recordCalls", () => {
  it("records a call with its bytes, messages, headers and trailers", async () => {
    const { users, last, sent } = setUp({ chunks: [user, ok] })
    await users.getUser({ id: "1" }, { headers: { "x-mine": "yes" } })
    expect(last()).toMatchObject({
      id: 1,
      url: "http://bridge.example/api.v1.UserService/GetUser",
      phase: { kind: "done", code: null, error: null },
      attempts: 1,
      requestBytes: 8,
      responseBytes: user.length + ok.length,
      httpStatus: 200,
      requestCount: 1,
      responseCount: 1,
    })
    expect(last()?.requests[0]?.value).toMatchObject({ id: "1" })
    expect(last()?.responses[0]?.value).toMatchObject({ user: { id: "1" } })
    expect(last()?.requestHeader).toContainEqual(["x-mine", "yes"])
    expect(last()?.responseHeader).toContainEqual(["x-before", "early"])
    expect(last()?.trailer).toContainEqual(["x-after", "later"])
    expect(sent).toHaveLength(1)
  })

  it("puts nothing of its own on the wire, and shows nothing of its own", async () => {
    const { users, last, sent } = setUp({ chunks: [user, ok] })
    await users.getUser({ id: "1" })
    expect([...(sent[0]?.headers.keys() ?? [])].filter((name) => name.includes("recorded"))).toEqual([])
    expect(last()?.requestHeader.map(([name]) => name)).not.toContain("x-recorded-call")
  })

  it("keeps the error of a call that failed, with what came with it", async () => {
    const { users, last } = setUp({ chunks: [trailer("grpc-status: 5\r\ngrpc-message: gone\r\n")] })
    await expect(users.getUser({ id: "1" })).rejects.toThrow("gone")
    expect(last()?.phase).toMatchObject({ kind: "done", code: Code.NotFound })
    expect(last()?.trailer).toContainEqual(["x-before", "early"])
  })

  it("shows a stream open until its last message is taken", async () => {
    const { audit, last } = setUp({ chunks: [event, event, ok] })
    const seen: unknown[] = []
    for await (const _ of audit.watch({})) seen.push([last()?.phase.kind, last()?.responseCount])
    expect(seen).toEqual([
      ["streaming", 1],
      ["streaming", 2],
    ])
    expect(last()?.phase).toMatchObject({ kind: "done", code: null })
  })

  it("calls a stream cancelled when its reader leaves", async () => {
    const { audit, last } = setUp({ chunks: [event], ends: false })
    for await (const _ of audit.watch({})) break
    await expect.poll(() => last()?.phase).toMatchObject({ kind: "done", code: Code.Canceled })
  })

  it("cuts an open answer so that the client sees a broken network", async () => {
    const { audit, last, recorder } = setUp({ chunks: [event], ends: false })
    const read = async () => {
      for await (const _ of audit.watch({})) recorder.cut(last()?.id ?? 0)
    }
    await expect(read()).rejects.toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(last()?.phase).toMatchObject({ kind: "done", code: Code.Unavailable })
  })

  it("cuts nothing when the call is over", async () => {
    const { users, last, recorder } = setUp({ chunks: [user, ok] })
    await users.getUser({ id: "1" })
    const before = last()
    recorder.cut(before?.id ?? 0)
    expect(last()).toBe(before)
  })
})
