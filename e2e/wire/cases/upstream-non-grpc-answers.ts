import assert from "node:assert/strict"
import { H2Code } from "../../../packages/bridge/test/support/h2-frames.ts"
import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import type { Answer } from "../client/answer.ts"
import { expectStatus } from "../scene.ts"
import { allowedOrigin } from "../target.ts"
import type { WireCase } from "../wire-case.ts"

/** Cases about a backend, or a proxy in front of it, that answers with HTTP but not with gRPC. */
export const upstreamNonGrpcAnswers: readonly WireCase[] = [
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
    source: "http-grpc-status-mapping",
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
    source: "http-grpc-status-mapping; grpc-web's client has a table of its own",
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
    title: "an endless body that is not gRPC is read briefly and canceled, and its excerpt is bounded",
    source: "our decision, so that users see the cause",
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
]
