import * as grpc from "@grpc/grpc-js"
import { describe, expect, it, onTestFinished } from "vitest"
import type { RouteConfig } from "../src/routing/route-config.ts"
import type { BackendHandler, GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { echoAll, echoEach, neverAnswer, stayOpen } from "./support/handlers.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { routeOf } from "./support/routes.ts"
import { leaveNothing } from "./support/scene.ts"
import type { Bridge, BridgeOptions } from "./support/start-bridge.ts"
import { startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

interface Scene {
  readonly bridge: Bridge
  readonly primary: GrpcBackend
  readonly mirror: GrpcBackend
}

/** Starts a bridge that mirrors every call, and waits until it is connected to both backends. */
async function scene(
  handlers: { readonly primary: BackendHandler; readonly mirror: BackendHandler },
  options: Partial<BridgeOptions> = {},
  route: Partial<RouteConfig> = {},
): Promise<Scene> {
  const start = (handler: BackendHandler): Promise<GrpcBackend> => startGrpcBackend({ "/test.Service/Method": handler })
  const [primary, mirror] = [await start(handlers.primary), await start(handlers.mirror)]
  const routes = [routeOf("default", {}, { mirror: { upstream: "mirror", percent: 100 }, ...route })]
  const bridge = await startBridge({ upstream: primary.url, mirrorTo: mirror.url, routes, ...options })
  leaveNothing(bridge, [primary, mirror])
  await waitFor(() => bridge.cluster.sessions === 1 && bridge.mirror.sessions === 1)
  return { bridge, primary, mirror }
}

/** Keeps what it reads as one text, and answers with that many bytes. */
function reader(texts: string[]): BackendHandler {
  return async (call) => {
    const messages = (await call.all()).map((message) => Buffer.from(message).toString("latin1"))
    texts.push(messages.join("|"))
    for (const message of messages) call.message(message)
    call.end()
  }
}

const big = Buffer.alloc(4_000_000, "answer")

describe("a mirror", () => {
  it.each(["http1", "http2"] as const)(
    "gets the same bytes and metadata as the backend, once, over %s",
    async (carrier) => {
      const [atPrimary, atMirror]: [string[], string[]] = [[], []]
      const { bridge, primary, mirror } = await scene({ primary: reader(atPrimary), mirror: reader(atMirror) })
      const fields = ["x-user", "7", "x-data-bin", "AAEC", "grpc-timeout", "20S"]
      const call = new PageCall(bridge.address, { carrier, message: null, fields })
      const sizes = [0, 1, 70_000, 3, 200_000]
      for (const [i, size] of sizes.entries()) call.send(Buffer.alloc(size, String(i)))
      call.end()
      expect((await call.answer).messages.map(({ length }) => length)).toEqual(sizes)
      await waitFor(() => bridge.mirrored.length === 1)
      expect(bridge.mirrored).toEqual(["mirror: finished"])
      expect(atMirror).toEqual(atPrimary)
      expect(atPrimary[0]).toHaveLength(270_004 + 4)
      const named = ({ calls: [{ fields: all }] }: GrpcBackend): string[] =>
        all.filter((_, i) => all[i - (i % 2)] !== "grpc-timeout")
      expect(named(mirror)).toEqual(named(primary))
      expect(mirror.calls[0].field("grpc-timeout")).not.toBeNull()
      expect([primary.calls.length, mirror.calls.length]).toEqual([1, 1])
      expect(bridge.records[0]).toMatchObject({ attempts: 1, upstream: "default", code: 0 })
    },
  )

  it("gets the messages of a stream as they come", async () => {
    const { bridge, mirror } = await scene({ primary: echoEach, mirror: echoEach })
    const call = new PageCall(bridge.address, { carrier: "http2", message: null })
    const seen = mirror.calls
    await waitFor(() => seen.length === 1)
    for (const text of ["one", "two", "three"]) {
      call.send(text)
      await waitFor(() => call.messages.at(-1)?.toString() === text)
    }
    call.end()
    expect(await call.answer).toMatchObject({ code: 0 })
    await waitFor(() => bridge.mirrored.length === 1)
    expect(bridge.mirrored).toEqual(["mirror: finished"])
  })

  it("gets the messages of a native gRPC client too, and what its route does to the metadata", async () => {
    const [atPrimary, atMirror]: [string[], string[]] = [[], []]
    const route: Partial<RouteConfig> = {
      host: "users.internal",
      metadata: { add: [["x-env", "prod"]], remove: ["x-debug"], require: [] },
    }
    const handlers = { primary: reader(atPrimary), mirror: reader(atMirror) }
    const { bridge, primary, mirror } = await scene(handlers, {}, route)
    const client = new grpc.Client(new URL(bridge.address).host, grpc.credentials.createInsecure())
    onTestFinished(() => client.close())
    const asIs = (bytes: Buffer): Buffer => bytes
    const metadata = new grpc.Metadata()
    metadata.add("x-debug", "1")
    const call = client.makeBidiStreamRequest("/test.Service/Method", asIs, asIs, metadata)
    const status = new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve))
    call.on("data", () => {})
    for (const text of ["one", "", "three"]) call.write(Buffer.from(text))
    call.end()
    expect((await status).code).toBe(0)
    await waitFor(() => bridge.mirrored.length === 1)
    expect([atPrimary, atMirror]).toEqual([["one||three"], ["one||three"]])
    for (const { calls } of [primary, mirror])
      expect([calls[0].field("x-env"), calls[0].field("x-debug")]).toEqual(["prod", null])
  })

  const mirrors: [what: string, handler: BackendHandler, outcome: string][] = [
    ["answers the same", echoAll, "finished"],
    ["answers an error", (call) => call.statusOnly(13, "broken"), "finished"],
    ["answers what is no gRPC", (call) => call.stream.respond([":status", "503"], { endStream: true }), "finished"],
    ["resets at once", (call) => call.stream.close(2), "lost"],
    ["ends the connection", (call) => call.stream.session?.destroy(), "lost"],
    ["hangs", neverAnswer, "deadline-exceeded"],
    ["answers with 4 MB", sendBig, "finished"],
  ]
  it.each(mirrors)("that %s changes no byte of the answer", async (_what, handler, outcome) => {
    const { bridge } = await scene({ primary: echoAll, mirror: handler })
    const backend = await startGrpcBackend({ "/test.Service/Method": echoAll })
    const plain = await startBridge({ upstream: backend.url })
    leaveNothing(plain, [backend])
    const options = { fields: ["grpc-timeout", "1S"], message: "x".repeat(50_000) }
    expect(comparable(await callPage(bridge.address, options))).toEqual(
      comparable(await callPage(plain.address, options)),
    )
    await waitFor(() => bridge.mirrored.length === 1)
    expect(bridge.mirrored).toEqual([`mirror: ${outcome}`])
  })

  it("that cannot be reached changes nothing either", async () => {
    const { bridge, mirror } = await scene({ primary: echoAll, mirror: echoAll })
    await mirror.close()
    await waitFor(() => bridge.mirror.sessions === 0)
    for (let i = 0; i < 5; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => bridge.mirrored.length === 5)
    expect(new Set(bridge.mirrored)).toEqual(new Set(["mirror: refused"]))
  })

  it("may answer after the call has ended", async () => {
    const held: (() => void)[] = []
    const late: BackendHandler = async (call) => {
      await new Promise<void>((resolve) => held.push(resolve))
      await sendBig(call)
    }
    const { bridge } = await scene({ primary: echoAll, mirror: late })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect([bridge.records.length, bridge.mirrored.length]).toEqual([1, 0])
    for (const release of held) release()
    await waitFor(() => bridge.mirrored.length === 1)
    expect(bridge.mirrored).toEqual(["mirror: finished"])
  })

  it("is not waited for: calls end one after the other while all their copies hang", async () => {
    const { bridge, mirror } = await scene({ primary: echoAll, mirror: neverAnswer }, { stallTimeoutMs: 1_000 })
    for (let i = 0; i < 10; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect([bridge.mirrored.length, mirror.openCalls, bridge.gauges().calls]).toEqual([0, 10, 0])
    await waitFor(() => bridge.mirrored.length === 10)
    expect(new Set(bridge.mirrored)).toEqual(new Set(["mirror: slow-backend"]))
    for (const { closed } of mirror.calls) expect(await closed).toBe(8)
  })

  it("gets a call once, whatever the number of its attempts", async () => {
    let attempts = 0
    const primary: BackendHandler = (call) => (attempts++ < 2 ? call.statusOnly(14, "busy") : echoAll(call))
    const budget = { maxTokens: 100, tokenRatio: 0.1 }
    const backoff = { initialBackoffMs: 1, maxBackoffMs: 1, backoffMultiplier: 1, perAttemptMs: null }
    const retry = { maxAttempts: 3, codes: [14], ...backoff, budget }
    const texts: string[] = []
    const { bridge, mirror } = await scene({ primary, mirror: reader(texts) }, {}, { retry })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => bridge.mirrored.length === 1)
    expect([attempts, mirror.calls.length, texts]).toEqual([3, 1, ["hello"]])
    expect(mirror.calls[0].field("grpc-previous-rpc-attempts")).toBeNull()
  })

  it("gets one copy of a hedged call", async () => {
    const hedging = { maxAttempts: 3, delayMs: 1, nonFatalCodes: [], budget: { maxTokens: 100, tokenRatio: 0.1 } }
    const held: (() => void)[] = []
    const primary: BackendHandler = async (call) => {
      await new Promise<void>((resolve) => held.push(resolve))
      await echoAll(call)
    }
    const texts: string[] = []
    const { bridge, mirror } = await scene({ primary, mirror: reader(texts) }, {}, { hedging })
    const answer = callPage(bridge.address)
    await waitFor(() => held.length === 3)
    for (const release of held) release()
    expect(await answer).toMatchObject({ code: 0 })
    await waitFor(() => bridge.mirrored.length === 1)
    expect([mirror.calls.length, texts]).toEqual([1, ["hello"]])
  })
})

describe("the end of a mirrored call", () => {
  it("is told to both backends when the client cancels", async () => {
    const { bridge, primary, mirror } = await scene({ primary: stayOpen, mirror: stayOpen })
    const call = new PageCall(bridge.address)
    await call.received(1)
    await waitFor(() => mirror.openCalls === 1)
    call.cancel()
    expect([await primary.calls[0].closed, await mirror.calls[0].closed]).toEqual([8, 8])
    expect(bridge.mirrored).toEqual(["mirror: client-gone"])
  })

  it("ends the copy of an upload that the backend has answered early", async () => {
    const { bridge, mirror } = await scene({ primary: (call) => call.statusOnly(7, "no"), mirror: echoAll })
    const call = new PageCall(bridge.address, { message: null })
    call.send("one")
    expect(await call.answer).toMatchObject({ code: 7 })
    await waitFor(() => bridge.mirrored.length === 1)
    expect(bridge.mirrored).toEqual(["mirror: call-ended"])
    expect(await mirror.calls[0].closed).toBe(8)
    call.cancel()
  })

  it("comes at the deadline for both", async () => {
    const { bridge, primary, mirror } = await scene({ primary: neverAnswer, mirror: neverAnswer })
    expect(await callPage(bridge.address, { fields: ["grpc-timeout", "100m"] })).toMatchObject({ code: 4 })
    await waitFor(() => primary.openCalls + mirror.openCalls === 0)
    expect(bridge.mirrored).toEqual(["mirror: deadline-exceeded"])
  })

  it("comes at the route's limit for a copy that is slower", async () => {
    const timeouts = { maxMs: 300, defaultMs: null }
    const { bridge } = await scene({ primary: echoAll, mirror: neverAnswer }, {}, { timeouts })
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => bridge.mirrored.length === 1)
    expect(bridge.mirrored).toEqual(["mirror: deadline-exceeded"])
  })
})

describe("the limits of mirroring", () => {
  it("hold 100 uploads of 1 MB whose mirror never reads within the budget, and end no call for it", async () => {
    const maxBufferedBytes = 32 << 20
    const { bridge } = await scene({ primary: countBytes, mirror: neverAnswer }, { maxBufferedBytes })
    let mostBytes = 0
    for (let batch = 0; batch < 10; batch++) {
      const answers: PageAnswer[] = []
      for (let i = 0; i < 10; i++)
        void callPage(bridge.address, { message: Buffer.alloc(1_000_000) }).then((answer) => answers.push(answer))
      await waitFor(() => {
        mostBytes = Math.max(mostBytes, bridge.stalls.heldBytes)
        return answers.length === 10
      })
      expect(new Set(answers.map(({ code, messages }) => `${code} ${messages.join()}`))).toEqual(new Set(["0 1000000"]))
    }
    expect(bridge.stalls.endedForMemory).toBe(0)
    expect(mostBytes).toBeLessThan(maxBufferedBytes * 1.1)
    bridge.mirror.destroy()
    await waitFor(() => bridge.mirrored.length === 100)
    expect(bridge.mirrored).toContain("mirror: buffer-limit")
  })

  it("give a copy up that holds more than 1 MiB, and let its call go on", async () => {
    const { bridge, mirror } = await scene({ primary: countBytes, mirror: neverAnswer })
    const answer = await callPage(bridge.address, { message: Buffer.alloc(3_000_000) })
    expect([answer.code, answer.messages.join()]).toEqual([0, "3000000"])
    expect(bridge.mirrored).toEqual(["mirror: buffer-limit"])
    expect(await mirror.calls[0].closed).toBe(8)
  })

  it("are the mirror's own: its breaker refuses copies, and no client's limit counts them", async () => {
    const { bridge, mirror } = await scene(
      { primary: echoAll, mirror: neverAnswer },
      { maxInFlight: 3, maxCallsPerClient: 3, stallTimeoutMs: 1_000 },
    )
    for (let i = 0; i < 5; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(mirror.calls).toHaveLength(3)
    expect(bridge.mirrored).toEqual(["mirror: refused", "mirror: refused"])
    expect(bridge.cluster.clients).toBe(0)
    expect(bridge.mirror.breaker.counts["in-flight"]).toBe(3)
    await waitFor(() => bridge.mirrored.length === 5)
  })

  it("count copies apart from a client's calls to the same upstream", async () => {
    let calls = 0
    const handler: BackendHandler = (call) => (calls++ % 2 === 0 ? echoAll(call) : undefined)
    const { bridge } = await scene(
      { primary: handler, mirror: echoAll },
      { maxCallsPerClient: 1, stallTimeoutMs: 1_000 },
      { mirror: { upstream: "default", percent: 100 } },
    )
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => calls === 2)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    await waitFor(() => bridge.mirrored.length === 2)
    expect(bridge.mirrored).toEqual(["default: refused", "default: slow-backend"])
  })

  it("copy no call at 0 percent", async () => {
    const mirror = { upstream: "mirror", percent: 0 }
    const { bridge, mirror: backend } = await scene({ primary: echoAll, mirror: echoAll }, {}, { mirror })
    for (let i = 0; i < 20; i++) expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backend.calls).toHaveLength(0)
  })
})

async function sendBig(call: Parameters<BackendHandler>[0]): Promise<void> {
  await call.all()
  call.message(big)
  call.end()
}

async function countBytes(call: Parameters<BackendHandler>[0]): Promise<void> {
  const messages = await call.all()
  call.message(String(messages.reduce((sum, { length }) => sum + length, 0)))
  call.end()
}

/** All that a client sees, without the times. */
function comparable({ fields, messages, trailers, ...rest }: PageAnswer): object {
  const listOf = (metadata: PageAnswer["fields"]): string[] => {
    const flat: string[] = []
    metadata.appendTo(flat)
    return flat.filter((_, i) => flat[i - (i % 2)] !== "date")
  }
  return { ...rest, fields: listOf(fields), trailers: trailers.map(listOf), messages: messages.map(String) }
}
