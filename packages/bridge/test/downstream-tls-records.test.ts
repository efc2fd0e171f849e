import { connect } from "node:net"
import { Duplex, PassThrough } from "node:stream"
import { connect as connectTls } from "node:tls"
import { expect, it } from "vitest"
import { Code, encodeFrame } from "@causeway/protocol"
import { selfSigned } from "./support/certificate.ts"
import { RawHttp1, requestHead } from "./support/raw-http1.ts"
import { grpcScene } from "./support/scene.ts"
import { waitFor } from "./support/wait-for.ts"
import { readReply } from "./support/web-call.ts"

const hello = encodeFrame(0, Buffer.from("hello"))
const largeBytes = 3 << 20

it("answers a request whose two TLS records come together while a large answer waits to be read", async () => {
  const tls = await selfSigned()
  const { bridge } = await grpcScene(
    async (call) => {
      await call.all()
      call.message(Buffer.alloc(largeBytes))
      call.end()
    },
    { tls },
  )
  const { client, hold, release } = await openHoldingTls(bridge.port, tls.cert)
  const head = requestHead("/test.Service/Method", [
    ...["content-type", "application/grpc-web"],
    ...["content-length", String(hello.length)],
  ])
  client.socket.pause()
  client.send(head, hello)
  await waitFor(() => bridge.gauges().stalls === 1)
  hold()
  client.send(head)
  client.send(hello)
  await release()
  await waitFor(() => bridge.gauges().calls === 2)
  client.socket.resume()
  for (let i = 0; i < 2; i++) {
    const response = await client.response()
    const { code, messages } = readReply(response, response.body)
    expect([code, messages.map(({ length }) => length)]).toEqual([Code.Ok, [largeBytes]])
  }
  client.destroy()
})

/** An HTTP/1.1 client over TLS whose records can be held back, to leave in one piece. */
async function openHoldingTls(port: number, ca: string) {
  const wire = connect(port, "127.0.0.1")
  const records = new PassThrough()
  records.pipe(wire)
  const socket = connectTls({ socket: Duplex.from({ readable: wire, writable: records }), servername: "", ca })
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve).once("error", reject)
  })
  return {
    client: new RawHttp1(socket),
    hold: () => records.unpipe(wire),
    async release() {
      await waitFor(() => countRecords(records) === 2)
      wire.write(records.read())
      records.pipe(wire)
    },
  }
}
