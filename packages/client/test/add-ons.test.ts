import type { ConnectRouter, Interceptor, Transport } from "@connectrpc/connect"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, vi } from "vitest"
import {
  auth,
  createClient,
  createTransport,
  dedupe,
  lifecycle,
  logger,
  resumable,
  retry,
  trace,
} from "../src/index.ts"
import type { LogEntry } from "../src/index.ts"
import { scriptedClients } from "./clients.ts"
import { serve } from "./http-server.ts"
import { errorOf } from "./outcome.ts"

type CreateTransport = (options: { baseUrl: string; interceptors: Interceptor[] }) => Transport

/** All add-ons in the order that docs/client/add-ons.md advises, and a log of each. */
function addOns() {
  const session = { token: "old" }
  const refreshToken = vi.fn(async () => (session.token = "new"))
  const entries: LogEntry[] = []
  const spans: { readonly traceparent: string; readonly status: string | undefined }[] = []
  let spanId = 0
  const startSpan = () => {
    const traceparent = `00-${"a".repeat(32)}-${String(++spanId).padStart(16, "0")}-01`
    return {
      traceparent,
      end: (attributes: Record<string, unknown>) =>
        spans.push({ traceparent, status: String(attributes["rpc.status_code"]) }),
    }
  }
  const interceptors = [
    logger({ sink: (entry) => entries.push(entry) }),
    dedupe(),
    retry({ initialBackoffMs: 1 }),
    auth({ getToken: () => session.token, refreshToken }),
    trace({ startSpan }),
  ]
  return { session, refreshToken, entries, spans, interceptors }
}

async function serveRoutes(routes: (router: ConnectRouter) => void): Promise<string> {
  return (await serve(connectNodeAdapter({ routes }))).baseUrl
}

/** The parts of a request that the add-ons set, as the server saw them. */
function seenOf(header: Headers): (string | null)[] {
  return ["authorization", "grpc-previous-rpc-attempts", "traceparent"].map((name) => header.get(name))
}

const traceparent = (id: number): string => `00-${"a".repeat(32)}-${String(id).padStart(16, "0")}-01`

describe.each<[string, CreateTransport]>([
  ["createTransport", createTransport],
  ["connect's gRPC-Web transport", createGrpcWebTransport],
  ["connect's own protocol", createConnectTransport],
])("all add-ons together, over real HTTP with %s", (_name, create) => {
  it("five callers share one call that renews its token, is refused once, and is then answered", async () => {
    const seen: (string | null)[][] = []
    const leftMs: number[] = []
    let isDown = true
    const baseUrl = await serveRoutes(({ service }) => {
      service(UserService, {
        getUser({ id }, { requestHeader, timeoutMs }) {
          seen.push(seenOf(requestHeader))
          leftMs.push(timeoutMs() ?? 0)
          if (requestHeader.get("authorization") !== "Bearer new") throw new ConnectError("", Code.Unauthenticated)
          if (isDown) {
            isDown = false
            throw new ConnectError("", Code.Unavailable, { "grpc-retry-pushback-ms": "1" })
          }
          return { user: { id } }
        },
      })
    })
    const { interceptors, refreshToken, entries, spans } = addOns()
    const users = createClient(UserService, create({ baseUrl, interceptors }))
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => users.getUser({ id: "7" }, { timeoutMs: 20_000 })),
    )
    expect(answers.map(({ user }) => user?.id)).toEqual(["7", "7", "7", "7", "7"])
    expect(new Set(answers).size).toBe(5)
    expect(seen).toEqual([
      ["Bearer old", null, traceparent(1)],
      ["Bearer new", null, traceparent(2)],
      ["Bearer new", "1", traceparent(3)],
    ])
    // Each attempt carries the remaining deadline, also over a transport that sets it once.
    expect(leftMs[2]).toBeLessThan(20_000)
    expect(leftMs[2]).toBeLessThan(leftMs[0])
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect(spans.map(({ status }) => status)).toEqual(["UNAUTHENTICATED", "UNAVAILABLE", "OK"])
    expect(entries.map(({ code, attempts }) => [code, attempts])).toEqual(Array.from({ length: 5 }, () => ["OK", 2]))
  })

  it("a failed write is not repeated", async () => {
    let calls = 0
    const baseUrl = await serveRoutes(({ service }) => {
      service(UserService, {
        createUser() {
          calls++
          throw new ConnectError("", Code.Unavailable)
        },
      })
    })
    const { interceptors, entries } = addOns()
    const users = createClient(UserService, create({ baseUrl, interceptors }))
    await expect(users.createUser({})).rejects.toMatchObject({ code: Code.Unavailable })
    expect(calls).toBe(1)
    expect(entries).toMatchObject([{ code: "UNAVAILABLE", attempts: 1 }])
  })

  it("the server learns when the last caller leaves, and no attempt follows", async () => {
    const ended = vi.fn()
    const begun = vi.fn()
    const baseUrl = await serveRoutes(({ service }) => {
      service(UserService, {
        getUser: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            begun()
            signal.addEventListener("abort", () => {
              ended()
              reject(signal.reason as Error)
            })
          }),
      })
    })
    const { interceptors, entries } = addOns()
    const users = createClient(UserService, create({ baseUrl, interceptors }))
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => users.getUser({}, { signal }).catch(ConnectError.from))
    await vi.waitFor(() => expect(begun).toHaveBeenCalledTimes(1))
    controllers[0].abort()
    await vi.waitFor(() => expect(entries).toHaveLength(1))
    expect(ended).not.toHaveBeenCalled()
    controllers[1].abort()
    expect((await Promise.all(calls)).map((error) => (error as ConnectError).code)).toEqual([
      Code.Canceled,
      Code.Canceled,
    ])
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1))
    expect(begun).toHaveBeenCalledTimes(1)
  })

  it("a refused stream renews its token and goes on, even if the server sends its headers first", async () => {
    const seen: (string | null)[] = []
    const baseUrl = await serveRoutes(({ service }) => {
      service(AuditService, {
        async *watch(_request, { requestHeader }) {
          seen.push(requestHeader.get("authorization"))
          if (requestHeader.get("authorization") !== "Bearer new") throw new ConnectError("", Code.Unauthenticated)
          yield { caughtUp: { cursor: "a" } }
        },
      })
    })
    const { interceptors, entries } = addOns()
    const audit = createClient(AuditService, create({ baseUrl, interceptors }))
    const cursors: (string | undefined)[] = []
    for await (const { caughtUp } of audit.watch({})) cursors.push(caughtUp?.cursor)
    expect(cursors).toEqual(["a"])
    expect(seen).toEqual(["Bearer old", "Bearer new"])
    expect(entries).toMatchObject([{ code: "OK", receivedCount: 1 }])
  })

  it("Q24: a resumed stream sends the current token, and a span for each connect", async () => {
    const seen: (string | null)[][] = []
    const { interceptors, session, spans } = addOns()
    const baseUrl = await serveRoutes(({ service }) => {
      service(AuditService, {
        async *watch({ cursor }, { requestHeader }) {
          seen.push(seenOf(requestHeader))
          yield { caughtUp: { cursor: `${cursor}a` } }
          if (cursor.length < 2) {
            session.token = `renewed${cursor.length}`
            throw new ConnectError("restarting", Code.Unavailable)
          }
        },
      })
    })
    const audit = createClient(AuditService, create({ baseUrl, interceptors }))
    const watch = resumable(audit.watch, {
      initialBackoffMs: 1,
      resume: ({ caughtUp }, request) => ({ ...request, cursor: caughtUp?.cursor ?? "" }),
    })
    const cursors: (string | undefined)[] = []
    for await (const { caughtUp } of watch({ cursor: "" })) cursors.push(caughtUp?.cursor)
    expect(cursors).toEqual(["a", "aa", "aaa"])
    expect(seen.map(([token]) => token)).toEqual(["Bearer old", "Bearer renewed0", "Bearer renewed1"])
    expect(spans.map(({ status }) => status)).toEqual(["UNAVAILABLE", "UNAVAILABLE", "OK"])
  })
})

it("Q9: lifecycle inside retry prevents a retry when the page ends", async () => {
  const window = new EventTarget()
  const page = lifecycle({ window })
  const waits: number[] = []
  const clock = { nowMs: () => 0, wait: async (ms: number) => void waits.push(ms) }
  const { users, requests } = scriptedClients([new TypeError("NetworkError when attempting to fetch resource")], {
    interceptors: [retry({ clock }), page.interceptor],
  })
  window.dispatchEvent(new Event("pagehide"))
  expect((await errorOf(users.getUser({}))).code).toBe(Code.Canceled)
  expect([requests.length, waits]).toEqual([1, []])
  page.close()
})
