import { create, toBinary } from "@bufbuild/protobuf"
import { createClient, createTransport, decompression, isRpcError } from "@causeway/client"
import type { RpcError } from "@causeway/client"
import { AuditService, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { GetUserResponseSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { gzipSync } from "node:zlib"
import { describe, expect, it, onTestFinished } from "vitest"
import { grpcMessage } from "../../packages/bridge/test/support/h2-frames.ts"
import { waitFor } from "../../packages/bridge/test/support/wait-for.ts"
import type { RawWebServer } from "./raw/web-server.ts"
import { startRawWebServer } from "./raw/web-server.ts"

const user = grpcMessage(toBinary(GetUserResponseSchema, create(GetUserResponseSchema, { user: { id: "7" } })))
const event = (cursor: string): Buffer =>
  grpcMessage(toBinary(WatchResponseSchema, create(WatchResponseSchema, { caughtUp: { cursor } })))
const trailers = (block: string, flags = 0x80): Buffer => grpcMessage(Buffer.from(block, "latin1"), flags)
const ok = trailers("grpc-status:0\r\n")

/** Builds an answer in one segment. Its body ends when the connection closes. */
function answer(body: readonly Uint8Array[], fields: readonly string[] = [], line = "200 OK"): Buffer {
  const lines = [`HTTP/1.1 ${line}`, "content-type: application/grpc-web+proto", "connection: close", ...fields]
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), ...body])
}

async function serve(bytes: Uint8Array | null): Promise<RawWebServer> {
  const server = await startRawWebServer(bytes)
  onTestFinished(() => server.close())
  return server
}

interface Got {
  readonly id: string | null
  readonly error: RpcError | null
  readonly header: Headers
  readonly trailer: Headers
}

/** Makes a unary call. */
async function getUser(url: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Got> {
  let [header, trailer] = [new Headers(), new Headers()]
  try {
    const call = createClient(UserService, createTransport({ baseUrl: url, decompression: decompression() })).getUser(
      { id: "7" },
      { ...options, onHeader: (fields) => (header = fields), onTrailer: (fields) => (trailer = fields) },
    )
    return { id: (await call).user?.id ?? null, error: null, header, trailer }
  } catch (error) {
    if (!isRpcError(error)) throw error
    return { id: null, error, header, trailer }
  }
}

async function getFrom(body: readonly Uint8Array[], fields?: readonly string[], line?: string): Promise<Got> {
  return getUser((await serve(answer(body, fields, line))).url)
}

describe("our client, before a server of raw bytes", () => {
  it("C10 a length prefix of 0x80000001 is RESOURCE_EXHAUSTED at once, not a negative length", async () => {
    const { error } = await getFrom([Buffer.of(0, 0x80, 0, 0, 1)])
    expect(error?.code).toBe(Code.ResourceExhausted)
  })

  it("C14 message and trailers in one segment are both delivered", async () => {
    expect(await getFrom([user, ok])).toMatchObject({ id: "7", error: null })
  })

  it.each([":0", ": 0", ":\t0", ":  0 ", ":0\t"])("C15 grpc-status%j in the trailer frame is 0", async (rest) => {
    expect(await getFrom([user, trailers(`grpc-status${rest}\r\n`)])).toMatchObject({ id: "7", error: null })
  })

  it("C16 names of any case are read", async () => {
    const { error, trailer } = await getFrom([user, trailers("Grpc-Status:0\r\nX-Mixed-Case:1\r\n")])
    expect([error, trailer.get("x-mixed-case")]).toEqual([null, "1"])
  })

  it("C17 duplicates are both there, in their order: in trailers, in the head", async () => {
    const got = await getFrom([user, trailers("grpc-status:0\r\nx-a:a\r\nx-b:1\r\nx-a:b\r\n")], ["x-h: a", "x-h: b"])
    expect([got.trailer.get("x-a"), got.header.get("x-h")]).toEqual(["a, b", "a, b"])
  })

  it("C18 a status in the head survives an empty trailer frame", async () => {
    expect((await getFrom([trailers("")], ["grpc-status: 3"])).error?.code).toBe(Code.InvalidArgument)
  })

  it("C19 a status in the trailers wins over one in the head", async () => {
    const { error } = await getFrom([trailers("grpc-status:9\r\n")], ["grpc-status: 8"])
    expect(error?.code).toBe(Code.FailedPrecondition)
  })

  it("C23 a status that is no number, or none at all, is UNKNOWN; 103 passes", async () => {
    expect((await getFrom([user, trailers("grpc-status:abc\r\n")])).error?.code).toBe(Code.Unknown)
    expect((await getFrom([user, trailers("x-a:1\r\n")])).error?.code).toBe(Code.Unknown)
    expect((await getFrom([trailers("grpc-status:103\r\n")])).error?.code).toBe(103)
  })

  it("C24 a message with a stray % is shown as it is, and nothing throws", async () => {
    const { error } = await getFrom([trailers("grpc-status:3\r\ngrpc-message:100% sure\r\n")])
    expect([error?.code, error?.rawMessage]).toEqual([Code.InvalidArgument, "100% sure"])
  })

  it("C25 a percent-encoded message is read as UTF-8", async () => {
    const words = "缺少 😀"
    const { error } = await getFrom([trailers(`grpc-status:5\r\ngrpc-message:${encodeURIComponent(words)}\r\n`)])
    expect([error?.code, error?.rawMessage]).toEqual([Code.NotFound, words])
  })

  it.each(["CAUSA2FiYw", "CAUSA2FiYw=="])("C26 binary trailers are read padded and unpadded: %s", async (details) => {
    const { error } = await getFrom([trailers(`grpc-status:5\r\ngrpc-status-details-bin:${details}\r\n`)])
    expect(error?.code).toBe(Code.NotFound)
    expect(error?.metadata.get("grpc-status-details-bin")).toBe(details)
  })

  it("C27 a trailer frame that is compressed (0x81) is read", async () => {
    const block = gzipSync("grpc-status:0\r\nx-a:1\r\n")
    const got = await getFrom([user, grpcMessage(block, 0x81)], ["grpc-encoding: gzip"])
    expect([got.id, got.error, got.trailer.get("x-a")]).toEqual(["7", null, "1"])
  })

  it("C29 HTTP 204 with a status has that status", async () => {
    expect((await getFrom([], ["grpc-status: 5", "grpc-message: gone"], "204 No Content")).error).toMatchObject({
      code: Code.NotFound,
      rawMessage: "gone",
    })
  })

  it("C45 AbortSignal.timeout is DEADLINE_EXCEEDED, abort() is CANCELLED, and the connection closes", async () => {
    const server = await serve(null)
    const controller = new AbortController()
    const call = getUser(server.url, { signal: controller.signal })
    await waitFor(() => server.requests.length === 1)
    controller.abort()
    expect((await call).error?.code).toBe(Code.Canceled)
    await waitFor(() => server.abandoned === 1)
    const late = await getUser(server.url, { signal: AbortSignal.timeout(50) })
    expect(late.error?.code).toBe(Code.DeadlineExceeded)
  })

  it("C46 a call with a deadline is sent, and says it", async () => {
    const server = await serve(answer([user, ok]))
    expect(await getUser(server.url, { timeoutMs: 60_000 })).toMatchObject({ id: "7", error: null })
    expect(server.requests[0]).toMatch(/^grpc-timeout: \d{1,8}[HMSmun]\r$/im)
  })

  it("C46 a deadline that has passed fails here with DEADLINE_EXCEEDED, and nothing is sent", async () => {
    const server = await serve(answer([user, ok]))
    expect((await getUser(server.url, { timeoutMs: -1 })).error?.code).toBe(Code.DeadlineExceeded)
    expect(server.requests).toEqual([])
  })

  it("C56 a message that inflates beyond the limit is RESOURCE_EXHAUSTED", async () => {
    const bomb = grpcMessage(gzipSync(Buffer.alloc(64 << 20)), 1)
    const { error } = await getFrom([bomb, ok], ["grpc-encoding: gzip"])
    expect(error?.code).toBe(Code.ResourceExhausted)
  })

  it.each([
    ["no message", []],
    ["two messages", [user, user]],
  ] as const)("C63 a unary answer of %s and OK is UNIMPLEMENTED", async (_, messages) => {
    expect((await getFrom([...messages, ok])).error?.code).toBe(Code.Unimplemented)
  })

  it("R13 an end inside a message, or without a status, is never a success", async () => {
    const cut = await serve(answer([event("a"), event("b").subarray(0, 7)]))
    const got: string[] = []
    const error: unknown = await (async () => {
      const stream = createClient(AuditService, createTransport({ baseUrl: cut.url })).watch({})
      for await (const { caughtUp } of stream) got.push(caughtUp?.cursor ?? "")
    })().catch((cause: unknown) => cause)
    expect(got).toEqual(["a"])
    expect(error).toBeInstanceOf(ConnectError)
  })

  it("R18 a page of HTML with HTTP 503 is UNAVAILABLE", async () => {
    const html = Buffer.from("HTTP/1.1 503 Oops\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<h1>no</h1>")
    expect((await getUser((await serve(html)).url)).error?.code).toBe(Code.Unavailable)
  })
})
