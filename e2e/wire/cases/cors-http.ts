import assert from "node:assert/strict"
import { grpcMessage } from "../../../packages/bridge/test/support/h2-frames.ts"
import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import type { Answer } from "../client/answer.ts"
import type { CallOptions, Scene } from "../scene.ts"
import { expectStatus } from "../scene.ts"
import { allowedOrigin } from "../target.ts"
import type { WireCase } from "../wire-case.ts"

const strangers = [
  ...["https://evil.example", "https://app.example.evil.net", "https://evil-app.example", "http://app.example"],
  ...["https://app.example:8443", "null"],
]

/** Returns the names in a list-valued field, in lower case. */
function names(answer: Answer, field: string): string[] {
  return (valueOf(answer.fields, field) ?? "").split(",").map((name) => name.trim().toLowerCase())
}

function expectReadable(answer: Answer, ...exposed: string[]): void {
  assert.equal(valueOf(answer.fields, "access-control-allow-origin"), allowedOrigin, "the page cannot read it")
  const all = names(answer, "access-control-expose-headers")
  for (const name of exposed) assert.ok(all.includes(name), `${name} is not exposed`)
}

async function preflight(scene: Scene, fields: readonly string[]): Promise<Answer> {
  const request = await scene.open({ method: "OPTIONS", contentType: null, accept: null, fields })
  return scene.seeing(request)
}

const wishes = (headers: string): string[] => [
  ...["origin", allowedOrigin, "access-control-request-method", "POST", "access-control-request-headers", headers],
]

/** Cases about preflights, and about the response fields that browsers show to a page. */
export const corsHttp: readonly WireCase[] = [
  {
    id: "C48",
    title:
      "a preflight is known by Origin and the method it asks for, with or without x-grpc-web, and reaches no backend",
    source: "improbable's preflight rule; Fetch",
    span: "carriers",
    async run(scene) {
      for (const headers of ["content-type,x-grpc-web", "content-type,connect-protocol-version", "x-custom"]) {
        const answer = await preflight(scene, wishes(headers))
        assert.ok([200, 204].includes(answer.httpStatus), `HTTP ${answer.httpStatus}`)
        assert.equal(valueOf(answer.fields, "access-control-allow-origin"), allowedOrigin)
        assert.ok(names(answer, "access-control-allow-methods").includes("post"))
      }
      assert.equal(scene.streams.length, 0)
    },
  },
  {
    id: "R31",
    title: "a preflight's answer depends on its three fields, says so in Vary, and may be kept two hours at most",
    source: "Fetch",
    span: "carriers",
    async run(scene) {
      const answer = await preflight(scene, wishes("content-type"))
      const vary = names(answer, "vary")
      assert.ok(vary.includes("origin"), `Vary: ${vary.join(", ")}`)
      const maxAge = Number(valueOf(answer.fields, "access-control-max-age"))
      assert.ok(maxAge > 0 && maxAge <= 7_200, `Max-Age: ${maxAge}`)
      const credentials = valueOf(answer.fields, "access-control-allow-credentials")
      assert.ok(credentials === null || valueOf(answer.fields, "access-control-allow-origin") !== "*")
    },
  },
  {
    id: "R33",
    title: "a preflight allows every field that clients of the ecosystem send",
    source: "connect-es cors.ts",
    span: "carriers",
    async run(scene) {
      const wanted = [
        ...["content-type", "connect-protocol-version", "connect-timeout-ms", "grpc-message-type", "x-grpc-web"],
        ...["x-user-agent", "grpc-timeout", "authorization", "x-custom"],
      ]
      const allowed = names(await preflight(scene, wishes(wanted.join(","))), "access-control-allow-headers")
      for (const name of wanted) assert.ok(allowed.includes(name), `${name} is not allowed`)
    },
  },
  {
    id: "C53",
    title: "OPTIONS without Origin, or without a method to ask for, is no preflight: 405, and no backend sees it",
    source: "grpc-dotnet#1618",
    span: "carriers",
    needs: "gRPC-Web alone",
    async run(scene) {
      for (const fields of [[], ["origin", allowedOrigin]]) {
        const answer = await preflight(scene, fields)
        assert.equal(answer.httpStatus, 405)
      }
      assert.equal(scene.streams.length, 0)
    },
  },
  {
    id: "C49",
    title: "a trailer of the application in a Trailers-Only answer is readable by the page",
    source: "grpc-web#61, #962",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.statusOnly(3, ["t1", "v", "t2-bin", "AQ"]))
      const answer = await scene.call({ fields: ["origin", allowedOrigin] })
      expectStatus(answer, 3)
      assert.equal(valueOf(answer.fields, "t1"), "v")
      expectReadable(answer, "grpc-status", "grpc-message", "t1", "t2-bin")
    },
  },
  {
    id: "C50",
    title: "grpc-status-details-bin is exposed in every error, wherever it comes from",
    source: "connect-es's cors; conformance#48",
    span: "matrix",
    async run(scene) {
      const fields = ["origin", allowedOrigin]
      scene.reply((stream) => void stream.statusOnly(3, ["grpc-status-details-bin", "CAM"]))
      expectReadable(await scene.call({ fields }), "grpc-status", "grpc-message", "grpc-status-details-bin")
      scene.reply((stream) => void stream.message("m").end(3))
      expectReadable(await scene.call({ fields }), "grpc-status", "grpc-message", "grpc-status-details-bin")
    },
  },
  {
    id: "R32",
    title: "initial metadata of the application are readable by the page, whatever their names",
    source: "Fetch, Access-Control-Expose-Headers",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["x-request-cost", "7", "x-b-bin", "AQ"]).message("m").end())
      const answer = await scene.call({ fields: ["origin", allowedOrigin] })
      expectStatus(answer, 0, ["m"])
      expectReadable(answer, "x-request-cost", "x-b-bin")
    },
  },
  {
    id: "C51",
    title: "an error of the proxy's own is readable by the page: path, frame, timeout, size, deadline",
    source: "Fetch, Access-Control-Expose-Headers",
    span: "replies",
    timeoutMs: 20_000,
    async run(scene) {
      const own: readonly (readonly [name: string, options: CallOptions & { readonly body?: Uint8Array }])[] = [
        ["a path without a method", { path: "/nothing" }],
        ["a frame with bad flags", { body: grpcMessage("x", 0x40) }],
        ["half a message", { body: grpcMessage("half").subarray(0, 7) }],
        ["a malformed timeout", { fields: ["grpc-timeout", "10s"] }],
        ["a message too large", { body: Buffer.of(0, 0x7f, 0, 0, 0) }],
        ["a deadline", { fields: ["grpc-timeout", "50m"] }],
      ]
      for (const [name, options] of own) {
        const fields = ["origin", allowedOrigin, ...(options.fields ?? [])]
        const answer = await scene.call({ ...options, fields })
        assert.notEqual(answer.code, 0, name)
        expectReadable(answer, "grpc-status", "grpc-message")
      }
    },
  },
  {
    id: "C51",
    title: "a refusal before the wire is known, for type or method, is readable by the page",
    source: "Fetch, Access-Control-Expose-Headers",
    span: "carriers",
    needs: "gRPC-Web alone",
    async run(scene) {
      const fields = ["origin", allowedOrigin]
      expectReadable(await scene.call({ fields, contentType: "application/json" }), "grpc-status", "grpc-message")
      const request = await scene.open({ method: "PUT", fields })
      expectReadable(await scene.seeing(request), "grpc-status", "grpc-message")
    },
  },
  {
    id: "C51",
    title: "the error of a backend that is down is readable by the page",
    source: "Fetch, Access-Control-Expose-Headers",
    span: "carriers",
    async run(scene) {
      const down = await scene.proxyBefore("http://127.0.0.1:1")
      const answer = await down.call({ fields: ["origin", allowedOrigin] })
      scene.note(down.seen)
      expectStatus(answer, 14)
      expectReadable(answer, "grpc-status", "grpc-message")
    },
  },
  {
    id: "C52",
    title: "every answer that may differ by origin says Vary: Origin: to a page, to a stranger, to no origin at all",
    source: "Fetch",
    span: "carriers",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const fields of [["origin", allowedOrigin], ["origin", "https://evil.example"], []]) {
        const answer = await scene.call({ fields })
        assert.ok(names(answer, "vary").includes("origin"), `no Vary with ${fields[1] ?? "no origin"}`)
      }
    },
  },
  {
    id: "R34",
    title: "a refused origin gets HTTP 403 and its call is not executed, even if it resembles the allowed origin",
    source: "our decision: an origin that is not allowed cannot call",
    span: "replies",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const origin of strangers) {
        const answer = await scene.call({ fields: ["origin", origin] })
        assert.equal(answer.httpStatus, 403, `${origin}: HTTP ${answer.httpStatus}`)
        assert.equal(valueOf(answer.fields, "access-control-allow-origin"), null)
      }
      assert.equal(scene.streams.length, 0, "the call was executed")
    },
  },
  {
    id: "R34",
    title: "a preflight of a refused origin allows nothing",
    source: "our decision: an origin that is not allowed cannot call",
    span: "carriers",
    async run(scene) {
      for (const origin of strangers) {
        const answer = await preflight(scene, ["origin", origin, "access-control-request-method", "POST"])
        assert.equal(valueOf(answer.fields, "access-control-allow-origin"), null, origin)
      }
      assert.equal(scene.streams.length, 0)
    },
  },
]
