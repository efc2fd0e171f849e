import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { encodeFrame } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { wordsOf } from "../../test/clients.ts"
import { join, watchFrame } from "../../test/grpc-web-bytes.ts"
import { outcomeOf } from "../../test/outcome.ts"
import { createClient } from "../create-client.ts"
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

  it("that is cut at any byte, in good order for HTTP, is of the network", async () => {
    const whole = join(first, last)
    for (let at = 0; at < whole.length; at++) {
      const { messages, error } = await outcomeFor(whole.subarray(0, at))
      expect(wordsOf(messages)).toEqual(at < first.length ? [] : ["1"])
      expect(error).toMatchObject({ code: Code.Unavailable, source: "network" })
    }
    expect((await outcomeFor(whole)).error).toBeUndefined()
    expect((await outcomeFor()).error).toMatchObject({ code: Code.Unavailable, source: "network" })
  })

  it("whose last message cannot be read, or is not the last, is of the protocol", async () => {
    const unreadable = encodeFrame(2, new TextEncoder().encode("{"))
    expect((await outcomeFor(first, unreadable)).error).toMatchObject({ source: "protocol" })
    expect((await outcomeFor(encodeFrame(0, Uint8Array.of(0xff)), last)).error).toMatchObject({ source: "protocol" })
  })
})
