import assert from "node:assert/strict"
import { grpcMessage } from "../../../packages/bridge/test/support/h2-frames.ts"
import { nextTurn } from "../../../packages/bridge/test/support/raw-h2.ts"
import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import type { Answer } from "../client/answer.ts"
import type { Scene } from "../scene.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

const base64 = (bytes: Uint8Array): Buffer => Buffer.from(Buffer.from(bytes).toString("base64"))
const megabyte = 1 << 20

/** Sends a text body unchanged and expects these bytes at the backend. */
async function expectThrough(scene: Scene, chunks: readonly Uint8Array[], expected: Uint8Array): Promise<void> {
  scene.reply((stream) => void stream.message("ok").end())
  const request = await scene.open()
  for (const chunk of chunks) {
    request.write(chunk)
    await nextTurn()
  }
  request.end()
  expectStatus(await scene.seeing(request), 0, ["ok"])
  assert.deepEqual((await scene.stream()).body, Buffer.from(expected))
}

/** Cases about gRPC-Web's text mode: base64 in segments. The conformance suite does not cover it. */
export const text: readonly WireCase[] = [
  {
    id: "C1",
    title: "two segments in one chunk, the first padded, reach the backend as two messages, byte by byte",
    source: "tonic; PROTOCOL-WEB",
    span: "texts",
    async run(scene) {
      const [first, second] = [grpcMessage("ab"), grpcMessage("c")]
      const body = Buffer.concat([base64(first), base64(second)])
      assert.match(body.toString(), /=[A-Za-z0-9]/)
      await expectThrough(scene, [body], Buffer.concat([first, second]))
    },
  },
  {
    id: "C2",
    title: "a text body that comes one character at a time gives the same bytes",
    source: "PROTOCOL-WEB",
    span: "texts",
    async run(scene) {
      const message = Buffer.concat([grpcMessage("a"), grpcMessage("slow one")])
      await expectThrough(
        scene,
        [...base64(message)].map((char) => Buffer.of(char)),
        message,
      )
    },
  },
  {
    id: "R3",
    title: "a last group without its padding is accepted",
    source: "PROTOCOL-WEB; RFC 4648 §4; tonic: indifferent padding",
    span: "texts",
    async run(scene) {
      for (const payload of ["", "a", "ab"]) {
        const message = grpcMessage(payload)
        await expectThrough(scene, [Buffer.from(base64(message).toString().replace(/=+$/, ""))], message).catch(
          (error: Error) => {
            throw new Error(`a payload of ${payload.length} bytes: ${error.message}`)
          },
        )
        scene.streams.length = 0
      }
    },
  },
  {
    id: "R3",
    title: "a body that ends after a single character of a group is INTERNAL",
    source: "PROTOCOL-WEB; RFC 4648 §4",
    span: "texts",
    async run(scene) {
      const request = await scene.open()
      request.write(Buffer.concat([base64(grpcMessage("abc")), Buffer.from("A")]))
      request.end()
      expectStatus(await scene.seeing(request), 13)
      assert.ok(scene.streams.every(({ hasEnded }) => !hasEnded))
    },
  },
  {
    id: "C3",
    title: "a character outside the alphabet is INTERNAL, and the backend never sees half a message as a whole one",
    source: "PROTOCOL-WEB; RFC 4648",
    span: "texts",
    async run(scene) {
      for (const junk of ["*", "-", "_", "\n", "=", "A==="]) {
        const request = await scene.open()
        request.write(base64(grpcMessage("abc")))
        request.write(Buffer.from(`${junk}AAA`))
        request.end()
        const { code } = await scene.seeing(request)
        assert.equal(code, 13, `status ${code} in place of 13 after ${JSON.stringify(junk)}`)
      }
      assert.ok(scene.streams.every(({ hasEnded }) => !hasEnded))
    },
  },
  {
    id: "C4",
    title: "4 MiB of text in one piece, and 1 MiB in chunks of 997 characters, arrive whole",
    source: "grpc-dotnet#752, #997, #1045",
    span: "texts",
    timeoutMs: 20_000,
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const [turn, [bytes, step]] of [
        [4 * megabyte, Infinity],
        [megabyte, 997],
      ].entries()) {
        const message = grpcMessage(Buffer.alloc(bytes - 5, "causeway "))
        const body = base64(message)
        const request = await scene.open()
        for (let at = 0; at < body.length; at += step) request.write(body.subarray(at, at + step))
        request.end()
        expectStatus(await scene.seeing(request), 0, ["ok"])
        assert.ok((await scene.stream(turn + 1)).body.equals(message), "other bytes")
      }
    },
  },
  {
    id: "C5",
    title: "streamed messages of 1 to 7 bytes are each readable before the next is sent: padded segments of their own",
    source: "PROTOCOL-WEB; traefik/traefik#2264",
    span: "matrix",
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("go")))
      request.end()
      const stream = await scene.stream()
      for (let size = 1; size <= 7; size++) {
        stream.message("x".repeat(size))
        // Four characters, including padding, are a whole group. No part of the message waits for another group.
        const isPadded = scene.variant.reply === "text" ? ({ raw }: Answer) => raw.length % 4 === 0 : () => true
        const soFar = await request.until((answer) => answer.messages.length === size && isPadded(answer))
        assert.equal(soFar.openBytes, 0)
      }
      stream.end()
      expectStatus(
        await scene.seeing(request),
        0,
        Array.from({ length: 7 }, (_, i) => "x".repeat(i + 1)),
      )
    },
  },
  {
    id: "C6",
    title: "a hundred messages in one write arrive, and end once",
    source: "improbable-eng/grpc-web#526, whose flush called itself",
    span: "matrix",
    async run(scene) {
      const payloads = Array.from({ length: 100 }, (_, i) => `m${i}`)
      scene.reply(
        (stream) =>
          void stream
            .head()
            .data(Buffer.concat(payloads.map((one) => grpcMessage(one))))
            .end(),
      )
      const answer = await scene.call()
      expectStatus(answer, 0, payloads)
      assert.equal(answer.frames.length, 101)
    },
  },
  {
    id: "C7",
    title:
      "the backend is told application/grpc and the format, never that it was text, and reads lengths, not letters",
    source: "improbable-eng/grpc-web#254",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call(), 0, ["ok"])
      const { variant } = scene
      const bare = variant.request === "text" ? "application/grpc-web-text" : "application/grpc-web"
      expectStatus(await scene.call({ contentType: bare }), 0, ["ok"])
      const types = scene.streams.map((stream) => stream.field("content-type"))
      for (const type of types) assert.match(type ?? "", /^application\/grpc(\+proto)?$/)
      for (const { body } of scene.streams) assert.equal(body.readUInt32BE(1), 5)
    },
  },
  {
    id: "C8",
    title: "without a usable Accept the answer has the encoding of the request",
    source: "protobuf-ts#54",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const isText = scene.variant.request === "text"
      for (const accept of [null, "*/*", "application/*", "text/html, */*;q=0.1"]) {
        const answer = await scene.call({ accept })
        expectStatus(answer, 0, ["ok"])
        const type = valueOf(answer.fields, "content-type") ?? ""
        assert.equal(type.startsWith("application/grpc-web-text"), isText, `Accept ${accept}: ${type}`)
      }
    },
  },
  {
    id: "C8",
    title: "Accept chooses the encoding of the answer by its q-values",
    source: "protobuf-ts#54; RFC 9110 §12.4.2",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const [binary, textual] = ["application/grpc-web+proto", "application/grpc-web-text+proto"]
      const choices: readonly (readonly [accept: string, isText: boolean])[] = [
        [textual, true],
        [binary, false],
        [`${binary};q=0.2, ${textual};q=0.9`, true],
        [`${textual};q=0, ${binary}`, false],
        ["APPLICATION/GRPC-WEB-TEXT", true],
      ]
      for (const [accept, isText] of choices) {
        const answer = await scene.call({ accept })
        expectStatus(answer, 0, ["ok"])
        const type = valueOf(answer.fields, "content-type") ?? ""
        assert.equal(type.startsWith("application/grpc-web-text"), isText, `Accept ${accept}: ${type}`)
      }
    },
  },
  {
    id: "R12",
    title: "Accept in two fields counts as one list",
    source: "PROTOCOL-WEB; RFC 9110 §5.2",
    span: "replies",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const [binary, textual] = ["application/grpc-web+proto", "application/grpc-web-text+proto"]
      const wanted = scene.variant.reply === "text" ? textual : binary
      const answer = await scene.call({ fields: ["accept", "text/html;q=0.3"], accept: wanted })
      expectStatus(answer, 0, ["ok"])
      assert.equal(valueOf(answer.fields, "content-type"), wanted)
    },
  },
  {
    id: "R14",
    title: "binary metadata is not encoded a second time in text mode, neither in requests nor in heads",
    source: "grpc/grpc#11300",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["x-early-bin", "AAEC"]).message("ok").end())
      const answer = await scene.call({ fields: ["x-asked-bin", "AAEC"] })
      expectStatus(answer, 0, ["ok"])
      assert.equal(valueOf(answer.fields, "x-early-bin"), "AAEC")
      assert.equal((await scene.stream()).field("x-asked-bin"), "AAEC")
    },
  },
  {
    id: "C26",
    title: "binary metadata in the trailer frame are base64 once, as the backend sent them, in text mode too",
    source: "grpc/grpc#11300",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end(0, ["x-padded-bin", "AAE=", "x-bare-bin", "AAE"]))
      const answer = await scene.call()
      expectStatus(answer, 0, ["ok"])
      assert.match(valueOf(answer.trailers, "x-padded-bin") ?? "", /^AAE=?$/)
      assert.match(valueOf(answer.trailers, "x-bare-bin") ?? "", /^AAE=?$/)
    },
  },
]
