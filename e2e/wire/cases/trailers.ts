import assert from "node:assert/strict"
import { encodeFields, Flag, frame, grpcMessage, Type } from "../../../packages/bridge/test/support/h2-frames.ts"
import { nextTurn } from "../../../packages/bridge/test/support/raw-h2.ts"
import { valueOf, valuesOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import type { Answer } from "../client/answer.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

const maxFrameBytes = 16_384

const details = "CAUSA2FiYw" // google.rpc.Status { code: 5, message: "abc" }

/**
 * The wire list says "no content-length" and means the backend's value. That value is wrong here, because the proxy adds a trailer
 * frame to the body. A proxy may send the true length if it is known before the head leaves (RFC 9110 §8.6).
 */
function expectTrueLength({ fields, raw }: Answer): void {
  const length = valueOf(fields, "content-length")
  assert.ok(length === null || Number(length) === raw.length, `content-length ${length}, body of ${raw.length} bytes`)
}

/** Returns trailers of any size as a HEADERS frame and CONTINUATION frames for the rest. */
function headerBlock(streamId: number, fields: readonly string[]): Buffer[] {
  const block = encodeFields(fields)
  const frames: Buffer[] = []
  for (let at = 0; at < block.length; at += maxFrameBytes) {
    const isLast = at + maxFrameBytes >= block.length
    const [type, flags] = at === 0 ? [Type.Headers, Flag.EndStream] : [Type.Continuation, 0]
    frames.push(frame(type, flags | (isLast ? Flag.EndHeaders : 0), streamId, block.subarray(at, at + maxFrameBytes)))
  }
  return frames
}

/** Cases about the head, messages and trailers of an answer on the way from the backend to the page. */
export const trailers: readonly WireCase[] = [
  {
    id: "R11",
    title:
      "an answer is HTTP 200 with the content type of the reply, initial metadata in its head, and no wrong content-length",
    source: "PROTOCOL-WEB",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["x-early", "1"]).message("a").message("b").end())
      const answer = await scene.call()
      expectStatus(answer, 0, ["a", "b"])
      const web = scene.variant.reply === "text" ? "application/grpc-web-text+proto" : "application/grpc-web+proto"
      assert.deepEqual(
        ["content-type", "x-early"].map((name) => valueOf(answer.fields, name)),
        [web, "1"],
      )
      expectTrueLength(answer)
    },
  },
  {
    id: "R11",
    title: "content-length and trailer of a backend's head are not passed on",
    source: "PROTOCOL-WEB",
    span: "replies",
    isApart: true,
    async run(scene) {
      scene.reply((stream) => void stream.head(["content-length", "7", "trailer", "grpc-status"]).message("hi").end())
      const answer = await scene.call()
      expectStatus(answer, 0, ["hi"])
      assert.equal(valueOf(answer.fields, "trailer"), null)
      expectTrueLength(answer)
    },
  },
  {
    id: "R13",
    title: "the trailer frame is 0x80 and lines of name:value CRLF, no blank line after them",
    source: "PROTOCOL-WEB",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").end(5, ["grpc-message", "gone", "x-a", "1"]))
      const answer = await scene.call()
      expectStatus(answer, 5, ["m"])
      const last = answer.frames.at(-1)
      assert.equal(last?.flags, 0x80)
      const block = last.payload.toString("latin1")
      assert.match(block, /^([a-z0-9_.-]+:[^\r\n]*\r\n)+$/)
      assert.deepEqual(answer.lines?.toSorted(), ["grpc-message:gone", "grpc-status:5", "x-a:1"])
    },
  },
  {
    id: "C14",
    title: "message and trailers that come in one segment are both delivered",
    source: "hyperium/tonic#2474, #2830",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => {
        const trailers = frame(Type.Headers, 5, stream.id, encodeFields(["grpc-status", "0"]))
        stream.head().send(frame(Type.Data, 0, stream.id, grpcMessage("m")), trailers)
      })
      expectStatus(await scene.call(), 0, ["m"])
    },
  },
  {
    id: "C17",
    title: "duplicate trailers are two lines in their order, binary ones too",
    source: "grpc/grpc-web#1399; conformance: duplicate-metadata",
    span: "matrix",
    async run(scene) {
      const fields = ["x-dup", "a", "x-dup-bin", "AQ", "x-dup", "b", "x-dup-bin", "Ag"]
      scene.reply((stream) => void stream.message("m").end(0, fields))
      const answer = await scene.call()
      expectStatus(answer, 0, ["m"])
      assert.deepEqual(valuesOf(answer.trailers, "x-dup"), ["a", "b"])
      assert.deepEqual(valuesOf(answer.trailers, "x-dup-bin"), ["AQ", "Ag"])
    },
  },
  {
    id: "C17",
    title: "duplicate initial metadata keep their order",
    source: "conformance: duplicate-metadata",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["x-dup", "a", "x-dup", "b"]).message("m").end())
      const answer = await scene.call()
      expectStatus(answer, 0, ["m"])
      assert.equal(valuesOf(answer.fields, "x-dup").join(",").replaceAll(" ", ""), "a,b")
    },
  },
  {
    id: "C18",
    title: "a Trailers-Only answer is a status in the head with all its trailers and a body of no bytes",
    source: "traefik#13842; connect-es#1434, #1764",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.statusOnly(3, ["grpc-message", "no", "x-why", "1", "x-why-bin", "AQ"]))
      const answer = await scene.call()
      expectStatus(answer, 3)
      assert.equal(answer.raw.length, 0)
      assert.deepEqual(
        ["grpc-status", "grpc-message", "x-why", "x-why-bin"].map((name) => valueOf(answer.fields, name)),
        ["3", "no", "1", "AQ"],
      )
    },
  },
  {
    id: "R15",
    title:
      "initial metadata and a status without a message stay separate: metadata in the head, status in the trailer frame",
    source: "PROTOCOL-HTTP2, Trailers-Only; connect-go#677",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["x-early", "1"]).end(9, ["x-late", "1"]))
      const answer = await scene.call()
      expectStatus(answer, 9)
      assert.deepEqual([valueOf(answer.fields, "x-early"), valueOf(answer.trailers, "x-late")], ["1", "1"])
    },
  },
  {
    id: "C20",
    title: "trailers that come byte by byte, in HEADERS and CONTINUATION, make one trailer frame",
    source: "apache/apisix#11988",
    span: "matrix",
    isApart: true, // no other frame may come between the frames of a header block (RFC 9113 §6.10)
    async run(scene) {
      scene.reply(async (stream) => {
        stream.message("m")
        const block = encodeFields(["grpc-status", "5", "x-late", "1"])
        const first = frame(Type.Headers, Flag.EndStream, stream.id, block.subarray(0, 7))
        const bytes = Buffer.concat([first, frame(Type.Continuation, Flag.EndHeaders, stream.id, block.subarray(7))])
        for (const byte of bytes) {
          stream.send(Buffer.of(byte))
          await nextTurn()
        }
      })
      const answer = await scene.call()
      expectStatus(answer, 5, ["m"])
      assert.equal(answer.frames.filter(({ flags }) => (flags & 0x80) !== 0).length, 1)
      assert.equal(valueOf(answer.trailers, "x-late"), "1")
    },
  },
  {
    id: "C21",
    title: "an application's trailers and grpc-status-details-bin arrive",
    source: "apache/apisix#10254",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").end(5, ["x-foo", "bar", "grpc-status-details-bin", details]))
      const answer = await scene.call()
      expectStatus(answer, 5, ["m"])
      assert.deepEqual(
        ["x-foo", "grpc-status-details-bin"].map((name) => valueOf(answer.trailers, name)),
        ["bar", details],
      )
    },
  },
  {
    id: "C27",
    title: "the trailer frame is never flagged as compressed, though the messages are",
    source: "grpc-dotnet#2650; conformance",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["grpc-encoding", "gzip"]).message("deflated", 1).end())
      const answer = await scene.call({ fields: ["grpc-accept-encoding", "gzip"] })
      expectStatus(answer, 0, ["deflated"])
      assert.deepEqual(
        answer.frames.map(({ flags }) => flags),
        [1, 0x80],
      )
    },
  },
  {
    id: "R24",
    title: "compression is declared once, by grpc-encoding, never by content-encoding too",
    source: "grpc-dotnet#1141",
    span: "matrix",
    async run(scene) {
      const fields = ["grpc-encoding", "gzip", "content-encoding", "gzip"]
      scene.reply((stream) => void stream.head(fields).message("deflated", 1).end())
      const answer = await scene.call({ fields: ["grpc-accept-encoding", "gzip"] })
      expectStatus(answer, 0, ["deflated"])
      assert.deepEqual(
        [valueOf(answer.fields, "grpc-encoding"), valueOf(answer.fields, "content-encoding")],
        ["gzip", null],
      )
    },
  },
  {
    id: "R24",
    title: "a reply message flagged as compressed without grpc-encoding is INTERNAL",
    source: "PROTOCOL-HTTP2, Length-Prefixed-Message; conformance",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("x", 1).end())
      expectStatus(await scene.call(), 13)
    },
  },
  {
    id: "C28",
    title: "an answer over HTTP/2 ends with its last DATA: no HEADERS after it, which Safari and Chrome choke on",
    source: "envoy#12178, #33226",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").end())
      const answer = await scene.call()
      expectStatus(answer, 0, ["m"])
      assert.equal(answer.hasHttpTrailers, false)
    },
  },
  {
    id: "R11",
    title: "an interim answer (103) before the head is not the head",
    source: "RFC 9113 §8.1; PROTOCOL-WEB",
    span: "replies",
    async run(scene) {
      scene.reply((stream) => void stream.headers([":status", "103", "link", "</x>"]).message("m").end(5))
      const answer = await scene.call()
      expectStatus(answer, 5, ["m"])
      assert.equal(valueOf(answer.fields, "link"), null)
    },
  },
  {
    id: "R9",
    title:
      "ninety trailers, or 12 KiB of them, arrive; what is too much of them is an error, never an end without a status",
    source: "PROTOCOL-HTTP2, Custom-Metadata",
    span: "replies",
    isApart: true,
    async run(scene) {
      const many = (count: number, bytes: number): string[] =>
        Array.from({ length: count }, (_, i) => [`x-t${i}`, "v".repeat(bytes)]).flat()
      for (const [fields, mayFail] of [
        [many(90, 1), false],
        [many(1, 12_000), false],
        [many(400, 1), true],
        [many(2, 60_000), true],
      ] as const) {
        scene.reply(
          (stream) => void stream.message("m").send(...headerBlock(stream.id, ["grpc-status", "5", ...fields])),
        )
        const answer = await scene.call()
        const isThere = fields.every((name, i) => i % 2 === 1 || valueOf(answer.trailers, name) !== null)
        if (!mayFail) assert.ok(isThere, `trailers are missing: ${scene.seen}`)
        assert.ok(
          answer.isCut || (answer.code !== null && answer.code !== 0),
          `${fields.length / 2} trailers: ${scene.seen}`,
        )
      }
    },
  },
  {
    id: "R13",
    title: "half a message and then OK is an error, never a success",
    source: "our decision: no success without a complete answer",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head().data(grpcMessage("half of it").subarray(0, 9)).end())
      expectStatus(await scene.call(), 13)
    },
  },
]
