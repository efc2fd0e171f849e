import assert from "node:assert/strict"
import {
  frame,
  grpcMessage,
  H2Code,
  Setting,
  settingsFrame,
  Type,
} from "../../../packages/bridge/test/support/h2-frames.ts"
import { nextTurn } from "../../../packages/bridge/test/support/raw-h2.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"
import { upstreamNonGrpcAnswers } from "./upstream-non-grpc-answers.ts"
import { upstreamResets } from "./upstream-resets.ts"

/** Cases about HTTP/2 with the backend: frames besides the answer, and frames that the proxy must send. */
export const upstreamHttp2: readonly WireCase[] = [
  {
    id: "C30",
    title: "no content-length reaches the backend, though the request has one",
    source: "traefik#9697; grpc-java from 1.42",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const body = grpcMessage("hello")
      expectStatus(await scene.call({ body, bodyBytes: scene.encode(body).length }), 0, ["ok"])
      assert.equal((await scene.stream()).field("content-length"), null)
    },
  },
  {
    id: "C31",
    title: "every request to the backend has te: trailers, whatever the client sent",
    source: "traefik#10110; envoy#16222; apisix#10686",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call(), 0, ["ok"])
      expectStatus(await scene.call({ fields: ["te", "trailers"] }), 0, ["ok"])
      for (const stream of scene.streams) assert.deepEqual(stream.all("te"), ["trailers"])
    },
  },
  {
    id: "C32",
    title:
      "connection, keep-alive, upgrade and the fields that connection names are not passed on, and the call succeeds",
    source: "improbable-eng/grpc-web#568; RFC 9110 §7.6.1",
    span: "http1",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const hop = ["keep-alive", "timeout=5", "proxy-connection", "keep-alive", "x-secret", "1"]
      for (const connection of ["keep-alive", "keep-alive, x-secret", "X-Secret"]) {
        expectStatus(await scene.call({ fields: ["connection", connection, ...hop] }), 0, ["ok"])
      }
      expectStatus(await scene.call({ fields: ["te", "trailers", "connection", "te"] }), 0, ["ok"])
      for (const stream of scene.streams) {
        for (const name of ["connection", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding"]) {
          assert.equal(stream.field(name), null, name)
        }
      }
      const secrets = scene.streams.map((stream) => stream.field("x-secret"))
      assert.deepEqual(secrets.slice(1, 3), [null, null])
    },
  },
  ...upstreamResets,
  {
    id: "C37",
    title: "ten calls at a backend that allows one stream at a time all succeed",
    source: "gRPC negative interop: max_streams",
    span: "carriers",
    async run(scene) {
      const own = await scene.apart({ settings: [[Setting.MaxConcurrentStreams, 1]] })
      own.reply(async (stream) => {
        await nextTurn()
        stream.message("ok").end()
      })
      const answers = await Promise.all(Array.from({ length: 10 }, () => own.call()))
      for (const answer of answers) expectStatus(answer, 0, ["ok"])
      scene.note(`10 × status 0 over ${own.backend.peers.length} connections`)
    },
  },
  {
    id: "C37",
    title: "a call refused once with REFUSED_STREAM is repeated invisibly; refused each time, it is UNAVAILABLE",
    source: "gRFC A6",
    span: "matrix",
    async run(scene) {
      scene.reply(
        (stream) => void (scene.streams.length === 1 ? stream.rst(H2Code.RefusedStream) : stream.message("ok").end()),
      )
      expectStatus(await scene.call(), 0, ["ok"])
      scene.reply((stream) => void stream.rst(H2Code.RefusedStream))
      expectStatus(await scene.call(), 14)
    },
  },
  ...upstreamNonGrpcAnswers,
  {
    id: "R22",
    title: "trailers before the end of the upload arrive at once, and the rest of the upload is not sent on",
    source: "RFC 9113 §8.1",
    span: "matrix",
    async run(scene) {
      scene.serve((stream) => void stream.message("early").end(9))
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("hello")))
      expectStatus(await scene.seeing(request), 9, ["early"])
      await (await scene.stream()).reset()
    },
  },
  {
    id: "C47",
    title: "what a backend sends after its end changes nothing: no second end, and the next call succeeds",
    source: "vanguard#191, #149",
    span: "matrix",
    isApart: true,
    async run(scene) {
      scene.reply((stream) => void stream.message("one").end(9).message("late").end(0))
      const answer = await scene.call()
      expectStatus(answer, 9, ["one"])
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call(), 0, ["ok"])
    },
  },
  {
    id: "R20",
    title: "padding, PRIORITY and a frame of a type that nobody knows disturb nothing",
    source: "RFC 9113 §4.1, §5.5, §6.1",
    span: "replies",
    async run(scene) {
      const message = grpcMessage("padded")
      const padded = Buffer.concat([Buffer.of(3), message, Buffer.alloc(3)])
      scene.reply((stream) => {
        stream.head().send(frame(0x42, 0xff, stream.id, Buffer.from("what")))
        stream.send(frame(Type.Priority, 0, stream.id, Buffer.of(0, 0, 0, 0, 15)))
        stream.send(frame(Type.Data, 0x8, stream.id, padded)).end()
      })
      expectStatus(await scene.call(), 0, ["padded"])
    },
  },
  {
    id: "R20",
    title: "a change of settings between two messages does not disturb the call",
    source: "RFC 9113 §6.5.3",
    span: "carriers",
    isApart: true,
    async run(scene) {
      scene.reply((stream) => {
        stream.message("one").send(
          settingsFrame([
            [Setting.MaxConcurrentStreams, 5],
            [Setting.InitialWindowSize, 1_000],
          ]),
        )
        stream.message("two").end()
      })
      expectStatus(await scene.call(), 0, ["one", "two"])
    },
  },
]
