import { connect } from "node:net"
import { duplexPair } from "node:stream"
import type { Duplex } from "node:stream"
import { connect as connectTls } from "node:tls"
import { expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { selfSigned } from "./support/certificate.ts"
import type { BackendCall } from "./support/grpc-backend.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { RawHttp1, requestHead } from "./support/raw-http1.ts"
import { grpcScene } from "./support/scene.ts"
import type { Bridge } from "./support/start-bridge.ts"
import { pipelining } from "./support/start-bridge.ts"
import { waitFor } from "./support/wait-for.ts"
import { readReply } from "./support/web-call.ts"

const path = "/test.Service/Method"
const body = encodeFrame(0, Buffer.from("hello"))
const head = requestHead(path, ["content-type", "application/grpc-web", "content-length", String(body.length)])

/** In total more than the sockets between bridge and client hold. */
const [messages, messageBytes] = [256, 65_536]
/** By which a record is longer than its content at least: header and authentication tag (RFC 8446 §5.2). */
const recordBytes = 21

it("answers a request that comes in two TLS records at once, while an answer before it waits to be read", async () => {
  const tls = await selfSigned()
  const answers = new Answers()
  const { backend, bridge } = await grpcScene((call) => answers.serve(call), { tls })
  const { client, records, wire } = await openTls(bridge.port, tls.cert)
  client.socket.pause()
  client.send(head, body)
  await answers.stopped(bridge)

  records.unpipe(wire)
  client.send(head)
  await waitFor(() => records.readableLength >= head.length + recordBytes)
  client.send(body)
  await waitFor(() => records.readableLength >= head.length + body.length + 2 * recordBytes)
  wire.write(records.read())
  records.pipe(wire)
  if (pipelining === "at once") await waitFor(() => backend.calls.length === 2)

  client.socket.resume()
  for (let i = 0; i < 2; i++) {
    const response = await client.response()
    const reply = readReply(response, response.body)
    expect([reply.code, reply.messages.length]).toEqual([Code.Ok, messages])
  }
  client.destroy()
})

/** Answers each call with many messages, as fast as the bridge reads them. */
class Answers {
  #sent = 0

  async serve(call: BackendCall): Promise<void> {
    await call.all()
    for (let i = 0; i < messages && !call.stream.destroyed; i++) {
      this.#sent++
      if (!call.message(Buffer.alloc(messageBytes))) await call.drained()
    }
    call.end()
  }

  /** Waits until the client's answer fills every buffer: the bridge waits for the client, and in a hundred turns nothing more is sent. */
  async stopped(bridge: Bridge): Promise<void> {
    for (let before = -1; before !== this.#sent;) {
      await waitFor(() => bridge.gauges().stalls === 1)
      before = this.#sent
      for (let turn = 0; turn < 100; turn++) await nextTurn()
    }
  }
}

interface TlsClient {
  readonly client: RawHttp1
  /** Where the client's TLS records come out, and where they go to. */
  readonly records: Duplex
  readonly wire: Duplex
}

async function openTls(port: number, ca: string): Promise<TlsClient> {
  const wire = connect(port, "127.0.0.1")
  const [carrier, records] = duplexPair()
  records.pipe(wire).pipe(records)
  const socket = connectTls({ socket: carrier, host: "127.0.0.1", ca })
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve).once("error", reject)
  })
  return { client: new RawHttp1(socket), records, wire }
}
