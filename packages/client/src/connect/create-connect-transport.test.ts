import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { encodeFrame } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { wordsOf } from "../../test/clients.ts"
import { join, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { createClient } from "../create-client.ts"
import { silenceLimits, withSilenceLimits } from "../silence-limits.ts"
import type { SilenceOptions } from "../silence-options.ts"
import { createConnectTransport } from "./create-connect-transport.ts"
import type { ConnectTransportOptions } from "./create-connect-transport.ts"

describe("options that cannot work are refused", () => {
  it.each<[ConnectTransportOptions, string]>([
    [{ baseUrl: undefined as unknown as string }, "baseUrl is undefined"],
    [{ baseUrl: "api.test" }, 'baseUrl is "api.test"'],
    [{ baseUrl: "https://api.test?key=1" }, 'baseUrl is "https://api.test?key=1"'],
    [{ baseUrl: "/", defaultTimeoutMs: Number.NaN }, "defaultTimeoutMs is NaN"],
    [{ baseUrl: "/", defaultTimeoutMs: -1 }, "defaultTimeoutMs is -1"],
  ])("%j", (options, message) => {
    expect(() => createConnectTransport(options)).toThrow(TypeError)
    expect(() => createConnectTransport(options)).toThrow(`createConnectTransport: ${message}; it must be`)
  })
})

it.each(["https://api.test", "https://api.test//"])(
  "a call to baseUrl %j goes to its method below it",
  async (baseUrl) => {
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = async (url) => {
      urls.push(new Request(url).url)
      return Response.json({})
    }
    await createClient(UserService, createConnectTransport({ baseUrl, fetch })).getUser({})
    expect(urls).toEqual(["https://api.test/api.v1.UserService/GetUser"])
  },
)

describe("an answer that is silent", () => {
  /** One message, and then nothing. */
  async function paused(): Promise<Response> {
    const open = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(watchFrame("1")) })
    return new Response(open, { headers: { "content-type": "application/connect+proto" } })
  }

  function silentClients(answer: Promise<Response>, limits: SilenceOptions) {
    const signals: (AbortSignal | null | undefined)[] = []
    const fetch: typeof globalThis.fetch = async (_url, init) => {
      signals.push(init?.signal)
      return answer
    }
    const options = { baseUrl: "/", useBinaryFormat: true, fetch, silenceLimits: silenceLimits(limits) }
    const transport = createConnectTransport(options)
    return { users: createClient(UserService, transport), audit: createClient(AuditService, transport), signals }
  }

  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("is ended after firstByteTimeoutMs if it does not begin, for unary calls and streams", async () => {
    const { users, audit, signals } = silentClients(new Promise(() => {}), { firstByteTimeoutMs: 5_000 })
    const failures = Promise.all([errorOf(users.getUser({})), outcomeOf(audit.watch({}))])
    await vi.advanceTimersByTimeAsync(4_999)
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, false])
    await vi.advanceTimersByTimeAsync(10)
    const [error, outcome] = await failures
    const late = { code: Code.Unavailable, source: "network", reason: "no-first-byte" }
    expect([error, outcome.error]).toMatchObject([late, late])
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true])
  })

  it("is ended after idleTimeoutMs if it pauses, unless the call has another limit", async () => {
    const { audit, signals } = silentClients(paused(), { idleTimeoutMs: 5_000 })
    const contextValues = withSilenceLimits({ idleTimeoutMs: 60_000 })
    const outcome = outcomeOf(audit.watch({}, { contextValues }))
    await vi.advanceTimersByTimeAsync(59_999)
    expect(signals[0]?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(10)
    const { messages, error } = await outcome
    expect(wordsOf(messages)).toEqual(["1"])
    expect(error).toMatchObject({ code: Code.Unavailable, source: "network", reason: "stalled" })
    expect(error?.message).toContain("60000 ms (idleTimeoutMs)")
    expect(signals[0]?.aborted).toBe(true)
  })

  it("is ended also while the consumer reads nothing: connect-web reads ahead", async () => {
    const { audit, signals } = silentClients(paused(), { idleTimeoutMs: 5_000 })
    const messages = audit.watch({})[Symbol.asyncIterator]()
    await messages.next()
    await vi.advanceTimersByTimeAsync(5_010)
    expect(signals[0]?.aborted).toBe(true)
    await expect(messages.next()).rejects.toMatchObject({ code: Code.Unavailable, reason: "stalled" })
  })
})

describe("a stream", () => {
  // Before its last message a stream of the Connect protocol has the bytes of one of gRPC-Web.
  const first = watchFrame("1")
  const last = encodeFrame(2, new TextEncoder().encode("{}"))

  async function outcomeFor(...chunks: Uint8Array[]) {
    const headers = { "content-type": "application/connect+proto" }
    const fetch = async (): Promise<Response> => new Response(chunks.length === 0 ? null : join(...chunks), { headers })
    const transport = createConnectTransport({ baseUrl: "/", useBinaryFormat: true, fetch })
    return outcomeOf(createClient(AuditService, transport).watch({}))
  }

  it("has a network error if it is cut at any byte with a proper end of HTTP", async () => {
    const whole = join(first, last)
    for (let at = 0; at < whole.length; at++) {
      const { messages, error } = await outcomeFor(whole.subarray(0, at))
      expect(wordsOf(messages)).toEqual(at < first.length ? [] : ["1"])
      expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    }
    expect((await outcomeFor(whole)).error).toBeUndefined()
    expect((await outcomeFor()).error).toMatchObject({ code: Code.Unavailable, source: "network" })
  })

  it("has a protocol error if its final message is unreadable, or is not the last", async () => {
    const unreadable = encodeFrame(2, new TextEncoder().encode("{"))
    expect((await outcomeFor(first, unreadable)).error).toMatchObject({ source: "protocol" })
    expect((await outcomeFor(encodeFrame(0, Uint8Array.of(0xff)), last)).error).toMatchObject({ source: "protocol" })
  })
})
