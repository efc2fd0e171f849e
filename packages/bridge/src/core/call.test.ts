import { Code, MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import type { CallOwner } from "./call.ts"
import { CallRecord } from "./call-record.ts"
import { OpenCall, withDeadline, withRoute } from "./call.ts"
import { BridgeError } from "./errors.ts"
import type { Status } from "./reply.ts"
import { statusOf } from "./reply.ts"
import type { CallRequest } from "./request-body.ts"
import type { Upstream } from "./upstream.ts"

const ok: Status = { code: Code.Ok, message: "", metadata: new MetadataList(), error: null }
const thrown = new Error("thrown")
const noBody = {} as CallRequest // no test here reads the request

interface Scene {
  readonly call: OpenCall
  /** The calls to the owner, in order. */
  readonly asked: [string, BridgeError][]
  /** The defects that the observer would get. */
  readonly crashes: [string, unknown][]
}

function scene(owner: Partial<CallOwner> = {}): Scene {
  const asked: Scene["asked"] = []
  const crashes: Scene["crashes"] = []
  const peer = { address: "127.0.0.1:1", carrier: "http2", isTls: false } as const
  const head = {
    received: { method: "POST", target: "/a.B/C", authority: "h", fields: [] },
    trust: null,
    wire: "grpc-web",
    suffix: "",
    clientDeadline: Infinity,
    metadata: new MetadataList(),
    encoding: null,
  } as const
  const call = new OpenCall(
    new CallRecord(1, 0, peer, "POST", "/a.B/C"),
    head,
    noBody,
    {
      failed(error) {
        asked.push(["failed", error])
        owner.failed?.(error)
        call.ended(statusOf(error))
      },
      cut(error) {
        asked.push(["cut", error])
        owner.cut?.(error)
        call.ended(statusOf(error))
      },
    },
    (where, cause) => crashes.push([where, cause]),
  )
  return { call, asked, crashes }
}

function throwing(): never {
  throw thrown
}

describe("OpenCall", () => {
  it("undoes at its end everything that was registered, last first, each once", () => {
    const { call } = scene()
    const undone: string[] = []
    call.onEnd((end) => undone.push(`one ${end.code}`))
    call.onEnd((end) => undone.push(`two ${end.code}`))
    call.ended(ok)
    call.ended(statusOf(new BridgeError("internal", "late")))
    expect(undone).toEqual(["two 0", "one 0"])
  })

  it("undoes at once anything that is registered after its end", () => {
    const { call } = scene()
    call.ended(ok)
    const undone: number[] = []
    call.onEnd((end) => undone.push(end.code))
    expect(undone).toEqual([Code.Ok])
  })

  it("undoes the rest when one undo function throws, and reports it", () => {
    const { call, crashes } = scene()
    const undone: string[] = []
    call.onEnd(() => undone.push("first"))
    call.onEnd(throwing)
    call.onEnd(() => undone.push("last"))
    call.ended(ok)
    expect(undone).toEqual(["last", "first"])
    expect(crashes).toEqual([["end of call", thrown]])
  })

  it("fails with the first error only", () => {
    const { call, asked } = scene()
    const [first, second] = [new BridgeError("draining", "first"), new BridgeError("internal", "second")]
    expect(call.isOpen).toBe(true)
    call.fail(first)
    call.fail(second)
    expect(call.isOpen).toBe(false)
    expect(asked).toEqual([["failed", first]])
  })

  it("does not fail after its end", () => {
    const { call, asked } = scene()
    call.ended(ok)
    call.fail(new BridgeError("internal", "late"))
    expect(asked).toEqual([])
  })

  it("ends as INTERNAL when something threw for it, and reports it once", () => {
    const { call, asked, crashes } = scene()
    call.crashed("here", thrown)
    expect(crashes).toEqual([["here", thrown]])
    expect(asked).toMatchObject([["failed", { reason: "internal", cause: thrown }]])
  })

  it("fails with a BridgeError that was thrown, and reports no defect", () => {
    const { call, asked, crashes } = scene()
    const error = new BridgeError("backend-bad-metadata", "a line break")
    call.crashed("here", error)
    expect(crashes).toEqual([])
    expect(asked).toEqual([["failed", error]])
  })

  it("is cut when its failure throws: it still ends, and nothing escapes", () => {
    const { call, asked, crashes } = scene({ failed: throwing })
    const ends: (string | undefined)[] = []
    call.onEnd((end) => ends.push(end.error?.reason))
    call.fail(new BridgeError("deadline-exceeded", "late"))
    expect(asked.map(([what]) => what)).toEqual(["failed", "cut"])
    expect(crashes).toEqual([["end of call", thrown]])
    expect(ends).toEqual(["internal"])
  })

  it("lets nothing escape even when the cut throws", () => {
    const { call, crashes } = scene({ failed: throwing, cut: throwing })
    call.fail(new BridgeError("deadline-exceeded", "late"))
    expect(crashes).toEqual([
      ["end of call", thrown],
      ["cut", thrown],
    ])
  })

  it("is cut when something throws after its end", () => {
    const { call, asked, crashes } = scene()
    call.ended(ok)
    call.crashed("late", thrown)
    expect(crashes).toEqual([["late", thrown]])
    expect(asked.map(([what]) => what)).toEqual(["cut"])
  })
})

describe("a call inside a stage", () => {
  it("is the same call, with the route and the deadline that the stage has found", () => {
    const { call } = scene()
    const route = {
      upstream: {} as Upstream,
      name: "r",
      hash: null,
      host: null,
      passesCookies: true,
      timeouts: { maxMs: null, defaultMs: null },
      retry: null,
      hedging: null,
      mirror: null,
      maxRequestMessageBytes: null,
      maxReplyMessageBytes: null,
    }
    const routed = withRoute(call, route, "/a.B/C", call.metadata)
    expect(routed).toBe(call)
    expect(routed.route).toBe(route)
    const timed = withDeadline(routed, 7)
    expect(timed).toBe(call)
    expect(timed.deadline).toBe(7)
  })
})
