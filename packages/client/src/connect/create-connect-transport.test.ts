import { UserService } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it } from "vitest"
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
