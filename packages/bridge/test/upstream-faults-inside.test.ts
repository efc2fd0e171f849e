import { describe, expect, it } from "vitest"
import type { Exchange } from "../src/core/exchange.ts"
import type { StreamRequester, Upstream } from "../src/core/upstream.ts"
import type { UpstreamStream } from "../src/core/upstream-stream.ts"
import type { Cluster } from "../src/upstream/cluster.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { Setting } from "./support/h2-frames.ts"
import { anyEndpoint } from "./support/requester.ts"
import { rawScene } from "./support/scene.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const victimPath = "/test.Service/Victim"

class Injected extends Error {}

function boom(): never {
  throw new Injected("injected")
}

/** Methods around the victim's stream that a test may replace. */
interface Sabotage {
  readonly acquire?: () => never
  readonly release?: () => never
  readonly requester?: Partial<StreamRequester>
  readonly stream?: Partial<UpstreamStream>
}

/** The cluster, with the victim's calls sabotaged. */
function sabotaged(cluster: Cluster, sabotage: Sabotage): Upstream {
  const wrappers = new Map<StreamRequester, StreamRequester>()
  const isVictim = (requester: StreamRequester): boolean => requester.fields(anyEndpoint).includes(victimPath)
  return {
    name: cluster.name,
    retries: cluster.retries,
    acquire(requester) {
      if (!isVictim(requester)) {
        cluster.acquire(requester)
        return
      }
      sabotage.acquire?.()
      const wrapper = wrap(requester, sabotage)
      wrappers.set(requester, wrapper)
      cluster.acquire(wrapper)
    },
    release(requester) {
      cluster.release(wrappers.get(requester) ?? requester)
      if (wrappers.has(requester)) sabotage.release?.()
    },
  }
}

function wrap(requester: StreamRequester, sabotage: Sabotage): StreamRequester {
  return {
    clientAddress: requester.clientAddress,
    hash: requester.hash,
    avoid: requester.avoid,
    fields: (endpoint) => requester.fields(endpoint),
    opened: (stream, endpoint) => requester.opened(wrapStream(stream, sabotage), endpoint),
    refused: (error) => requester.refused(error),
    head: (status, fields, isLast) => requester.head(status, fields, isLast),
    data: (chunk) => requester.data(chunk),
    end: (trailers) => requester.end(trailers),
    lost: (how) => requester.lost(how),
    drained: () => requester.drained(),
    crashed: (cause) => requester.crashed(cause),
    ...sabotage.requester,
  }
}

function wrapStream(stream: UpstreamStream, sabotage: Sabotage): UpstreamStream {
  return {
    start: () => stream.start(),
    write: (chunks) => stream.write(chunks),
    end: () => stream.end(),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    unsentBytes: 0,
    reset: (code) => stream.reset(code),
    ...sabotage.stream,
  }
}

/** A victim and its neighbours on one session: the victim fails with INTERNAL, the neighbours succeed. */
async function attack(sabotage: Sabotage): Promise<{ bridge: Bridge; victim: PageAnswer }> {
  const held: (() => void)[] = []
  const backend = await startGrpcBackend({
    [victimPath]: async (call) => {
      call.message("m")
      await call.all()
      call.end()
    },
    "/test.Service/Method": async (call) => {
      call.message("first")
      await new Promise<void>((resolve) => held.push(resolve))
      call.message("last")
      call.end()
    },
  })
  const bridge = await startBridge({ upstream: backend.url, wrapUpstream: (cluster) => sabotaged(cluster, sabotage) })
  const neighbours = [new PageCall(bridge.address), new PageCall(bridge.address, { carrier: "http2" })]
  for (const neighbour of neighbours) await neighbour.received(1)
  const victim = await callPage(bridge.address, { path: victimPath })
  for (const release of held) release()
  for (const neighbour of neighbours) {
    const answer = await neighbour.answer
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(answer.messages.map(String)).toEqual(["first", "last"])
  }
  expect(backend.accepted).toBe(1)
  await expectAllZero(bridge)
  await waitFor(() => backend.openCalls === 0)
  await bridge.close()
  await backend.close()
  return { bridge, victim }
}

const faults: Readonly<Record<string, Sabotage>> = {
  "the search for a stream": { acquire: boom },
  "the making of the request's fields": { requester: { fields: boom } },
  "the stream's arrival": { requester: { opened: boom } },
  "the first write": { stream: { write: boom } },
  "the end of the upload": { stream: { end: boom } },
  "the reply's head": { requester: { head: boom } },
  "the start of the reply": { stream: { start: boom } },
  "a chunk of the reply": { requester: { data: boom } },
  "the end of the reply": { requester: { end: boom } },
}

describe("a throw inside the bridge", () => {
  it.each(Object.entries(faults))("at %s ends that call with INTERNAL, and no neighbour", async (_where, sabotage) => {
    const { bridge, victim } = await attack(sabotage)
    expect(victim).toMatchObject({ httpStatus: 200, code: 13, reason: "internal", isCut: false })
    expect(victim.message).not.toContain("injected")
    expect(bridge.crashes).toHaveLength(1)
    expect(bridge.crashes[0]).toMatchObject({ cause: expect.any(Injected), record: { path: victimPath, code: 13 } })
    const record = bridge.records.find(({ path }) => path === victimPath)
    expect(record).toMatchObject({ code: 13, error: { reason: "internal", cause: expect.any(Injected) } })
  })

  it("at the end of a call is reported, and the rest of the end is still carried out", async () => {
    const { backend, bridge } = await rawScene(undefined, {
      peer: { settings: [[Setting.MaxConcurrentStreams, 0]] },
      wrapUpstream: (cluster) => sabotaged(cluster, { release: boom }),
      expectedCrashes: 1,
    })
    await backend.peer(1)
    const call = new PageCall(bridge.address, { path: victimPath })
    await waitFor(() => bridge.gauges().queued === 1)
    call.cancel()
    await waitFor(() => bridge.records.length === 1)
    expect(bridge.records[0]).toMatchObject({ code: 1, error: { reason: "client-gone" } })
    expect(bridge.crashes[0]).toMatchObject({
      where: "end of call",
      cause: expect.any(Injected),
      record: { path: victimPath },
    })
  })

  it("in a timer cuts that call if no status can be sent, and no neighbour", async () => {
    const { bridge } = await rawScene(undefined, {
      wrapServe: (serve) => (exchange) => serve(exchange.head.target === victimPath ? speechless(exchange) : exchange),
      expectedCrashes: 1,
    })
    const neighbour = callPage(bridge.address, { fields: ["grpc-timeout", "400m"] })
    const victim = callPage(bridge.address, { path: victimPath, fields: ["grpc-timeout", "150m"] })
    await expect(victim).rejects.toThrow("no answer")
    expect(await neighbour).toMatchObject({ code: 4, reason: "deadline-exceeded" })
    expect(bridge.crashes[0]).toMatchObject({ cause: expect.any(Injected), record: { path: victimPath } })
  })
})

/** An exchange that cannot answer. */
function speechless(exchange: Exchange): Exchange {
  return {
    head: exchange.head,
    peer: exchange.peer,
    start: (to) => exchange.start(to),
    pause: () => exchange.pause(),
    resume: () => exchange.resume(),
    unsentBytes: 0,
    respond: boom,
    write: (chunks) => exchange.write(chunks),
    end: (chunks, trailers) => exchange.end(chunks, trailers),
    abort: (why) => exchange.abort(why),
  }
}
