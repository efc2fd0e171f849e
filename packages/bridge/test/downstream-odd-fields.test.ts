import { connect } from "node:http2"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import type { RawBackend } from "./support/raw-h2.ts"
import { dataFrame, headersFrame, Type } from "./support/h2-frames.ts"
import { startRawBackend } from "./support/raw-h2.ts"
import { valuesOf } from "./support/raw-http1.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { expectAllZero, startBridge } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { callWeb, carriers } from "./support/web-call.ts"

const message = encodeFrame(0, Buffer.from("reply"))
const body = encodeFrame(0, Buffer.from("hello"))
/** Fields that Node's own writers refuse, add themselves or interpret. */
const odd = [
  ...[
    "http2-settings",
    "x",
    "date",
    "d",
    "server",
    "s",
    "host",
    "h",
    "keep",
    "k",
    "status",
    "s",
    "x-latin",
    "caf\u00e9",
  ],
  ...["__proto__", "p", "__proto__", "q", "constructor", "c", "x-a", "1", "x-a", "2"],
  // HTTP defines these as single values: by default Node refuses to send them twice.
  ...["retry-after", "1", "retry-after", "2", "authorization", "a", "authorization", "b"],
]
const kept = ["__proto__", "constructor", "x-latin", "keep", "x-a", "retry-after", "authorization"]

let backend: RawBackend
let bridge: Bridge

beforeAll(async () => {
  backend = await startRawBackend((peer) => {
    peer.onFrame = ({ type, streamId }) => {
      if (type !== Type.Headers) return
      const head = headersFrame(streamId, [":status", "200", "content-type", "application/grpc", ...odd])
      peer.send(head, dataFrame(streamId, message), headersFrame(streamId, ["grpc-status", "0", ...odd], true))
    }
  })
  bridge = await startBridge({ upstream: backend.url })
  await waitFor(() => bridge.cluster.isReachable)
})

afterAll(async () => {
  expect(bridge.crashes).toEqual([])
  await expectAllZero(bridge)
  await bridge.close()
  await backend.close()
})

function expectKept(fields: readonly string[]): void {
  for (const name of kept) expect(valuesOf(fields, name), name).toEqual(valuesOf(odd, name))
  expect(fields).not.toContain("http2-settings")
}

describe.each(carriers)("an answer over %s", (carrier) => {
  it("C17: carries all fields of a backend, even doubled ones and names that every object has", async () => {
    const reply = await callWeb(bridge.address, carrier, "/test.Odd/Fields", body)
    expect(reply).toMatchObject({ code: Code.Ok, messages: ["reply"] })
    expectKept(reply.fields)
    expectKept(reply.trailers ?? [])
  })
})

describe("an answer of native gRPC", () => {
  it("C17: carries all fields of a backend in its HTTP trailers, too", async () => {
    const session = connect(bridge.address)
    const pseudo = [":method", "POST", ":scheme", "http", ":path", "/test.Odd/Fields", ":authority", "a"]
    const stream = session.request([...pseudo, "content-type", "application/grpc", "te", "trailers"], {
      endStream: false,
    })
    const heads: string[][] = []
    stream.on("response", (_headers, _flags, raw: string[]) => heads.push(raw))
    stream.on("trailers", (_headers, _flags, raw: string[]) => heads.push(raw))
    stream.resume().end(body)
    await new Promise((resolve) => stream.once("close", resolve))
    session.destroy()
    expect(heads.length).toBe(2)
    for (const fields of heads) expectKept(fields)
    expect(valuesOf(heads[1], "grpc-status")).toEqual(["0"])
  })
})
