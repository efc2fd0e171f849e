import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import type { Client, Transport } from "@connectrpc/connect"
import { Code, ConnectError, createClient, decodeBinaryHeader, encodeBinaryHeader } from "@connectrpc/connect"
import { createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { createGrpcWebTransport as createFetchTransport } from "@connectrpc/connect-web"
import { describe, expect, it, onTestFinished } from "vitest"
import { leaveNothing } from "./support/scene.ts"
import { startBridge } from "./support/start-bridge.ts"
import type { TypedBackend } from "./support/typed-backend.ts"
import { startConnectBackend, startGrpcJsBackend } from "./support/typed-backend.ts"
import { waitFor } from "./support/wait-for.ts"

/** Clients that others wrote, unchanged. */
const clients: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "connect-web over fetch": (baseUrl) => createFetchTransport({ baseUrl, fetch: closingFetch }),
  "connect-node gRPC-Web over HTTP/1.1": (baseUrl) =>
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent: false } }),
  "connect-node gRPC-Web over HTTP/2": (baseUrl) =>
    createGrpcWebTransport({ baseUrl, httpVersion: "2", sessionManager: session(baseUrl) }),
  "connect-node gRPC over HTTP/2": (baseUrl) => createGrpcTransport({ baseUrl, sessionManager: session(baseUrl) }),
}

const backends = { "connect-node": startConnectBackend, "grpc-js": startGrpcJsBackend }

const cases = Object.keys(backends).flatMap((backend) => Object.keys(clients).map((client) => ({ backend, client })))

interface Api {
  readonly users: Client<typeof UserService>
  readonly audit: Client<typeof AuditService>
  readonly imports: Client<typeof ImportService>
  readonly support: Client<typeof SupportService>
  readonly backend: TypedBackend
}

describe.each(cases)("$client to $backend through the bridge", ({ client, backend }) => {
  const open = (): Promise<Api> => start(clients[client], backends[backend as keyof typeof backends])
  const canStreamUp = !client.includes("fetch")

  it("carries a unary call with its metadata, duplicates and bytes", async () => {
    const { users } = await open()
    const headers = new Headers({ "x-echo-bin": encodeBinaryHeader(Uint8Array.of(0, 255, 128)) })
    headers.append("x-echo", "a")
    headers.append("x-echo", "b, c")
    let head = new Headers()
    let trailers = new Headers()
    const options = {
      headers,
      onHeader: (to: Headers) => void (head = to),
      onTrailer: (to: Headers) => void (trailers = to),
    }
    const { user } = await users.getUser({ id: "u1" }, options)
    expect(user?.id).toBe("u1")
    for (const part of [head, trailers]) {
      expect(
        part
          .get("x-echo")
          ?.split(",")
          .map((value) => value.trim()),
      ).toEqual(["a", "b", "c"])
      expect([...decodeBinaryHeader(part.get("x-echo-bin") ?? "")]).toEqual([0, 255, 128])
    }
  })

  it("carries an error with its details and trailers", async () => {
    const { users } = await open()
    const error = await users.getUser({ id: "missing" }).then(unexpected, ConnectError.from)
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no user" })
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]).toMatchObject({
      field: "user.id",
      description: "nobody has this id – 缺少",
    })
    expect(error.metadata.get("x-why")).toBe("gone")
  })

  it("carries a server stream", async () => {
    const { audit } = await open()
    const numbers: number[] = []
    for await (const { event } of audit.watch({ backlogSize: 500 })) numbers.push(Number(event?.sequence))
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
  })

  it.runIf(canStreamUp)("carries a client stream", async () => {
    const { imports } = await open()
    const rows = async function* () {
      for (let i = 0; i < 200; i++) yield { user: { email: `u${i}@example.com` } }
    }
    expect(await imports.import(rows())).toMatchObject({ receivedCount: 200n })
  })

  it.runIf(canStreamUp)("carries both streams at once", async () => {
    const { support } = await open()
    const said: string[] = []
    const words = async function* () {
      for (let i = 0; i < 20; i++) {
        // Over HTTP/2 each answer is awaited before the next message: full duplex.
        if (client.includes("HTTP/2")) await waitFor(() => said.length === i)
        yield { text: `${i}` }
      }
    }
    for await (const { text } of support.chat(words())) said.push(text)
    expect(said).toEqual(Array.from({ length: 20 }, (_, i) => `echo ${i}`))
  })

  it("cancels the call at the backend (C42)", async () => {
    const { audit, users, backend: server } = await open()
    const leaving = new AbortController()
    const stream = audit.watch({ backlogSize: 1, cursor: "wait" }, { signal: leaving.signal })
    await stream[Symbol.asyncIterator]().next()
    leaving.abort()
    await waitFor(() => server.cancelled.includes("watch"))

    const unary = new AbortController()
    const call = users.getUser({ id: "slow" }, { signal: unary.signal }).then(unexpected, ConnectError.from)
    setImmediate(() => unary.abort())
    expect(await call).toMatchObject({ code: Code.Canceled })
  })

  it("enforces a deadline (C43)", async () => {
    const { users, backend: server } = await open()
    const error = await users.getUser({ id: "slow" }, { timeoutMs: 500 }).then(unexpected, ConnectError.from)
    expect(error.code).toBe(Code.DeadlineExceeded)
    await waitFor(() => server.cancelled.includes("getUser"))
  })
})

async function start(
  createTransport: (url: string) => Transport,
  startBackend: () => Promise<TypedBackend>,
): Promise<Api> {
  const backend = await startBackend()
  const bridge = await startBridge({ upstream: backend.url })
  leaveNothing(bridge, [backend])
  const transport = createTransport(bridge.address)
  return {
    users: createClient(UserService, transport),
    audit: createClient(AuditService, transport),
    imports: createClient(ImportService, transport),
    support: createClient(SupportService, transport),
    backend,
  }
}

function unexpected(): never {
  throw new Error("the call succeeded")
}

/** An HTTP/2 connection that is closed with the test. */
function session(baseUrl: string): Http2SessionManager {
  const manager = new Http2SessionManager(baseUrl)
  onTestFinished(() => manager.abort())
  return manager
}

/** Leaves no idle connection behind. */
const closingFetch: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set("connection", "close")
  return fetch(input, { ...init, headers })
}
