import { afterEach, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { StreamRequester, Upstream } from "../src/core/upstream.ts"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { valueOf } from "./support/raw-http1.ts"
import { anyEndpoint } from "./support/requester.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { faultyFields, injected, throwing } from "./support/throwing.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { callWeb, carriers, openWebCall } from "./support/web-call.ts"

const hello = encodeFrame(0, Buffer.from("hello"))
/** Faulty calls come from a page; all other calls are neighbours. */
const faulty = [...faultyFields, "origin", "https://app.example"]

let backend: GrpcBackend
let bridge: Bridge
let neighbour: WebCall
/** When resolved, the handler of `Late` reads its request. */
let gate: PromiseWithResolvers<void>

async function start(options: Partial<BridgeOptions>): Promise<void> {
  gate = Promise.withResolvers()
  backend = await startGrpcBackend({
    "/test.Throw/Ok": async (call) => {
      await call.all()
      call.message("reply")
      call.end()
    },
    "/test.Throw/Each": async (call) => {
      call.head()
      for await (const message of call.messages) call.message(message)
      call.end()
    },
    "/test.Throw/Flood": async (call) => {
      while (!call.stream.destroyed) if (!call.message(Buffer.alloc(65_531))) await call.drained()
    },
    "/test.Throw/Hang": () => {},
    "/test.Throw/Late": async (call) => {
      await gate.promise
      await call.all()
    },
    "/test.Throw/StatusOnly": (call) => call.statusOnly(5, "nothing"),
  })
  bridge = await startBridge({ upstream: backend.url, ...options })
  await waitFor(() => bridge.cluster.isReachable)
  neighbour = await openWebCall(bridge.address, "http2", "/test.Throw/Each")
  neighbour.write(hello)
  await waitFor(() => neighbour.received().length === hello.length)
}

/** The neighbour goes on, new calls are served, nothing is left; each throw was reported, with its call. */
async function expectCrash(where: string): Promise<void> {
  await waitFor(() => bridge.gauges().calls === 1)
  neighbour.write(hello)
  neighbour.end()
  expect((await neighbour.reply()).messages).toEqual(["hello", "hello"])
  expect((await callWeb(bridge.address, "http1", "/test.Throw/Ok", hello)).code).toBe(Code.Ok)
  expect(bridge.crashes[0]).toMatchObject({ where, cause: injected, record: { code: Code.Internal } })
  for (const { cause, record } of bridge.crashes) {
    expect(cause).toBe(injected)
    expect(record?.path).toMatch(/^\/test\.Throw\//)
  }
  await waitFor(() => backend.openCalls === 0)
}

afterEach(async () => {
  neighbour.close()
  await expectAllZero(bridge)
  await bridge.close()
  await backend.close()
})

describe.each(carriers)("over %s, a throw in", (carrier) => {
  it.each([
    [{ in: "listener", method: "data" }, "/test.Throw/Ok", "request"],
    [{ in: "listener", method: "end" }, "/test.Throw/Ok", "request"],
    [{ in: "exchange", method: "start" }, "/test.Throw/Ok", "serve"],
    [{ in: "exchange", method: "respond" }, "/test.Throw/Ok", "reply"],
    [{ in: "exchange", method: "write" }, "/test.Throw/Each", "reply"],
  ] as const)(
    "%o of %s is INTERNAL for that call, with CORS fields, and nothing for others",
    async (fault, path, where) => {
      await start(throwing(fault))
      const reply = await callWeb(bridge.address, carrier, path, hello, faulty)
      expect(reply).toMatchObject({ status: 200, code: Code.Internal, reason: "internal" })
      expect(valueOf(reply.fields, "access-control-allow-origin")).toBe("https://app.example")
      expect(reply.message).not.toContain("injected")
      await expectCrash(where)
    },
  )

  it.each([
    [{ in: "exchange", method: "end" }, "/test.Throw/Ok", "upstream"],
    [{ in: "exchange", method: "end" }, "/test.Throw/StatusOnly", "reply"],
    [{ in: "exchange", method: "respond" }, "/test.Throw/StatusOnly", "reply"],
    [{ in: "exchange", method: "respond" }, "/test.Throw/Each", "reply"],
  ] as const)("%o of %s, again and again, cuts that call and no other", async (fault, path, where) => {
    await start(throwing(fault, true))
    const call = await openWebCall(bridge.address, carrier, path, faulty)
    call.end(hello)
    await expect(call.reply().then(({ code }) => code)).rejects.toThrow()
    call.close()
    await expectCrash(where)
  })

  it("gone still ends the call for its backend", async () => {
    await start(throwing({ in: "listener", method: "gone" }))
    const call = await openWebCall(bridge.address, carrier, "/test.Throw/Hang", faulty)
    call.write(hello)
    await waitFor(() => backend.openCalls === 2)
    call.close()
    await expectCrash("request")
  })

  it("drained ends the call that waits for its reader", async () => {
    await start(throwing({ in: "listener", method: "drained" }))
    const call = await openWebCall(bridge.address, carrier, "/test.Throw/Flood", faulty)
    call.end(hello)
    expect(await call.reply()).toMatchObject({ code: Code.Internal, reason: "internal" })
    call.close()
    await expectCrash("request")
  })

  it.each([
    ["pause", "request"],
    ["resume", "upstream"],
  ] as const)("%s ends the call, whose backend was waited for", async (method, where) => {
    await start(throwing({ in: "exchange", method }))
    const call = await openWebCall(bridge.address, carrier, "/test.Throw/Late", faulty)
    for (let i = 0; i < 64; i++) call.write(encodeFrame(0, Buffer.alloc(65_531)))
    if (method === "resume") {
      // The backend's window is used up, and more waits for it.
      await waitFor(() => bridge.stalls.heldBytes > 60_000)
      gate.resolve()
    }
    expect(await call.reply()).toMatchObject({ code: Code.Internal, reason: "internal" })
    call.close()
    await expectCrash(where)
  })
})

describe("a throw on the way to the backend", () => {
  it.each([
    ["a stage", "stage", () => fail()],
    [
      "the request for a stream",
      "upstream",
      (cluster: Upstream, requester: StreamRequester) => {
        requester.fields = fail
        cluster.acquire(requester)
      },
    ],
    [
      "the call that is given a stream",
      "upstream",
      (cluster: Upstream, requester: StreamRequester) => {
        requester.opened = fail
        cluster.acquire(requester)
      },
    ],
    [
      "the reader of the backend's head",
      "upstream",
      (cluster: Upstream, requester: StreamRequester) => {
        requester.head = fail
        cluster.acquire(requester)
      },
    ],
  ])("in %s is INTERNAL for that call and harms no other", async (_what, where, acquire) => {
    await start({
      wrapUpstream: (cluster) => ({
        name: cluster.name,
        retries: cluster.retries,
        release: (requester) => cluster.release(requester),
        acquire: (requester) =>
          requester.fields(anyEndpoint).includes("x-faulty") ? acquire(cluster, requester) : cluster.acquire(requester),
      }),
    })
    const reply = await callWeb(bridge.address, "http1", "/test.Throw/Ok", hello, faulty)
    expect(reply).toMatchObject({ code: Code.Internal, reason: "internal", messages: [] })
    await expectCrash(where)
  })
})

function fail(): never {
  throw injected
}
