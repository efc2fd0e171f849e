import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Clients } from "../../test/clients.ts"
import { scriptedClients } from "../../test/clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { createClient } from "../create-client.ts"
import { dedupe } from "../dedupe/dedupe.ts"
import { retry } from "../retry/retry.ts"
import { logger } from "./logger.ts"
import type { LogEntry, LoggerOptions } from "./logger.ts"

const found: Script = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }

type Answers = Parameters<typeof scriptedFetch>[0]

function logged(answers: Answers, options: LoggerOptions = {}): Clients & { readonly entries: LogEntry[] } {
  const entries: LogEntry[] = []
  const interceptors = [logger({ sink: (entry) => entries.push(entry), ...options })]
  return { ...scriptedClients(answers, { interceptors }), entries }
}

describe("logger", () => {
  it("writes one entry for a call, without its messages", async () => {
    const { users, entries } = logged([found])
    await users.getUser({ id: "7" }, { headers: { authorization: "Bearer secret" } })
    expect(entries).toEqual([
      { level: "debug", method: "api.v1.UserService/GetUser", code: "OK", durationMs: expect.any(Number) },
    ])
    expect(entries[0].durationMs).toBeGreaterThanOrEqual(0)
  })

  it("gives the error of a failed call, without its metadata", async () => {
    const { users, entries } = logged([
      { headers: { "grpc-status": "5", "grpc-message": "gone", "x-m": "m" }, body: [] },
    ])
    await errorOf(users.getUser({}))
    expect(entries).toMatchObject([{ level: "warn", code: "NOT_FOUND", error: "gone" }])
    expect(JSON.stringify(entries)).not.toContain("x-m")
  })

  it("gives the length of the answer if the server sends it", async () => {
    const { users, entries } = logged([{ ...found, headers: { "content-length": "29" } }])
    await users.getUser({})
    expect(entries[0].responseBytes).toBe(29)
  })

  it("writes the entry of a stream when it ends, with its counts", async () => {
    const { audit, entries } = logged([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    expect(entries).toEqual([])
    await iterator.next()
    await iterator.next()
    expect(entries).toMatchObject([{ code: "OK", sentCount: 1, receivedCount: 2 }])
  })

  it("uses the level debug for a stream that was left", async () => {
    const { audit, entries } = logged([{ body: [watchFrame("a")], isOpen: true }])
    for await (const _ of audit.watch({})) break
    expect(entries).toMatchObject([{ level: "debug", code: "CANCELLED", receivedCount: 1 }])
  })

  it.each([
    ["UNAVAILABLE", "14", "error"],
    ["INTERNAL", "13", "error"],
    ["DEADLINE_EXCEEDED", "4", "error"],
    ["PERMISSION_DENIED", "7", "warn"],
    ["CODE_99", "99", "warn"],
  ])("%s is %3$s", async (code, status, level) => {
    const { users, entries } = logged([{ headers: { "grpc-status": status }, body: [] }])
    await errorOf(users.getUser({}))
    expect(entries).toMatchObject([{ code, level }])
  })

  it("uses the levels of levelOf", async () => {
    const { users, entries } = logged([found], { levelOf: (code) => (code === "OK" ? "info" : "error") })
    await users.getUser({})
    expect(entries).toMatchObject([{ level: "info" }])
  })

  it("contains the messages of a unary call with hasMessages, and never those of a stream", async () => {
    const { users, audit, entries } = logged([found, { body: [watchFrame("a"), okTrailer] }], { hasMessages: true })
    await users.getUser({ id: "7" })
    await outcomeOf(audit.watch({}))
    expect(entries[0]).toMatchObject({ request: { id: "7" }, response: { user: { id: "7" } } })
    expect(entries[1]).not.toHaveProperty("request")
    expect(entries[1]).not.toHaveProperty("response")
  })

  it("gives the number of the attempt inside retry", async () => {
    const entries: LogEntry[] = []
    const down: Script = { headers: { "grpc-status": "14", "x-causeway-reason": "backend-busy" }, body: [] }
    const { users } = scriptedClients([down, found], {
      interceptors: [retry({ random: () => 0 }), logger({ sink: (entry) => entries.push(entry) })],
    })
    await users.getUser({})
    expect(entries).toMatchObject([
      { code: "UNAVAILABLE", attempts: 1 },
      { code: "OK", attempts: 2 },
    ])
  })

  it("gives the number of attempts of a call, also if the call shares its request", async () => {
    const entries: LogEntry[] = []
    const clock = { nowMs: () => 0, wait: async () => {} }
    const { users } = scriptedClients([{ headers: { "grpc-status": "14" }, body: [] }, found], {
      interceptors: [logger({ sink: (entry) => entries.push(entry) }), dedupe(), retry({ clock })],
    })
    await Promise.all([users.getUser({}), users.getUser({})])
    await users.getUser({})
    expect(entries.map(({ attempts }) => attempts)).toEqual([2, 2, 1])
  })

  it("writes to the console method of the level", async () => {
    const debug = vi.spyOn(console, "debug").mockImplementation(() => {})
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
    onTestFinished(() => void vi.restoreAllMocks())
    const answers: Answers = [found, { headers: { "grpc-status": "5" }, body: [] }]
    const { users } = scriptedClients(answers, { interceptors: [logger()] })
    await users.getUser({})
    await errorOf(users.getUser({}))
    expect(debug.mock.calls).toEqual([
      [expect.stringMatching(/^api\.v1\.UserService\/GetUser OK \d+ ms$/), expect.objectContaining({ code: "OK" })],
    ])
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it("breaks no call when its sink throws", async () => {
    const { users } = logged([found], {
      sink() {
        throw new Error("full")
      },
    })
    await users.getUser({})
  })
})

it("works over a transport of connect's", async () => {
  const entries: LogEntry[] = []
  const { fetch } = scriptedFetch([{ body: [watchFrame("a"), okTrailer] }])
  const interceptors = [logger({ sink: (entry) => entries.push(entry) })]
  const transport = createGrpcWebTransport({ baseUrl: "https://api.test", fetch, interceptors })
  for await (const _ of createClient(AuditService, transport).watch({}));
  expect(entries).toMatchObject([{ code: "OK", sentCount: 1, receivedCount: 1 }])
})
