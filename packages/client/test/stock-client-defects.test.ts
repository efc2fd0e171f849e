import { gzipSync } from "node:zlib"
import { create, toBinary } from "@bufbuild/protobuf"
import { WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { encodeFrame } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { decompression } from "../src/index.ts"
import { scriptedClients, wordsOf } from "./clients.ts"
import { bytes, join, okTrailer, trailerFrame, watchFrame } from "./grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

/** Defects of connect-web 2.2.0 that this client does not repeat. */
describe("a defect of the stock client is not repeated", () => {
  it("leaving the loop of a server stream aborts the request and cancels its body", async () => {
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }])
    for await (const message of audit.watch({})) {
      expect(message.caughtUp?.cursor).toBe("a")
      break
    }
    expect(requests[0].signal.aborted).toBe(true)
  })

  it("leaving the loop cancels the body too if fetch ignores its signal", async () => {
    const { audit, requests } = scriptedClients([{ body: [watchFrame("a")], isOpen: true }], { onAbort: "ignore" })
    for await (const _ of audit.watch({})) break
    expect(requests[0].isCanceled).toBe(true)
  })

  it("a network failure is UNAVAILABLE from the network and keeps its cause", async () => {
    const cause = new TypeError("Failed to fetch")
    const { users } = scriptedClients([cause])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network", cause })
  })

  it("a network failure in the middle of a stream is UNAVAILABLE from the network, after the messages that arrived", async () => {
    const cause = new TypeError("network error")
    const { audit } = scriptedClients([{ body: [watchFrame("a"), cause] }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network", cause })
  })

  it("a stream that ends without trailers was cut: UNAVAILABLE from the network", async () => {
    const { audit } = scriptedClients([{ body: [watchFrame("a")] }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(error?.message).toContain("without its trailers")
  })

  it("a stream cut inside a message is the network's fault, not the caller's", async () => {
    const { audit } = scriptedClients([{ body: [watchFrame("a"), watchFrame("b").subarray(0, 7)] }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(error?.message).toContain("inside a message")
  })

  it("the error for a web page instead of an answer names its content type and shows its beginning", async () => {
    const page = bytes("<!doctype html>\n<title>My App</title>")
    const headers = { "content-type": "text/html; charset=utf-8" }
    const { users } = scriptedClients([{ headers, body: [page] }])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code: Code.Unknown, source: "http", httpStatus: 200 })
    expect(error.message).toContain("text/html; charset=utf-8")
    expect(error.message).toContain("<!doctype html> <title>My App</title>")
    expect(error.message).toContain("baseUrl is wrong")
  })

  it("a declared length of 2 GiB is refused before anything is allocated", async () => {
    const header = new Uint8Array([0, 0x7f, 0xff, 0xff, 0xff])
    const { audit } = scriptedClients([{ body: [header] }])
    const before = process.memoryUsage()
    const { error } = await outcomeOf(audit.watch({}))
    const after = process.memoryUsage()
    expect(error).toMatchObject({ code: Code.ResourceExhausted, source: "client" })
    expect(error?.message).toContain("2147483647 bytes")
    expect(error?.message).toContain("maxMessageBytes")
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024)
  })

  it("a declared length within the limit needs memory only for the bytes that arrived", async () => {
    const header = new Uint8Array([0, 0, 0x3f, 0xff, 0xff])
    const { audit } = scriptedClients([{ body: [header] }])
    const before = process.memoryUsage()
    const { error } = await outcomeOf(audit.watch({}))
    const after = process.memoryUsage()
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 * 1024 * 1024)
  })

  it("a compressed message of a stream is inflated by decompression()", async () => {
    const payload = toBinary(WatchResponseSchema, create(WatchResponseSchema, { caughtUp: { cursor: "zipped" } }))
    const body = [join(encodeFrame(1, gzipSync(payload)), watchFrame("plain"), okTrailer)]
    const answers = [{ headers: { "grpc-encoding": "gzip" }, body }]
    const { audit } = scriptedClients(answers, { decompression: decompression() })
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(error).toBeUndefined()
    expect(wordsOf(messages)).toEqual(["zipped", "plain"])
  })

  it("a compressed message without a known encoding is a clear error, never parsed as a message", async () => {
    const { audit } = scriptedClients([{ body: [join(encodeFrame(1, bytes("??")), okTrailer)] }], {
      decompression: decompression(),
    })
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(messages).toEqual([])
    expect(error).toMatchObject({ code: Code.Internal, source: "protocol" })
    expect(error?.message).toContain("compressed")
  })

  it("a compressed message is refused without decompression(), and the error names that option", async () => {
    const body = [join(encodeFrame(1, gzipSync(bytes("??"))), okTrailer)]
    const { audit } = scriptedClients([{ headers: { "grpc-encoding": "gzip" }, body }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(messages).toEqual([])
    expect(error).toMatchObject({ code: Code.Unimplemented, source: "client" })
    expect(error?.message).toContain("decompression()")
  })

  it("a badly escaped grpc-message does not lose the status", async () => {
    const trailer = trailerFrame("grpc-status: 5", "grpc-message: na%C3%AFve%ZZ")
    const { users } = scriptedClients([{ body: [trailer] }])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code: Code.NotFound, source: "server", rawMessage: "naïve%ZZ" })
  })

  it("AbortSignal.timeout is DEADLINE_EXCEEDED", async () => {
    const { users } = scriptedClients([new Promise(() => {})])
    const error = await errorOf(users.getUser({ id: "1" }, { signal: AbortSignal.timeout(1) }))
    expect(error.code).toBe(Code.DeadlineExceeded)
    expect(error.source).toBe("client")
  })

  it("a stream that nobody iterates sends nothing and leaves no rejection unhandled", async () => {
    const unhandled = vi.fn()
    process.on("unhandledRejection", unhandled)
    const { audit, requests } = scriptedClients([new TypeError("Failed to fetch")])
    audit.watch({})
    audit.watch({}, { signal: AbortSignal.abort() })
    // Unhandled rejections are reported after the microtasks, at the end of a turn of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    process.off("unhandledRejection", unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(requests).toEqual([])
  })

  it.each([
    [400, Code.Internal],
    [401, Code.Unauthenticated],
    [403, Code.PermissionDenied],
    [404, Code.Unimplemented],
    [408, Code.Unknown],
    [413, Code.Unknown],
    [429, Code.Unavailable],
    [431, Code.Unknown],
    [500, Code.Unknown],
    [502, Code.Unavailable],
    [503, Code.Unavailable],
    [504, Code.Unavailable],
  ])("HTTP %i without a grpc-status has the code of gRPC's table, and is marked as HTTP", async (status, code) => {
    const { users } = scriptedClients([
      { status, headers: { "content-type": "text/html" }, body: [bytes("<h1>no</h1>")] },
    ])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code, source: "http", httpStatus: status })
    expect(error.message).toContain(`HTTP ${status}`)
    expect(error.message).toContain("<h1>no</h1>")
  })

  it("an HTTP error in gRPC-Web's own content type has the code of gRPC's table too", async () => {
    const { users } = scriptedClients([{ status: 503, body: null }])
    const error = await errorOf(users.getUser({ id: "1" }))
    expect(error).toMatchObject({ code: Code.Unavailable, source: "http", httpStatus: 503 })
  })

  it("iterating a stream twice throws", async () => {
    const { audit } = scriptedClients([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    const stream = audit.watch({})
    expect(wordsOf((await outcomeOf(stream)).messages)).toEqual(["a", "b"])
    const { messages, error } = await outcomeOf(stream)
    expect(messages).toEqual([])
    expect(error).toMatchObject({ code: Code.FailedPrecondition, source: "client" })
  })
})
