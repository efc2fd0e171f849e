import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import type { RequestListener } from "node:http"
import { describe, expect, it, vi } from "vitest"
import { createConnectTransport } from "../src/connect/index.ts"
import type { ConnectTransportOptions } from "../src/connect/index.ts"
import { createClient } from "../src/index.ts"
import { wordsOf } from "./clients.ts"
import { serve } from "./http-server.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

/** An independent server of the Connect protocol, and a log of its handlers. */
function connectServer(): { listener: RequestListener; canceled: () => void; timeouts: (number | undefined)[] } {
  const canceled = vi.fn()
  const timeouts: (number | undefined)[] = []
  const listener = connectNodeAdapter({
    grpc: false,
    grpcWeb: false,
    routes: ({ service }) => {
      service(UserService, {
        getUser: ({ id }, { timeoutMs }) => {
          timeouts.push(timeoutMs())
          return { user: { id } }
        },
        createUser: () => {
          const value = { fieldViolations: [{ field: "user.email", description: "is no address" }] }
          throw new ConnectError("naïve", Code.InvalidArgument, { "x-meta": "m", "x-causeway-reason": "bad-frame" }, [
            { desc: BadRequestSchema, value },
          ])
        },
        deleteUser: () => new Promise(() => {}),
      })
      service(AuditService, {
        async *watch({ backlogSize }, { signal }) {
          for (let at = 0; at < backlogSize; at++) yield { caughtUp: { cursor: String(at) } }
          if (backlogSize === 1) throw new ConnectError("draining", Code.Unavailable)
          await new Promise((resolve) => signal.addEventListener("abort", resolve))
          canceled()
        },
      })
    },
  })
  return { listener, canceled, timeouts }
}

function clientsOf(options: ConnectTransportOptions) {
  const transport = createConnectTransport(options)
  return {
    users: createClient(UserService, transport),
    audit: createClient(AuditService, transport),
    imports: createClient(ImportService, transport),
  }
}

async function setUp(options: Partial<ConnectTransportOptions> = {}) {
  const server = connectServer()
  const { baseUrl } = await serve(server.listener)
  return { ...server, ...clientsOf({ baseUrl, ...options }) }
}

describe.each([false, true])("the Connect protocol, useBinaryFormat %o", (useBinaryFormat) => {
  it("carries unary calls and server streams", async () => {
    const { users, audit } = await setUp({ useBinaryFormat })
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    const words: (string | undefined)[] = []
    for await (const message of audit.watch({ backlogSize: 3 })) if (words.push(...wordsOf([message])) === 3) break
    expect(words).toEqual(["0", "1", "2"])
  })

  it("fails with the error of the service", async () => {
    const { users } = await setUp({ useBinaryFormat })
    const error = await errorOf(users.createUser({}))
    expect(error).toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: "naïve",
      source: "server",
      reason: "bad-frame",
    })
    expect(error.metadata.get("x-meta")).toBe("m")
    expect(error.findDetails(BadRequestSchema)[0].fieldViolations[0].field).toBe("user.email")
  })

  it("fails a stream, after its messages, with what the service threw", async () => {
    const { audit } = await setUp({ useBinaryFormat })
    const { messages, error } = await outcomeOf(audit.watch({ backlogSize: 1 }))
    expect(wordsOf(messages)).toEqual(["0"])
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "draining", source: "server" })
  })
})

describe("the end of a call by the Connect protocol", () => {
  it("by break reaches the server", async () => {
    const { audit, canceled } = await setUp()
    for await (const _ of audit.watch({ backlogSize: 2 })) break
    await vi.waitFor(() => expect(canceled).toHaveBeenCalledOnce())
  })

  it("by the caller's signal is CANCELED with its reason, and by its timeout DEADLINE_EXCEEDED", async () => {
    const { users } = await setUp()
    const reason = new Error("navigated away")
    const aborted = errorOf(users.deleteUser({}, { signal: AbortSignal.abort(reason) }))
    expect(await aborted).toMatchObject({ code: Code.Canceled, source: "client", cause: reason })
    const late = errorOf(users.deleteUser({}, { signal: AbortSignal.timeout(20) }))
    expect(await late).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
  })

  it("by its deadline is DEADLINE_EXCEEDED, and the server was told the deadline", async () => {
    const { users, timeouts } = await setUp({ defaultTimeoutMs: 60_000 })
    await users.getUser({})
    await users.getUser({}, { timeoutMs: 0 })
    expect(timeouts[0]).toBeGreaterThan(50_000)
    expect(timeouts[1]).toBeUndefined()
    const error = await errorOf(users.deleteUser({}, { timeoutMs: 30 }))
    expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect(await errorOf(users.getUser({}, { timeoutMs: -1 }))).toMatchObject({ code: Code.DeadlineExceeded })
  })
})

describe("a call without a valid answer of the Connect protocol", () => {
  it("has a network error if nothing listens, for unary calls and streams", async () => {
    const { users, audit } = clientsOf({ baseUrl: "http://127.0.0.1:9" })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unavailable, source: "network" })
    const { error } = await outcomeOf(audit.watch({}))
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
  })

  it("has a network error if the answer breaks off or ends early", async () => {
    for (const [body, breaks] of [
      [Buffer.from([0, 0, 0, 0, 2]), false],
      [Buffer.from([0, 0, 0, 0, 0]), false],
      [Buffer.from([0, 0, 0, 0, 0]), true],
    ] as const) {
      const { baseUrl } = await serve((_request, response) => {
        response.writeHead(200, { "content-type": "application/connect+proto" })
        response.write(body, () => (breaks ? response.destroy() : response.end()))
      })
      const { error } = await outcomeOf(clientsOf({ baseUrl, useBinaryFormat: true }).audit.watch({}))
      expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    }
  })

  it.each([
    [200, "text/html", Code.Unknown],
    [502, "text/html", Code.Unavailable],
  ])("has source http for HTTP %i with %s", async (status, type, code) => {
    const { baseUrl } = await serve((_request, response) => {
      response.writeHead(status, { "content-type": type }).end("<!doctype html>")
    })
    const { users, audit } = clientsOf({ baseUrl })
    const expected = { code, source: "http", httpStatus: status }
    expect(await errorOf(users.getUser({}))).toMatchObject(expected)
    expect((await outcomeOf(audit.watch({}))).error).toMatchObject(expected)
  })

  it("has a protocol error if the message is unreadable", async () => {
    const { baseUrl } = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end('{"user":7}')
    })
    expect(await errorOf(clientsOf({ baseUrl }).users.getUser({}))).toMatchObject({ source: "protocol" })
  })

  it("sends nothing for a method that streams its requests", async () => {
    const { imports } = await setUp()
    async function* none() {}
    const error = await errorOf(imports.import(none()))
    expect(error).toMatchObject({ code: Code.Unimplemented, source: "client" })
  })
})

describe("an interceptor over the Connect protocol", () => {
  it("sees the errors of this package, and may repeat the call", async () => {
    const sources: unknown[] = []
    const again: Interceptor = (next) => async (request) => {
      try {
        return await next(request)
      } catch (error) {
        sources.push((error as { source?: unknown }).source)
        return next(request)
      }
    }
    const server = connectServer()
    let requestCount = 0
    const { baseUrl } = await serve((request, response) => {
      if (++requestCount === 1) response.destroy()
      else server.listener(request, response)
    })
    const { users } = clientsOf({ baseUrl, interceptors: [again] })
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    expect(sources).toEqual(["network"])
  })
})
