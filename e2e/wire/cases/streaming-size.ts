import assert from "node:assert/strict"
import { setTimeout as after } from "node:timers/promises"
import type { BackendHandler } from "../../../packages/bridge/test/support/grpc-backend.ts"
import { startGrpcBackend } from "../../../packages/bridge/test/support/grpc-backend.ts"
import { grpcMessage, H2Code } from "../../../packages/bridge/test/support/h2-frames.ts"
import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import { waitFor } from "../../../packages/bridge/test/support/wait-for.ts"
import type { Scene } from "../scene.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

const megabyte = 1 << 20
/** Every target with a message limit has this limit. */
const limit = 4 * megabyte

/** Starts a proxy in front of a node:http2 backend. This backend obeys flow control, which large messages need. */
async function before(scene: Scene, handler: BackendHandler): Promise<Scene> {
  const backend = await startGrpcBackend({ "/wire.Case/Call": handler })
  await scene.onClose(() => backend.close())
  return scene.proxyBefore(backend.url)
}

/** Resolves with the value when it has not changed for 300 ms. */
async function settled(value: () => number): Promise<number> {
  let last = -1
  for (; value() !== last; await after(300)) last = value()
  return last
}

/** Cases about streams that must not be buffered, and about messages that are too large. */
export const streamingSize: readonly WireCase[] = [
  {
    id: "C54",
    title: "streamed messages of 20 bytes are not gathered: each arrives before the next is sent",
    source: "traefik#2264, #4007",
    span: "matrix",
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("go")))
      request.end()
      const stream = await scene.stream()
      const delays: number[] = []
      for (let count = 1; count <= 20; count++) {
        const sentAt = performance.now()
        stream.message("x".repeat(20))
        await request.until(({ messages }) => messages.length === count)
        delays.push(performance.now() - sentAt)
      }
      stream.end()
      expectStatus(await scene.seeing(request), 0, Array(20).fill("x".repeat(20)))
      scene.note(`each within ${Math.max(...delays).toFixed(1)} ms`)
    },
  },
  {
    id: "C54",
    title: "both directions of a stream are open at once: each request message is answered before the next is sent",
    source: "traefik#2264; traefik#4007",
    span: "matrix",
    async run(scene) {
      const request = await scene.open()
      let length = 0
      for (let count = 1; count <= 10; count++) {
        const message = grpcMessage(`ping ${count}`)
        request.write(scene.encode(message))
        length += message.length
        const stream = await scene.stream()
        await stream.receives(length)
        stream.message(`pong ${count}`)
        await request.until(({ messages }) => messages.length === count)
      }
      request.end()
      await (await scene.stream()).ended()
      scene.streams[0].end()
      expectStatus(
        await scene.seeing(request),
        0,
        Array.from({ length: 10 }, (_, i) => `pong ${i + 1}`),
      )
    },
  },
  {
    // Verified with nginx 1.22 and its default configuration. nginx asks by HTTP/1.0. It held five messages, 300 ms apart, until the
    // end of the stream (one piece after 1.6 s). With `x-accel-buffering: no`, each message arrived at once.
    id: "R25",
    title:
      "an answer tells intermediaries neither to gather nor to recode it (verified: nginx holds streams back without it)",
    source: "traefik#2264; traefik#4007",
    span: "replies",
    needs: "hints to intermediaries",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const { fields } = await scene.call()
      assert.match(valueOf(fields, "cache-control") ?? "", /no-transform/)
      assert.equal(valueOf(fields, "x-accel-buffering"), "no")
    },
  },
  {
    id: "C55",
    title: "100,000 messages go both ways on one call over HTTP/2",
    source: "traefik#10991",
    span: "http2",
    timeoutMs: 30_000,
    async run(scene) {
      const echo = await before(scene, async (call) => {
        for await (const message of call.messages) if (!call.message(message)) await call.drained()
        call.end()
      })
      const request = await echo.open()
      const thousand = Buffer.concat(Array.from({ length: 1_000 }, () => grpcMessage("20 bytes of message!")))
      for (let i = 0; i < 100; i++) request.write(thousand)
      request.end()
      const answer = await echo.seeing(request)
      scene.note(echo.seen)
      assert.deepEqual([answer.code, answer.messages.length], [0, 100_000])
    },
  },
  {
    id: "C56",
    title: "a reply message of 4 MiB passes, one byte more is RESOURCE_EXHAUSTED naming limit and size at once",
    source: "improbable-eng/grpc-web#654; gRPC's max_receive_message_length",
    span: "carriers",
    needs: "message limit",
    async run(scene) {
      const large = await before(scene, async (call) => {
        if (!call.message(Buffer.alloc(limit, "x"))) await call.drained()
        call.end()
      })
      const answer = await large.call()
      assert.deepEqual([answer.code, answer.messages[0]?.length], [0, limit])
      scene.reply((stream) => void stream.head().data(Buffer.of(0, 0, 0x40, 0, 1)))
      const refused = await scene.call()
      expectStatus(refused, 8)
      assert.match(refused.message, /4194305.*4194304/)
    },
  },
  {
    id: "C56",
    title: "a request message of 4 MiB passes, one byte more is RESOURCE_EXHAUSTED naming limit and size at once",
    source: "improbable-eng/grpc-web#654; gRPC's max_receive_message_length",
    span: "texts",
    needs: "message limit",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const body = grpcMessage(Buffer.alloc(limit, "x"))
      expectStatus(await scene.call({ body }), 0, ["ok"])
      const request = await scene.open()
      request.write(scene.encode(Buffer.of(0, 0, 0x40, 0, 1)))
      const refused = await scene.seeing(request)
      expectStatus(refused, 8)
      assert.match(refused.message, /4194305.*4194304/)
    },
  },
  {
    id: "R23",
    title: "a reply whose length prefix is 0xffffffff is refused by its prefix alone, and the backend is told to stop",
    source: "gRPC's max_receive_message_length",
    span: "matrix",
    needs: "message limit",
    async run(scene) {
      scene.reply((stream) => void stream.head().data(Buffer.of(0, 0xff, 0xff, 0xff, 0xff)))
      expectStatus(await scene.call(), 8)
      assert.equal(await (await scene.stream()).reset(), H2Code.Cancel)
    },
  },
  {
    id: "C57",
    title: "64 MiB to a client that does not read: the backend is slowed down, and later everything arrives",
    source: "envoy#45860; RFC 9113 §5.2",
    span: "carriers",
    timeoutMs: 40_000,
    async run(scene) {
      let taken = 0
      const large = await before(scene, async (call) => {
        for (let i = 0; i < 64; i++) {
          const isFree = call.message(Buffer.alloc(megabyte))
          if (!isFree) await call.drained()
          taken += megabyte
        }
        call.end()
      })
      const request = await large.open()
      request.write(large.encode(grpcMessage("go")))
      request.end()
      await request.until(({ httpStatus }) => httpStatus === 200)
      request.pause()
      const held = await settled(() => taken)
      scene.note(`${held / megabyte} MiB taken while nobody read`)
      assert.ok(held < 48 * megabyte, `${held / megabyte} MiB were taken while nobody read`)
      request.resume()
      const answer = await request.answer()
      assert.deepEqual([answer.code, answer.messages.length], [0, 64])
    },
  },
  {
    id: "R27",
    title: "an upload to a backend that does not read is slowed down",
    source: "RFC 9113 §5.2",
    span: "carriers",
    timeoutMs: 30_000,
    async run(scene) {
      const own = await scene.apart({ grantsWindow: false })
      const request = await own.open()
      const message = grpcMessage(Buffer.alloc(megabyte))
      for (let i = 0; i < 64; i++) request.write(message)
      await waitFor(() => own.streams.length === 1)
      const sent = await settled(() => request.sentBytes)
      scene.note(`${(sent / megabyte).toFixed(1)} MiB taken while nobody read`)
      assert.ok(sent < 48 * megabyte, `${sent / megabyte} MiB were taken while nobody read`)
      assert.equal(own.streams[0].resetCode, null)
    },
  },
]
