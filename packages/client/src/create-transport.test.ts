import { readFile } from "node:fs/promises"
import { create, toBinary } from "@bufbuild/protobuf"
import { WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import { GetUserRequestSchema, GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { encodeFrame } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { scriptedClients, wordsOf } from "../test/clients.ts"
import { join, messageFrame, okTrailer, trailerFrame, watchFrame } from "../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../test/outcome.ts"
import { createTransport } from "./create-transport.ts"

const user = messageFrame(GetUserResponseSchema, { user: { id: "7", displayName: "Ada" } })
const found = { body: [join(user, okTrailer)] }

describe("a request", () => {
  it("is a POST of one frame to the method's path, and follows no redirect", async () => {
    const { users, requests } = scriptedClients([found])
    const response = await users.getUser({ id: "7" })
    expect(response.user?.displayName).toBe("Ada")
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      url: "https://api.test/api.v1.UserService/GetUser",
      method: "POST",
      redirect: "error",
    })
    const message = toBinary(GetUserRequestSchema, create(GetUserRequestSchema, { id: "7" }))
    expect(requests[0].body).toEqual(encodeFrame(0, message))
  })

  it.each([
    ["https://api.test", "https://api.test/api.v1.UserService/GetUser"],
    ["https://api.test/", "https://api.test/api.v1.UserService/GetUser"],
    ["https://api.test/rpc/", "https://api.test/rpc/api.v1.UserService/GetUser"],
    ["/rpc", "/rpc/api.v1.UserService/GetUser"],
    ["/", "/api.v1.UserService/GetUser"],
    ["https://api.test/rpc//", "https://api.test/rpc/api.v1.UserService/GetUser"],
    ["app+local://api", "app+local://api/api.v1.UserService/GetUser"],
    ["", "/api.v1.UserService/GetUser"],
  ])("to baseUrl %j goes to %s", async (baseUrl, url) => {
    const { users, requests } = scriptedClients([found], { baseUrl })
    await users.getUser({ id: "7" })
    expect(requests[0].url).toBe(url)
  })

  it("accepts a URL object as baseUrl, which JavaScript callers may pass", async () => {
    const { users, requests } = scriptedClients([found], { baseUrl: new URL("https://api.test/rpc/") as never })
    await users.getUser({ id: "7" })
    expect(requests[0].url).toBe("https://api.test/rpc/api.v1.UserService/GetUser")
  })

  it("has gRPC-Web's headers and no other headers", async () => {
    const { users, requests } = scriptedClients([found])
    await users.getUser({ id: "7" })
    const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8")
    const { version } = JSON.parse(manifest) as { version: string }
    expect([...requests[0].headers]).toEqual([
      ["content-type", "application/grpc-web+proto"],
      ["x-grpc-web", "1"],
      ["x-user-agent", `causeway-client/${version}`],
    ])
  })

  it("carries the caller's headers, binary headers unchanged, and the caller's x-user-agent", async () => {
    const { users, requests } = scriptedClients([found])
    const headers = { authorization: "Bearer t", "trace-bin": "AAEC", "x-user-agent": "mine/1" }
    await users.getUser({ id: "7" }, { headers })
    expect(Object.fromEntries(requests[0].headers)).toMatchObject(headers)
  })

  it("fails with source client and sends nothing if it cannot be encoded", async () => {
    const { users, requests } = scriptedClients([found])
    const error = await errorOf(users.listUsers({ pageSize: 2 ** 40 }))
    expect(error).toMatchObject({ code: Code.Internal, source: "client" })
    expect(error.message).toContain("api.v1.ListUsersRequest")
    expect(requests).toEqual([])
  })

  it.each<[string, HeadersInit]>([
    ["bad name", { good: "x", "bad name": "x" }],
    ["x-secret", [["x-secret", "two\nlines"]]],
    ["x-word", { "x-word": "缺少" }],
  ])("with an invalid header %j fails with source client and sends nothing", async (name, headers) => {
    const { users, requests } = scriptedClients([found])
    const error = await errorOf(users.getUser({ id: "7" }, { headers }))
    expect(error).toMatchObject({ code: Code.InvalidArgument, source: "client" })
    expect(error.message).toContain(`the request header "${name}" cannot be sent`)
    expect(error.message).not.toContain("two")
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(requests).toEqual([])
  })
})

describe("an answer", () => {
  it("gives its headers and trailers, with duplicates and binary values kept", async () => {
    const trailer = trailerFrame("grpc-status: 0", "X-Trailer: a", "x-trailer:b", "key-bin: AAEC")
    const { users } = scriptedClients([{ headers: { "x-header": "h" }, body: [join(user, trailer)] }])
    const seen: Headers[] = []
    await users.getUser({ id: "7" }, { onHeader: (header) => seen.push(header), onTrailer: (t) => seen.push(t) })
    expect(seen.map((headers) => Object.fromEntries(headers))).toEqual([
      { "content-type": "application/grpc-web+proto", "x-header": "h" },
      { "grpc-status": "0", "key-bin": "AAEC", "x-trailer": "a, b" },
    ])
  })

  it("of a stream gives its headers before the first message and its trailers after the last", async () => {
    const trailer = trailerFrame("grpc-status:0", "x-trailer:t")
    const { audit } = scriptedClients([
      { headers: { "x-header": "h" }, body: [watchFrame("a"), watchFrame("b"), trailer] },
    ])
    const log: (string | null | undefined)[] = []
    const stream = audit.watch(
      {},
      { onHeader: (header) => log.push(header.get("x-header")), onTrailer: (t) => log.push(t.get("x-trailer")) },
    )
    for await (const message of stream) log.push(message.caughtUp?.cursor)
    expect(log).toEqual(["h", "a", "b", "t"])
  })

  it.each(["application/grpc-web", "application/grpc-web+proto", "Application/gRPC-Web ; charset=utf-8"])(
    "may have the content type %s",
    async (contentType) => {
      const { users } = scriptedClients([{ headers: { "content-type": contentType }, ...found }])
      expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    },
  )

  it.each(["application/grpc-web+json", "application/grpc-web-text", "application/grpc", "image/jpeg", null])(
    "is refused with the content type %s, and the error names it",
    async (contentType) => {
      const { users } = scriptedClients([{ headers: { "content-type": contentType }, ...found }])
      const error = await errorOf(users.getUser({ id: "7" }))
      expect(error).toMatchObject({ code: Code.Unknown, source: "http", httpStatus: 200 })
      expect(error.message).toContain(contentType ?? "no content-type")
    },
  )

  it.each([
    [0, okTrailer],
    [2, join(user, user, okTrailer)],
  ])("to a unary call that is OK and has %i messages is UNIMPLEMENTED", async (count, body) => {
    const { users } = scriptedClients([{ body: [body] }])
    const error = await errorOf(users.getUser({ id: "7" }))
    expect(error).toMatchObject({ code: Code.Unimplemented, source: "protocol" })
    expect(error.message).toContain(`rpc api.v1.UserService.GetUser: ${count} messages`)
  })

  it("whose status says OK in the headers, without a message, is UNIMPLEMENTED for a unary call and empty as a stream", async () => {
    const { users, audit } = scriptedClients([{ headers: { "grpc-status": "0" }, body: null }])
    expect(await errorOf(users.getUser({ id: "7" }))).toMatchObject({ code: Code.Unimplemented })
    expect(await outcomeOf(audit.watch({}))).toEqual({ messages: [], error: undefined })
  })

  it("that is an HTTP 204 with a grpc-status has that status (C29)", async () => {
    const { users } = scriptedClients([
      { status: 204, headers: { "content-type": null, "grpc-status": "5" }, body: null },
    ])
    expect(await errorOf(users.getUser({ id: "7" }))).toMatchObject({ code: Code.NotFound, source: "server" })
  })

  it.each([
    [200, "application/grpc", Code.Unknown],
    [200, "application/grpc-web-text+proto", Code.Unknown],
    [200, "text/html", Code.Unknown],
    [502, "text/html", Code.Unavailable],
  ])("that is HTTP %i with %s is not a success, although its headers say OK", async (status, contentType, code) => {
    const headers = { "content-type": contentType, "grpc-status": "0" }
    const { audit } = scriptedClients([{ status, headers, body: [watchFrame("a"), watchFrame("b")] }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(messages).toEqual([])
    expect(error).toMatchObject({ code, source: "http", httpStatus: status })
  })

  it.each([
    [204, {}, null],
    [200, { "content-length": "0" }, []],
  ])("that is HTTP %i, says OK in its headers and has no body is an empty stream", async (status, extra, body) => {
    const headers = { "content-type": null, "grpc-status": "0", ...extra }
    const { audit } = scriptedClients([{ status, headers, body }])
    expect(await outcomeOf(audit.watch({}))).toEqual({ messages: [], error: undefined })
  })

  it("with a status in headers and trailers has the status of the trailers, and its messages (C19)", async () => {
    const { audit } = scriptedClients([
      { headers: { "grpc-status": "8" }, body: [join(watchFrame("a"), trailerFrame("grpc-status:9"))] },
    ])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error?.code).toBe(Code.FailedPrecondition)
  })

  it("that is not a valid message is a protocol error", async () => {
    const { users } = scriptedClients([{ body: [join(encodeFrame(0, new Uint8Array([0xff])), okTrailer)] }])
    const error = await errorOf(users.getUser({ id: "7" }))
    expect(error).toMatchObject({ code: Code.Internal, source: "protocol" })
    expect(error.message).toContain("api.v1.GetUserResponse")
  })

  it("above maxMessageBytes by one byte is RESOURCE_EXHAUSTED; of exactly maxMessageBytes it is accepted", async () => {
    const word = "x".repeat(100)
    const bytes = toBinary(WatchResponseSchema, create(WatchResponseSchema, { caughtUp: { cursor: word } })).length
    const script = { body: [join(watchFrame(word), okTrailer)] }
    const roomy = scriptedClients([script], { maxMessageBytes: bytes })
    expect(wordsOf((await outcomeOf(roomy.audit.watch({}))).messages)).toEqual([word])
    const tight = scriptedClients([script], { maxMessageBytes: bytes - 1 })
    const { error } = await outcomeOf(tight.audit.watch({}))
    expect(error).toMatchObject({ code: Code.ResourceExhausted, source: "client" })
    expect(error?.message).toContain(`${bytes} bytes; the limit is ${bytes - 1} (maxMessageBytes)`)
  })

  it("with trailers above 64 KiB fails with an error that names the trailers and no option", async () => {
    const { audit } = scriptedClients([{ body: [watchFrame("a"), trailerFrame(`x:${"x".repeat(70_000)}`)] }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(wordsOf(messages)).toEqual(["a"])
    expect(error).toMatchObject({ code: Code.ResourceExhausted, source: "client" })
    expect(error?.message).toContain("trailers of 70004 bytes; the limit is 65536")
    expect(error?.message).not.toContain("maxMessageBytes")
  })

  it("ends within the grace time if its body does not end after the trailers", async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { users, requests } = scriptedClients([{ body: [join(user, okTrailer)], isOpen: true }])
    const call = users.getUser({ id: "7" })
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await call).user?.id).toBe("7")
    expect(requests[0].signal.aborted).toBe(true)
  })
})

describe("options that cannot work are refused", () => {
  it.each([
    [{ baseUrl: undefined as unknown as string }, "baseUrl is undefined"],
    [{ baseUrl: "api.test" }, 'baseUrl is "api.test"'],
    [{ baseUrl: "api.test:8080" }, 'baseUrl is "api.test:8080"'],
    [{ baseUrl: "https://" }, 'baseUrl is "https://"'],
    [{ baseUrl: "grpc://api.test:50051" }, 'baseUrl is "grpc://api.test:50051"'],
    [{ baseUrl: "https://api.test?key=1" }, 'baseUrl is "https://api.test?key=1"'],
    [{ baseUrl: "/rpc#top" }, 'baseUrl is "/rpc#top"'],
    [{ baseUrl: "/", defaultTimeoutMs: Number.NaN }, "defaultTimeoutMs is NaN"],
    [{ baseUrl: "/", defaultTimeoutMs: -1 }, "defaultTimeoutMs is -1"],
    [{ baseUrl: "/", maxMessageBytes: Number.NaN }, "maxMessageBytes is NaN"],
    [{ baseUrl: "/", maxMessageBytes: 0 }, "maxMessageBytes is 0"],
  ])("%j", (options, message) => {
    expect(() => createTransport(options)).toThrow(TypeError)
    expect(() => createTransport(options)).toThrow(message)
  })
})
