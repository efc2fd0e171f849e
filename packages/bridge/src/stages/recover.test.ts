import { describe, expect, it } from "vitest"
import type { Call, Handler } from "../core/call.ts"
import { Tally } from "../core/tally.ts"
import type { Route } from "../core/route.ts"
import { BridgeError } from "../core/errors.ts"
import type { Observer } from "../core/observer.ts"
import type { HandlerParts } from "../stage-list.ts"
import { createHandler } from "../stage-list.ts"
import { createRouteTable } from "../routing/route-table.ts"
import { routeToAll } from "../routing/route-to-all.ts"
import { recover } from "./recover.ts"

function scene(next: Handler) {
  const crashes: unknown[][] = []
  const observer = { crashed: (...told: unknown[]) => void crashes.push(told) } as unknown as Observer
  const call = { path: "/a/b", record: { path: "/a/b" } } as unknown as Call
  return { crashes, observer, call, handler: recover(observer, next) }
}

describe("recover", () => {
  it("turns a refusal into a status, thrown or rejected, and reports no defect", async () => {
    const refusal = new BridgeError("draining", "going 100%")
    for (const next of [() => Promise.reject(refusal), throwing(refusal)]) {
      const { crashes, call, handler } = scene(next)
      const reply = await handler(call)
      expect(reply).toMatchObject({ kind: "status", status: { code: 14, message: "going 100%25", error: refusal } })
      expect(crashes).toEqual([])
    }
  })

  it("turns a defect into INTERNAL, reports it once with its call, and shows the page nothing of it", async () => {
    const defect = new TypeError("secret detail")
    for (const next of [() => Promise.reject(defect), throwing(defect)]) {
      const { crashes, call, handler } = scene(next)
      const reply = await handler(call)
      expect(reply).toMatchObject({
        kind: "status",
        status: { code: 13, error: { reason: "internal", cause: defect } },
      })
      if (reply.kind === "status") expect(reply.status.message).not.toContain("secret")
      expect(crashes).toEqual([["stage", defect, call.record]])
    }
  })
})

describe("a defect in an object that a stage calls", () => {
  const defect = new Error("injected")

  const backend = {
    get upstream(): never {
      throw defect
    },
    name: "r",
    hash: null,
    host: null,
    passesCookies: false,
    timeouts: { maxMs: null, defaultMs: null },
    retry: null,
    hedging: null,
    mirror: null,
    maxRequestMessageBytes: null,
    maxReplyMessageBytes: null,
  }

  const table = createRouteTable([routeToAll("u")])

  it.each<[string, Omit<HandlerParts, "observer" | "mirrors">]>([
    [
      "isDraining",
      {
        isDraining: throwing(defect),
        router: { table, targets: [{ kind: "route", route: {} as Route, edit: null, tallies: [new Tally()] }] },
      },
    ],
    [
      "the route",
      {
        isDraining: () => false,
        router: { table, targets: [{ kind: "route", route: backend, edit: null, tallies: [new Tally()] }] },
      },
    ],
  ])("ends the call with INTERNAL: %s", async (_what, parts) => {
    const { crashes, observer, call } = scene(() => Promise.reject(defect))
    const mirrors = { observer } as unknown as HandlerParts["mirrors"]
    const reply = await createHandler({ observer, mirrors, ...parts })(call)
    expect(reply).toMatchObject({ kind: "status", status: { code: 13, error: { reason: "internal" } } })
    expect(crashes).toEqual([["stage", defect, call.record]])
  })
})

function throwing(cause: Error): () => never {
  return () => {
    throw cause
  }
}
