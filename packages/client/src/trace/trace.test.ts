import { Code } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { describe, expect, it, vi } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { join, messageFrame, okTrailer, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { createClient } from "../create-client.ts"
import { trace } from "./trace.ts"
import type { CallSpan } from "./trace.ts"

const found: Script = { body: [join(messageFrame(GetUserResponseSchema, {}), okTrailer)] }
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/** Clients whose calls are traced, and the ends of their spans. */
function traced(answers: Parameters<typeof scriptedFetch>[0], span: CallSpan = {}) {
  const end = vi.fn<NonNullable<CallSpan["end"]>>()
  const startSpan = vi.fn(() => ({ end, ...span }))
  return { ...scriptedClients(answers, { interceptors: [trace({ startSpan })] }), startSpan, end }
}

describe("trace", () => {
  it("sends the context of the span", async () => {
    const { users, requests } = traced([found], { traceparent, tracestate: "a=1,b=2" })
    await users.getUser({})
    expect(requests[0].headers.get("traceparent")).toBe(traceparent)
    expect(requests[0].headers.get("tracestate")).toBe("a=1,b=2")
  })

  it.each([
    ["an id of zeros", "00-00000000000000000000000000000000-b7ad6b7169203331-01"],
    ["a parent of zeros", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
    ["the version ff", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ["capitals", traceparent.toUpperCase()],
    ["two lines", `${traceparent}\n`],
    ["nothing", ""],
  ])("sends no context that has %s (W3C Trace Context §3.2)", async (_what, bad) => {
    const { users, requests } = traced([found], { traceparent: bad, tracestate: "a=1" })
    await users.getUser({})
    expect(requests[0].headers.has("traceparent")).toBe(false)
    expect(requests[0].headers.has("tracestate")).toBe(false)
  })

  it("sends a trace without a tracestate that HTTP cannot carry", async () => {
    const { users, requests } = traced([found], { traceparent, tracestate: "a=1\nb=2" })
    await users.getUser({})
    expect(requests[0].headers.get("traceparent")).toBe(traceparent)
    expect(requests[0].headers.has("tracestate")).toBe(false)
  })

  it("reports the outcome of a call with OpenTelemetry's attribute names", async () => {
    const { users, startSpan, end } = traced([found, { headers: { "grpc-status": "5" }, body: [] }])
    await users.getUser({})
    expect(startSpan).toHaveBeenCalledExactlyOnceWith({
      "rpc.system.name": "grpc",
      "rpc.method": "api.v1.UserService/GetUser",
    })
    expect(end).toHaveBeenCalledExactlyOnceWith({ "rpc.status_code": "OK" }, undefined)
    const error = await errorOf(users.getUser({}))
    expect(end).toHaveBeenLastCalledWith({ "rpc.status_code": "NOT_FOUND", "error.type": "NOT_FOUND" }, error)
  })

  it("ends the span of a stream when its last message was read", async () => {
    const { audit, end } = traced([{ body: [watchFrame("a"), watchFrame("b"), okTrailer] }])
    const iterator = audit.watch({})[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    expect(end).not.toHaveBeenCalled()
    await iterator.next()
    expect(end).toHaveBeenCalledExactlyOnceWith({ "rpc.status_code": "OK" }, undefined)
  })

  it("does not change a call without a span", async () => {
    const { fetch, requests } = scriptedFetch([found])
    const interceptors = [trace({ startSpan: () => undefined })]
    const { users } = scriptedClients([], { fetch, interceptors })
    await users.getUser({})
    expect(requests[0].headers.has("traceparent")).toBe(false)
  })

  it("breaks no call when the tracer throws", async () => {
    const oops = (): never => {
      throw new Error("oops")
    }
    const starting = scriptedClients([found], { interceptors: [trace({ startSpan: oops })] })
    await starting.users.getUser({})
    const ending = scriptedClients([found], { interceptors: [trace({ startSpan: () => ({ end: oops }) })] })
    await ending.users.getUser({})
  })
})

it("works over a transport of connect's, whose streams do not report that they were left", async () => {
  const end = vi.fn<NonNullable<CallSpan["end"]>>()
  const { fetch, requests } = scriptedFetch([{ body: [watchFrame("a")], isOpen: true }])
  const interceptors = [trace({ startSpan: () => ({ traceparent, end }) })]
  const transport = createGrpcWebTransport({ baseUrl: "https://api.test", fetch, interceptors })
  for await (const _ of createClient(AuditService, transport).watch({})) break
  expect(requests[0].headers.get("traceparent")).toBe(traceparent)
  expect(end.mock.calls.map(([attributes, error]) => [attributes["rpc.status_code"], error?.code])).toEqual([
    ["CANCELLED", Code.Canceled],
  ])
})

it("reports a stream that breaks", async () => {
  const { audit, end } = traced([{ body: [watchFrame("a"), new TypeError("network error")] }])
  const { error } = await outcomeOf(audit.watch({}))
  expect(end).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ "error.type": "UNAVAILABLE" }), error)
})
