import assert from "node:assert/strict"
import { selfSigned } from "../../../packages/bridge/test/support/certificate.ts"
import { goawayFrame, grpcMessage, H2Code, pingFrame } from "../../../packages/bridge/test/support/h2-frames.ts"
import { nextTurn } from "../../../packages/bridge/test/support/raw-h2.ts"
import { waitFor } from "../../../packages/bridge/test/support/wait-for.ts"
import type { BackendStream } from "../raw/wire-backend.ts"
import { startWireBackend } from "../raw/wire-backend.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

/** Cases about connections to the backend that end or cannot be opened. */
export const upstreamLost: readonly WireCase[] = [
  {
    id: "C33",
    title:
      "GOAWAY(NO_ERROR) with a stream open: it finishes, and the next call takes a new connection, without an error",
    source: "connect-es#680, #681",
    span: "matrix",
    isApart: true,
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("go")))
      request.end()
      const first = await scene.stream()
      first.message("before")
      await request.until(({ messages }) => messages.length === 1)
      first.send(goawayFrame(first.id, H2Code.NoError))
      await nextTurn()
      scene.reply((stream) => void stream.message("next").end())
      expectStatus(await scene.call(), 0, ["next"])
      assert.notEqual((await scene.stream(2)).peer, first.peer)
      first.message("after").end()
      expectStatus(await scene.seeing(request), 0, ["before", "after"])
    },
  },
  {
    id: "R21",
    title: "a stream above GOAWAY's last stream was never processed: it is repeated invisibly on a new connection",
    source: "RFC 9113 §6.8; gRFC A6",
    span: "matrix",
    isApart: true,
    async run(scene) {
      scene.reply((stream) => {
        if (scene.streams.length === 1) stream.send(goawayFrame(0, H2Code.NoError))
        else stream.message("ok").end()
      })
      expectStatus(await scene.call(), 0, ["ok"])
      assert.equal(scene.streams.length, 2)
      assert.deepEqual(scene.streams[1].body, grpcMessage("hello"))
    },
  },
  {
    id: "C34",
    title: "100 calls, each answered with GOAWAY behind it, all succeed and leave at most two connections",
    source: "connect-es#1545, #1566, #1547, #1616, #726",
    span: "http1",
    isApart: true,
    timeoutMs: 30_000,
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end().send(goawayFrame(stream.id, H2Code.NoError)))
      for (let cycle = 0; cycle < 100; cycle++) expectStatus(await scene.call(), 0, ["ok"])
      const open = (): number => scene.backend.peers.filter(({ isClosed }) => !isClosed).length
      await waitFor(() => open() <= 2)
      scene.note(`100 calls, ${scene.backend.peers.length} connections, ${open()} open`)
    },
  },
  {
    id: "C36",
    title: "a TCP reset before the head, after it, after a message, inside a message is UNAVAILABLE, not CANCELLED",
    source: "grpc-js; PROTOCOL-HTTP2, Errors",
    span: "matrix",
    isApart: true,
    async run(scene) {
      const steps: readonly (readonly [step: (stream: BackendStream) => unknown, messages: readonly string[]])[] = [
        [() => {}, []],
        [(stream) => stream.head(), []],
        [(stream) => stream.message("one"), ["one"]],
        [(stream) => stream.message("one").data(grpcMessage("half").subarray(0, 7)), ["one"]],
      ]
      for (const [step, messages] of steps) {
        const request = await scene.open()
        request.write(scene.encode(grpcMessage("hello")))
        request.end()
        const stream = await scene.stream(scene.streams.length + 1)
        await stream.ended()
        step(stream)
        if (messages.length > 0) await request.until((soFar) => soFar.messages.length === messages.length)
        await nextTurn()
        stream.peer.resetConnection()
        expectStatus(await scene.seeing(request), 14, messages)
      }
    },
  },
  {
    id: "C38",
    title: "a connection that dies with a PING unanswered ends its call with UNAVAILABLE, and the next one succeeds",
    source: "connect-es#1746, #861, #869",
    span: "carriers",
    isApart: true,
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("hello")))
      request.end()
      const stream = await scene.stream()
      stream.send(pingFrame())
      stream.peer.socket.destroy()
      expectStatus(await scene.seeing(request), 14)
      scene.reply((next) => void next.message("ok").end())
      expectStatus(await scene.call(), 0, ["ok"])
    },
  },
  {
    id: "C40",
    title:
      "a backend that is down, has no address or shows a wrong certificate is UNAVAILABLE, each with its own message",
    source: "http-grpc-status-mapping",
    span: "carriers",
    async run(scene) {
      const [shown, trusted] = await Promise.all([selfSigned(), selfSigned()])
      const tls = await startWireBackend({ tls: shown })
      await scene.onClose(() => tls.close())
      const messages = new Set<string>()
      for (const [upstream, ca] of [
        ["http://127.0.0.1:1", undefined],
        ["http://no-such-host.invalid:80", undefined],
        [tls.url, trusted],
      ] as const) {
        const own = await scene.proxyBefore(upstream, ca)
        const answer = await own.call()
        scene.note(`${upstream.slice(0, 5)}: ${own.seen}`)
        expectStatus(answer, 14)
        assert.equal((await own.call()).code, 14) // the proxy still serves calls
        messages.add(answer.message)
      }
      assert.equal(messages.size, 3, [...messages].join(" | "))
    },
  },
  {
    id: "C40",
    title: "a backend that comes up after its proxy is reached as soon as it is there",
    source: "our decision",
    span: "carriers",
    async run(scene) {
      const first = await startWireBackend()
      const { url, port } = first
      await first.close()
      const down = await scene.proxyBefore(url)
      assert.equal((await down.call()).code, 14)
      const backend = await startWireBackend({ port })
      await scene.onClose(() => backend.close())
      const up = scene.behind(down, backend)
      up.reply((stream) => void stream.message("ok").end())
      let calls = 1
      while ((await up.call()).code === 14) calls++
      scene.note(`status 0 at call ${calls}`)
      expectStatus(await up.call(), 0, ["ok"])
    },
  },
]
