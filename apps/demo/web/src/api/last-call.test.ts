import { createClient, createTransport, RpcError } from "@causeway/client"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, createRouterTransport } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { createLastCallMonitor, type LastCall } from "./last-call.ts"

/** Clients whose calls a monitor sees, on a clock that moves 5 ms each time it is asked. */
function setUp() {
  let nowMs = 0
  const monitor = createLastCallMonitor(() => (nowMs += 5))
  const seen: LastCall[] = []
  monitor.store.subscribe(() => seen.push(monitor.store.get()))
  const transport = createRouterTransport(
    ({ service }) => {
      service(UserService, {
        getUser({ id }) {
          if (id === "") throw new RpcError("no such user", Code.NotFound, { source: "server" })
          return { user: { id } }
        },
      })
      service(AuditService, {
        async *watch() {
          yield {}
          yield {}
        },
      })
    },
    { transport: { interceptors: [monitor.interceptor] } },
  )
  return { seen, users: createClient(UserService, transport), audit: createClient(AuditService, transport) }
}

describe("the last call", () => {
  it("is running, then done with its time", async () => {
    const { seen, users } = setUp()
    await users.getUser({ id: "1" })
    expect(seen).toEqual([
      { kind: "running", method: "GetUser" },
      { kind: "done", method: "GetUser", code: null, durationMs: 5 },
    ])
  })

  it("is done with its code when it failed", async () => {
    const { seen, users } = setUp()
    await expect(users.getUser({})).rejects.toThrow("no such user")
    expect(seen.at(-1)).toMatchObject({ kind: "done", code: Code.NotFound })
  })

  it("is streaming until the last message is taken", async () => {
    const { seen, audit } = setUp()
    const kinds: string[] = []
    for await (const _ of audit.watch({})) kinds.push(seen.at(-1)?.kind ?? "")
    expect(kinds).toEqual(["streaming", "streaming"])
    expect(seen.at(-1)).toMatchObject({ kind: "done", method: "Watch", code: null })
  })

  it("is cancelled when the reader of a stream leaves", async () => {
    // By our own transport: connect's does not tell its interceptors of a reader who leaves.
    const { interceptor, store } = createLastCallMonitor(() => 0)
    const openAnswer = () => {
      const emptyMessage = new Uint8Array(5)
      const body = new ReadableStream({ start: (controller) => controller.enqueue(emptyMessage) })
      return Promise.resolve(new Response(body, { headers: { "content-type": "application/grpc-web+proto" } }))
    }
    const transport = createTransport({
      baseUrl: "http://bridge.example",
      interceptors: [interceptor],
      fetch: openAnswer,
    })
    for await (const _ of createClient(AuditService, transport).watch({})) break
    expect(store.get()).toMatchObject({ kind: "done", code: Code.Canceled })
  })
})
