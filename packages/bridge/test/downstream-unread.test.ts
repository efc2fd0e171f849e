import { once } from "node:events"
import { connect as connectTls } from "node:tls"
import { describe, expect, it, onTestFinished } from "vitest"
import { selfSigned } from "./support/certificate.ts"
import { Flag, frame, recallFields, rememberFields, Type } from "./support/h2-frames.ts"
import { connectRawClient, RawPeer } from "./support/raw-h2.ts"
import type { GrpcScene } from "./support/scene.ts"
import { grpcScene } from "./support/scene.ts"
import type { BridgeOptions } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"

const preflights = 256
/** Bytes of one answer: 256 of them are more than a kernel takes for a client that does not read. */
const answerBytes = 16 * 3_600

function echo(options: Partial<BridgeOptions>): Promise<GrpcScene> {
  return grpcScene(
    async (call) => {
      await call.all()
      call.message("ok")
      call.end()
    },
    { maxHeadBytes: 100_000, ...options },
  )
}

/** Sends preflights of 25 bytes with answers of 58 KB each, and no longer reads. */
function preflightUnread(client: RawPeer): void {
  client.socket.pause()
  onTestFinished(() => void client.socket.destroy())
  const fields = [":method", "OPTIONS", ":scheme", "http", ":path", "/", ":authority", "a", "origin"]
  fields.push("https://app.example", "access-control-request-method", "POST")
  const first = rememberFields([...fields, "access-control-request-headers", "x".repeat(3_600)])
  const next = recallFields([7, 6, 5, 4, 3, 2, ...Array<number>(answerBytes / 3_600).fill(1)])
  const flags = Flag.EndHeaders | Flag.EndStream
  const frames = Array.from({ length: preflights }, (_, i) =>
    frame(Type.Headers, flags, 2 * i + 1, i === 0 ? first : next),
  )
  client.send(...frames) // in one segment: Node reads no more while a write of its own is pending
}

describe.each(["plain text", "TLS"])("a client that reads none of its answers, over %s", (transport) => {
  async function connect({ bridge }: GrpcScene): Promise<RawPeer> {
    if (transport !== "TLS") return connectRawClient(bridge.address)
    const options = { host: "127.0.0.1", port: bridge.port, ALPNProtocols: ["h2"], rejectUnauthorized: false }
    const socket = connectTls(options)
    await once(socket, "secureConnect")
    return new RawPeer(socket, "client")
  }
  async function scene(options: Partial<BridgeOptions>): Promise<GrpcScene> {
    return echo({ tls: transport === "TLS" ? await selfSigned() : null, ...options })
  }

  it("loses its connection once that is idle, and then holds nothing", async () => {
    const made = await scene({ keepAliveTimeoutMs: 1_000 })
    preflightUnread(await connect(made))
    await waitFor(() => made.bridge.records.length === preflights)
    expect(made.bridge.gauges().connections).toBe(1)
    await waitFor(() => made.bridge.gauges().connections === 0)
  })

  it("loses its connection when it has read nothing for the stall timeout", async () => {
    const made = await scene({ stallTimeoutMs: 1_000 })
    const { bridge } = made
    preflightUnread(await connect(made))
    await waitFor(() => bridge.gauges().connections === 0)
    expect(bridge.failures).toEqual(["unread"])
  })

  it("is counted in the memory budget, and ended for it", async () => {
    const made = await scene({ maxBufferedBytes: 4 << 20 })
    const { bridge } = made
    preflightUnread(await connect(made))
    await waitFor(() => bridge.failures.length > 0)
    expect(bridge.failures).toEqual(["unread"])
    expect(bridge.stalls.endedForMemory).toBe(1)
    await waitFor(() => bridge.stalls.heldBytes === 0)
  })

  it("does not delay a drain", async () => {
    const made = await scene({})
    preflightUnread(await connect(made))
    await waitFor(() => made.bridge.records.length === preflights)
    await made.bridge.drain()
    await waitFor(() => made.bridge.gauges().connections === 0)
  })
})
