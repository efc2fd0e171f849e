import { createRegistry } from "@bufbuild/protobuf"
import { anyPack, AnySchema, FieldMaskSchema } from "@bufbuild/protobuf/wkt"
import { create } from "@bufbuild/protobuf"
import { GetUserRequestSchema, GetUserResponseSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import type { Interceptor, UnaryRequest } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { createClient } from "../create-client.ts"
import { devtools } from "./devtools.ts"

const user = { id: "7", storageBytes: 9_007_199_254_740_993n }
const found: Script = { body: [join(messageFrame(GetUserResponseSchema, { user }), okTrailer)] }
const type = "__GRPCWEB_DEVTOOLS__"
const getUser = { type, method: "/api.v1.UserService/GetUser", methodType: "unary" }
const watch = { type, method: "/api.v1.AuditService/Watch", methodType: "server_streaming" }

const posted: unknown[] = []
const postMessage = vi.fn((message: unknown, origin: string): void => {
  // As a page does it, and as the extension passes it on.
  posted.push(JSON.parse(JSON.stringify(structuredClone(message))))
  expect(origin).toBe("*")
})

function shown(answers: Parameters<typeof scriptedFetch>[0], options: Parameters<typeof devtools>[0] = {}) {
  return scriptedClients(answers, { interceptors: [devtools(options)] })
}

beforeEach(() => {
  posted.length = 0
  vi.stubGlobal("window", { postMessage })
  onTestFinished(() => void vi.unstubAllGlobals())
})

describe("devtools", () => {
  it("shows a unary call in one message, as JSON that has no BigInt", async () => {
    await shown([found]).users.getUser({ id: "7" })
    expect(posted).toEqual([
      { ...getUser, request: { id: "7" }, response: { user: { id: "7", storageBytes: "9007199254740993" } } },
    ])
  })

  it("shows an error by its code and message", async () => {
    const answer = { headers: { "grpc-status": "5", "grpc-message": "gone" }, body: [] }
    await errorOf(shown([answer]).users.getUser({ id: "7" }))
    expect(posted).toEqual([{ ...getUser, request: { id: "7" }, error: { code: 5, message: "gone" } }])
  })

  it("shows a stream as it goes: the request, each answer, and EOF", async () => {
    const { audit } = shown([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    await outcomeOf(audit.watch({ backlogSize: 2 }))
    expect(posted).toEqual([
      { ...watch, request: { backlogSize: 2 } },
      { ...watch, response: { caughtUp: { cursor: "a" } } },
      { ...watch, response: { caughtUp: { cursor: "b" } } },
      { ...watch, response: "EOF" },
    ])
  })

  it("shows a stream that breaks", async () => {
    await outcomeOf(shown([{ body: [watchFrame("a"), new TypeError("network error")] }]).audit.watch({}))
    expect(posted).toHaveLength(3)
    expect(posted[2]).toMatchObject({ ...watch, error: { code: 14 } })
  })

  it("shows client and bidi streams as server streams, because the panel knows no other kind", async () => {
    const { imports } = shown([{ headers: { "grpc-status": "5" }, body: [] }])
    async function* rows() {
      yield { user: { email: "a@x.test" } }
      yield { user: { email: "b@x.test" } }
    }
    await errorOf(imports.import(rows()))
    expect(posted).toMatchObject([
      { methodType: "server_streaming", request: { user: { email: "a@x.test" } } },
      { methodType: "server_streaming", request: { user: { email: "b@x.test" } } },
      { methodType: "server_streaming", error: { code: 5 } },
    ])
  })

  it("never shows headers, in either direction", async () => {
    const { users } = shown([{ ...found, headers: { "x-out": "secret" } }])
    await users.getUser({}, { headers: { authorization: "Bearer secret" } })
    expect(posted).toHaveLength(1)
    expect(JSON.stringify(posted)).not.toContain("secret")
  })

  it("does not show the messages of hidden methods, nor any messages if isHidden throws", async () => {
    const { users } = shown([found], { isHidden: (method) => method === UserService.method.getUser })
    await users.getUser({ id: "7" })
    const oops = shown([found], {
      isHidden() {
        throw new Error("oops")
      },
    })
    await oops.users.getUser({ id: "7" })
    const hidden = { ...getUser, request: "(hidden)", response: "(hidden)" }
    expect(posted).toEqual([hidden, hidden])
  })

  it("shows an Any if its type is registered, and a placeholder otherwise", async () => {
    const any = anyPack(FieldMaskSchema, create(FieldMaskSchema, { paths: ["a"] }))
    const method = { ...UserService.method.getUser, output: AnySchema }
    const next = async (request: object) => ({ ...request, message: any })
    const { signal } = new AbortController()
    const request = {
      stream: false,
      service: UserService,
      method,
      message: create(GetUserRequestSchema),
      signal,
      header: new Headers(),
    }
    for (const options of [{}, { registry: createRegistry(FieldMaskSchema) }]) {
      const call = devtools(options)(next as unknown as Parameters<Interceptor>[0])
      await call(request as unknown as UnaryRequest)
    }
    expect(posted).toMatchObject([
      { response: "(a google.protobuf.Any that JSON cannot show)" },
      { response: { "@type": "type.googleapis.com/google.protobuf.FieldMask", value: "a" } },
    ])
  })

  it("shows the call in the performance panel, and leaves no entry behind", async () => {
    const measure = vi.spyOn(performance, "measure")
    onTestFinished(() => measure.mockRestore())
    await shown([found]).users.getUser({})
    expect(measure).toHaveBeenCalledExactlyOnceWith("/api.v1.UserService/GetUser", {
      start: expect.any(Number),
      detail: {
        devtools: {
          dataType: "track-entry",
          track: "gRPC calls",
          color: "primary",
          properties: [["status", "OK"]],
        },
      },
    })
    expect(performance.getEntriesByName("/api.v1.UserService/GetUser")).toEqual([])
  })

  it("breaks no call when the window or the timeline refuses", async () => {
    postMessage.mockImplementationOnce(() => {
      throw new Error("DataCloneError")
    })
    const measure = vi.spyOn(performance, "measure").mockImplementation(() => {
      throw new Error("no timeline")
    })
    onTestFinished(() => measure.mockRestore())
    expect((await shown([found]).users.getUser({})).user?.id).toBe("7")
  })

  it("does nothing without a window", async () => {
    vi.stubGlobal("window", undefined)
    const measure = vi.spyOn(performance, "measure")
    onTestFinished(() => measure.mockRestore())
    expect((await shown([found]).users.getUser({})).user?.id).toBe("7")
    expect(posted).toEqual([])
    expect(measure).not.toHaveBeenCalled()
  })

  it("does not use the hook of connect's extension, which breaks calls", async () => {
    vi.stubGlobal("window", { postMessage, __CONNECT_WEB_DEVTOOLS__: () => expect.fail("was called") })
    await shown([found]).users.getUser({})
    expect(posted).toHaveLength(1)
  })
})

it("works over a transport of connect's", async () => {
  const { fetch } = scriptedFetch([found])
  const transport = createGrpcWebTransport({ baseUrl: "https://api.test", fetch, interceptors: [devtools()] })
  await createClient(UserService, transport).getUser({ id: "7" })
  expect(posted).toMatchObject([{ ...getUser, request: { id: "7" } }])
})
