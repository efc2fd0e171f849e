import assert from "node:assert/strict"
import { grpcMessage } from "../../../packages/bridge/test/support/h2-frames.ts"
import {
  connectRawHttp1,
  requestHead as headOf,
  valueOf,
  valuesOf,
} from "../../../packages/bridge/test/support/raw-http1.ts"
import { readAnswer } from "../client/answer.ts"
import { caseField } from "../raw/wire-backend.ts"
import type { Scene } from "../scene.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

/** A client can send names in upper case only over HTTP/1.1. HTTP/2 forbids them (RFC 9113 §8.2.1). */
function lowerOverHttp2({ variant }: Scene): (text: string) => string {
  return (text) => (variant.carrier === "http2" ? text.toLowerCase() : text)
}

/** Cases about the request head: which requests are calls, and which fields reach the backend. */
export const requestHead: readonly WireCase[] = [
  {
    id: "R1",
    title: "the path reaches the backend unchanged, in its letter case and without the query",
    source: "PROTOCOL-HTTP2, Path; grpc-web browser-features",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const path of ["/wire.Case/Call", "/Wire.CASE/cALL", "/wire.Case/With%20Blank", "/a.b.c_d.E9/F-g"]) {
        for (const query of ["", "?x=1&y=/z", "?"]) expectStatus(await scene.call({ path: path + query }), 0, ["ok"])
        assert.equal(scene.streams.at(-1)?.field(":path"), path)
        assert.deepEqual(new Set(scene.streams.splice(0).map((stream) => stream.field(":path"))), new Set([path]))
      }
    },
  },
  {
    id: "R2",
    title: "the format behind the plus is kept: +proto, +json, +thrift, +vnd.x-1.y",
    source: "PROTOCOL-WEB",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => {
        stream.headers([":status", "200", "content-type", stream.field("content-type") ?? ""])
        stream.trailers(["grpc-status", "0"])
      })
      const wire = scene.variant.request === "text" ? "application/grpc-web-text" : "application/grpc-web"
      for (const suffix of ["+proto", "+json", "+thrift", "+vnd.x-1.y"]) {
        const answer = await scene.call({ contentType: wire + suffix })
        expectStatus(answer, 0)
        assert.equal(scene.streams.at(-1)?.field("content-type"), `application/grpc${suffix}`)
        assert.ok(valueOf(answer.fields, "content-type")?.endsWith(suffix), `${suffix} became another format`)
      }
    },
  },
  {
    id: "R2",
    title: "application/grpc-web-text-base64, which the specification names too, is text",
    source: "PROTOCOL-WEB",
    span: "texts",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call({ contentType: "application/grpc-web-text-base64+proto" }), 0, ["ok"])
      assert.equal((await scene.stream()).field("content-type"), "application/grpc+proto")
    },
  },
  {
    id: "C9",
    title: "a content type in mixed case and with parameters is accepted",
    source: "PROTOCOL-WEB",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const text = scene.variant.request === "text" ? "-Text" : ""
      for (const more of ["+proto; charset=utf-8", "+Proto ;a=b", ";charset=UTF-8"]) {
        expectStatus(await scene.call({ contentType: `Application/gRPC-Web${text}${more}` }), 0, ["ok"])
      }
    },
  },
  {
    id: "R5",
    title: "fields of HTTP and of the browser are not metadata: Accept, encodings, Origin, Referer, X-Grpc-Web",
    source: "traefik#9697; improbable-eng/grpc-web#568",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const fields = [
        ...[
          "accept-encoding",
          "gzip, br",
          "accept-language",
          "de",
          "x-grpc-web",
          "1",
          "referer",
          "https://app.example/",
        ],
        ...["sec-fetch-mode", "cors", "origin", "https://app.example", "x-kept", "1"],
      ]
      expectStatus(await scene.call({ fields }), 0, ["ok"])
      const stream = await scene.stream()
      for (const name of ["accept", "accept-encoding", "x-grpc-web", "host", "origin", "referer", "sec-fetch-mode"]) {
        assert.equal(stream.field(name), null, `${name} was passed on`)
      }
      assert.equal(stream.field("x-kept"), "1")
    },
  },
  {
    id: "R5",
    title: "x-user-agent reaches the backend in user-agent",
    source: "traefik#9697; improbable-eng/grpc-web#568; PROTOCOL-WEB",
    span: "carriers",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call({ fields: ["user-agent", "Browser/1", "x-user-agent", "library/2"] }), 0, ["ok"])
      assert.match((await scene.stream()).field("user-agent") ?? "", /library\/2/)
    },
  },
  {
    id: "R6",
    title: "the backend gets a POST with te: trailers and without names that HTTP/2 forbids",
    source: "traefik#10110; envoy#16222; RFC 9113 §8.2",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call({ fields: ["X-Mixed-Case", "1"].map(lowerOverHttp2(scene)) }), 0, ["ok"])
      const stream = await scene.stream()
      assert.deepEqual(
        [stream.field(":method"), stream.field(":scheme"), stream.field("te")],
        ["POST", "http", "trailers"],
      )
      for (const name of stream.fields.filter((_, i) => i % 2 === 0)) assert.match(name, /^:?[a-z0-9_.-]+$/)
      assert.equal(stream.field("x-mixed-case"), "1")
    },
  },
  {
    id: "R7",
    title:
      "the backend may only answer uncompressed unless the client sends grpc-accept-encoding; Accept-Encoding does not count",
    source: "grpc-web's client refuses compressed frames",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call({ fields: ["accept-encoding", "gzip"] }), 0, ["ok"])
      expectStatus(await scene.call({ fields: ["grpc-accept-encoding", "gzip"] }), 0, ["ok"])
      const asked = scene.streams.map((stream) => stream.field("grpc-accept-encoding") ?? "identity")
      assert.deepEqual(asked, ["identity", "gzip"])
    },
  },
  {
    id: "R9",
    title: "binary metadata, duplicates in their order and bytes above 0x7e reach the backend as they were",
    source: "PROTOCOL-HTTP2, Custom-Metadata",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const fields = [
        "x-a-bin",
        "AAE=",
        "x-b-bin",
        "AAE",
        "x-dup",
        "1",
        "x-dup",
        "2",
        "x-high",
        "caf\xe9",
        "x-list-bin",
        "AQ,Ag",
      ]
      expectStatus(await scene.call({ fields }), 0, ["ok"])
      const stream = await scene.stream()
      const got = ["x-a-bin", "x-b-bin", "x-high"].map((name) => stream.field(name))
      assert.deepEqual(got, ["AAE=", "AAE", "caf\xe9"])
      // A list of binary values is equivalent to several fields. The bridge splits the list for servers that do not.
      assert.equal(stream.all("x-list-bin").join(","), "AQ,Ag")
      assert.equal(stream.all("x-dup").join(",").replaceAll(" ", ""), "1,2")
    },
  },
  {
    id: "R9",
    title: "a grpc-status from the client is not passed on: grpc-* names are reserved",
    source: "PROTOCOL-HTTP2, Custom-Metadata; PROTOCOL-HTTP2 reserves grpc-*",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call({ fields: ["grpc-status", "0", "grpc-message", "x", "grpc-foo", "1"] }), 0, ["ok"])
      const stream = await scene.stream()
      assert.deepEqual(
        ["grpc-status", "grpc-message", "grpc-foo"].map((name) => stream.field(name)),
        [null, null, null],
      )
    },
  },
  {
    id: "R9",
    title: "a head over the budget is RESOURCE_EXHAUSTED or HTTP 431, and the backend sees nothing",
    source: "PROTOCOL-HTTP2, Custom-Metadata",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const [name, bytes] of [
        ["x-large", 17_000],
        ["x-huge", 100_000],
      ] as const) {
        const answer = await scene.call({ fields: [name, "x".repeat(bytes)] }).catch(() => null)
        // Over HTTP/2, a proxy may also end the stream or the connection. Every outcome keeps the limit.
        assert.ok(answer === null || answer.code === 8 || answer.httpStatus === 431, scene.seen)
      }
      assert.equal(scene.streams.length, 0)
    },
  },
  {
    // The official client can put its headers into the query of a form request, which avoids the preflight. Any page could make such
    // a call without a check of its origin. The bridge therefore refuses it, as other proxies do.
    id: "R10",
    title: "a form whose query says that it is gRPC-Web ($httpHeaders) is HTTP 415, and the backend sees nothing",
    source: "Closure's HttpCors, official-client.test.ts",
    span: "carriers",
    needs: "gRPC-Web alone",
    async run(scene) {
      const hidden = encodeURIComponent("Content-Type:application/grpc-web+proto\r\nx-custom:v\r\n")
      const path = `/wire.Case/Call?%24httpHeaders=${hidden}`
      const answer = await scene.call({ path, contentType: "application/x-www-form-urlencoded;charset=utf-8" })
      assert.equal(answer.httpStatus, 415)
      assert.equal(scene.streams.length, 0)
    },
  },
  {
    id: "R29",
    title: "HTTP/1.0 is answered without chunks, to the end of the connection",
    source: "RFC 9112 §6.3",
    span: "http1",
    async run(scene) {
      scene.reply((stream) => void stream.message("one").message("two").end())
      const raw = await connectRawHttp1(scene.address)
      await scene.onClose(() => raw.destroy())
      const body = grpcMessage("hello")
      const fields = ["content-type", "application/grpc-web+proto", caseField, scene.id]
      raw.send(headOf("/wire.Case/Call", [...fields, "content-length", String(body.length)], "1.0"), body)
      const head = await raw.head()
      scene.note(`HTTP ${head.status}`)
      assert.equal(head.status, 200)
      assert.equal(valueOf(head.fields, "transfer-encoding"), null)
      await raw.closed()
      const [pieces, isCut, hasHttpTrailers] = [[raw.unread], false, false]
      expectStatus(readAnswer({ httpStatus: 200, fields: head.fields, pieces, isCut, hasHttpTrailers }), 0, [
        "one",
        "two",
      ])
    },
  },
  {
    id: "C53",
    title: "GET, PUT and DELETE with gRPC-Web's type are HTTP 405 with Allow, and the backend sees nothing",
    source: "grpc-dotnet#1618; PROTOCOL-HTTP2, Path",
    span: "replies",
    needs: "gRPC-Web alone",
    async run(scene) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const request = await scene.open({ method })
        const answer = await scene.seeing(request)
        assert.equal(answer.httpStatus, 405, `${method}: HTTP ${answer.httpStatus}`)
        assert.match(valuesOf(answer.fields, "allow").join(), /POST/)
      }
      assert.equal(scene.streams.length, 0)
    },
  },
  {
    id: "R2",
    title: "a content type that is not gRPC's, or none, is HTTP 415, and the backend sees nothing",
    source: "PROTOCOL-WEB; http-grpc-status-mapping",
    span: "carriers",
    needs: "gRPC-Web alone",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const contentType of ["application/json", "text/plain", "application/grpc-websocket", null]) {
        const answer = await scene.call({ contentType })
        assert.equal(answer.httpStatus, 415, `${contentType}: HTTP ${answer.httpStatus}`)
      }
      assert.equal(scene.streams.length, 0)
    },
  },
]
