import { connect } from "node:http2"
import { encodeFrame } from "@causeway/protocol"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { GrpcBackend } from "./support/grpc-backend.ts"
import { startGrpcBackend } from "./support/grpc-backend.ts"
import { connectRawHttp1, requestHead } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, pipelining, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import type { WebCall } from "./support/web-call.ts"
import { openHttp2WebCall, openWebCall } from "./support/web-call.ts"

const hello = Buffer.from(encodeFrame(0, Buffer.from("hello")))
const hang = "/test.Neighbours/Hang"
const watch = "/test.Neighbours/Watch"
const webType = ["content-type", "application/grpc-web"]

let backend: GrpcBackend
let bridge: Bridge

beforeEach(async () => {
  backend = await startGrpcBackend({ [hang]: () => {}, [watch]: (call) => void call.message("begun") })
  bridge = await startBridge({ upstream: backend.url })
})

afterEach(async () => {
  await bridge.close()
  await backend.close()
})

/** Opens this many calls on one HTTP/2 connection after the other, and cancels each once the backend has it. */
async function openAndCancel(total: number): Promise<void> {
  const batch = 100
  for (let done = 0; done < total; done += batch) {
    const seen = backend.calls.length
    const session = connect(bridge.address)
    const calls: WebCall[] = Array.from({ length: batch }, () => openHttp2WebCall(session, hang, webType))
    for (const call of calls) call.end(hello)
    await waitFor(() => backend.calls.length === seen + batch)
    for (const call of calls) call.cancel()
    await waitFor(() => backend.openCalls === 1)
    session.destroy()
  }
}

describe("calls that share a connection to the backend", () => {
  it("survive any number of cancels by a neighbour: a backend ends a session with too many resets (CVE-2023-44487)", async () => {
    const neighbour = await openWebCall(bridge.address, "http2", watch)
    neighbour.end(hello)
    await waitFor(() => neighbour.received().length > 0)
    await openAndCancel(3_000)
    expect(neighbour.isCut).toBe(false)
    backend.calls[0].message("still here")
    backend.calls[0].end(0)
    expect(await neighbour.reply()).toMatchObject({ code: 0, messages: ["begun", "still here"] })
    expect(bridge.crashes).toEqual([])
    neighbour.close()
    await expectAllZero(bridge)
  })

  it("are at most a thousand on one: its calls are lost together", async () => {
    const sessions = Array.from({ length: 5 }, () => connect(bridge.address))
    const calls = sessions.flatMap((session) =>
      Array.from({ length: 250 }, () => openHttp2WebCall(session, hang, webType)),
    )
    for (const call of calls) call.end(hello)
    await waitFor(() => backend.openCalls === 1_250)
    expect(backend.accepted).toBe(2)
    for (const session of sessions) session.destroy()
    await waitFor(() => backend.openCalls === 0)
    await expectAllZero(bridge)
  })
})

describe("calls pipelined on one HTTP/1.1 connection", () => {
  // Our own codec answers one by one, and reads no further meanwhile.
  it.skipIf(pipelining === "one by one")(
    "are bounded: a client that sends hundreds without waiting is cut off",
    async () => {
      const client = await connectRawHttp1(bridge.address)
      const one = requestHead(hang, [...webType, "content-length", String(hello.length)])
      for (let i = 0; i < 500; i++) client.send(Buffer.concat([Buffer.from(one), hello]))
      await waitFor(() => client.isClosed)
      expect(backend.calls.length).toBeLessThanOrEqual(16)
      await waitFor(() => backend.openCalls === 0)
      await expectAllZero(bridge)
    },
  )
})
