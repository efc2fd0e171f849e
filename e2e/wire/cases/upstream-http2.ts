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
import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import type { Answer } from "../client/answer.ts"
import type { BackendStream } from "../raw/wire-backend.ts"
import type { Scene } from "../scene.ts"
import { expectStatus } from "../scene.ts"
import { allowedOrigin } from "../target.ts"
import type { WireCase } from "../wire-case.ts"

/** PROTOCOL-HTTP2, "Errors": gRPC's meaning of each HTTP/2 code. */
const meaning: readonly (readonly [name: keyof typeof H2Code, right: readonly number[]])[] = [
  ["NoError", [13]],
  ["ProtocolError", [13]],
  ["InternalError", [13]],
  ["FlowControlError", [13]],
  ["SettingsTimeout", [13]],
  ["StreamClosed", [13, 2]], // gRPC: no mapping, as no stream is open that could be told
  ["FrameSizeError", [13]],
  ["RefusedStream", [14]],
  ["Cancel", [1]],
  ["CompressionError", [13]],
  ["ConnectError", [13]],
  ["EnhanceYourCalm", [8]],
  ["InadequateSecurity", [7]],
  ["Http11Required", [13, 7, 2]], // not in gRPC's table; connect-es says 7
]

async function expectResets(scene: Scene, before: (stream: BackendStream) => void, messages: string[]): Promise<void> {
  const wrong = new Map<string, string[]>()
  for (const [name, right] of meaning) {
    scene.reply((stream) => {
      before(stream)
      stream.rst(H2Code[name])
    })
    const answer = await scene.call()
    const isWhole = !answer.isCut && answer.openBytes === 0
    const got = answer.code === null ? "no status" : `status ${answer.code}`
    if (!isWhole || !right.includes(answer.code ?? -1)) wrong.set(got, [...(wrong.get(got) ?? []), name])
    else assert.deepEqual(answer.messages, messages)
  }
  if (wrong.size === 0) return
  scene.note("")
  throw new Error([...wrong].map(([got, names]) => `${got} for ${names.join(", ")}`).join("; "))
}

/** The HTTP/2 side: what a backend sends besides an answer, and what it must be told. */
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
    title: "te: trailers stands on every request to the backend, whatever the client said",
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
    title: "connection, keep-alive, upgrade and what connection names stay behind, and the call goes through",
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
  {
    id: "C35",
    title: "RST_STREAM before the head, each code, is the status of gRPC's table",
    source: "rule 20; PROTOCOL-HTTP2",
    span: "matrix",
    timeoutMs: 30_000,
    run: (scene) => expectResets(scene, () => {}, []),
  },
  {
    id: "C35",
    title: "RST_STREAM after the head, each code, is the status of gRPC's table",
    source: "rule 20; PROTOCOL-HTTP2",
    span: "matrix",
    timeoutMs: 30_000,
    run: (scene) => expectResets(scene, (stream) => void stream.head(["x-early", "1"]), []),
  },
  {
    id: "C35",
    title: "RST_STREAM after a message, each code, is the status of gRPC's table, and the message arrives",
    source: "rule 20; PROTOCOL-HTTP2",
    span: "matrix",
    timeoutMs: 30_000,
    run: (scene) => expectResets(scene, (stream) => void stream.message("one"), ["one"]),
  },
  {
    id: "C35",
    title: "RST_STREAM after the trailers, each code, takes nothing back",
    source: "rule 20",
    span: "matrix",
    async run(scene) {
      for (const [name] of meaning) {
        scene.reply((stream) => void stream.message("one").end(9).rst(H2Code[name]))
        expectStatus(await scene.call(), 9, ["one"])
      }
    },
  },
  {
    id: "C37",
    title: "ten calls at a backend that allows one stream at a time all succeed",
    source: "gRPC negative interop: max_streams; reliability 45",
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
    title: "REFUSED_STREAM once is repeated unseen; for ever it is UNAVAILABLE",
    source: "gRFC A6; reliability 44",
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
  {
    id: "C39",
    title: "HTTP 415, and a page of HTML with 503, become 2 and 14 with readable words and the CORS fields",
    source: "envoy#16222; http-grpc-status-mapping",
    span: "matrix",
    async run(scene) {
      const page = Buffer.from("<html><head><title>No healthy upstream</title></head></html>")
      for (const [status, type, right] of [
        ["415", "text/plain", 2],
        ["503", "text/html; charset=utf-8", 14],
      ] as const) {
        scene.reply((stream) => void stream.headers([":status", status, "content-type", type]).data(page, true))
        const answer = await scene.call({ fields: ["origin", allowedOrigin] })
        expectStatus(answer, right)
        assert.match(answer.message, /No healthy upstream/)
        assert.doesNotMatch(answer.message, /<|%3C/)
        assert.equal(valueOf(answer.fields, "access-control-allow-origin"), allowedOrigin)
      }
    },
  },
  {
    id: "R18",
    title: "an HTTP status without a gRPC status becomes the code of gRPC's table",
    source: "http-grpc-status-mapping; rule 18",
    span: "replies",
    async run(scene) {
      const table: readonly (readonly [http: string, grpc: number])[] = [
        ...([
          ["400", 13],
          ["401", 16],
          ["403", 7],
          ["404", 12],
          ["429", 14],
          ["502", 14],
          ["503", 14],
        ] as const),
        ...([
          ["504", 14],
          ["431", 2],
          ["500", 2],
          ["418", 2],
          ["204", 2],
        ] as const),
      ]
      for (const [status, right] of table) {
        scene.reply((stream) => void stream.headers([":status", status, "content-type", "text/plain"], true))
        expectStatus(await scene.call(), right)
      }
    },
  },
  {
    id: "R18",
    title:
      "once the wire is known, every error of the proxy's own is HTTP 200: clients map other statuses each in their way",
    source: "rule 18; grpc-web's client has a table of its own",
    span: "replies",
    async run(scene) {
      const wrong: string[] = []
      const expect200 = (what: string, { httpStatus }: Answer): void => {
        if (httpStatus !== 200) wrong.push(`${what}: HTTP ${httpStatus}`)
      }
      scene.reply((stream) => void stream.rst(H2Code.InternalError))
      expect200("a reset", await scene.call())
      scene.reply((stream) => void stream.headers([":status", "503", "content-type", "text/plain"], true))
      expect200("HTTP 503", await scene.call())
      scene.reply(() => {})
      expect200("a deadline", await scene.call({ fields: ["grpc-timeout", "50m"] }))
      expect200("no backend", await (await scene.proxyBefore("http://127.0.0.1:1")).call())
      scene.note("")
      assert.deepEqual(wrong, [], wrong.join(", "))
    },
  },
  {
    id: "R19",
    title: "a foreign body without end is read a little and given up; its words are bounded",
    source: "rule 19",
    span: "carriers",
    async run(scene) {
      scene.reply((stream) => {
        stream.headers([":status", "502", "content-type", "text/plain"])
        for (let i = 0; i < 4; i++) stream.data(Buffer.alloc(8_192, "bad gateway "))
      })
      const answer = await scene.call()
      expectStatus(answer, 14)
      assert.match(answer.message, /502.*bad gateway/)
      assert.ok(answer.message.length < 4_096, `${answer.message.length} bytes of message`)
      await (await scene.stream()).reset()
    },
  },
  {
    id: "R22",
    title: "trailers before the end of the upload arrive at once, and the rest of the upload is not sent on",
    source: "rule 22; RFC 9113 §8.1",
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
    title: "settings that change between two messages disturb nothing",
    source: "reliability 46",
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
