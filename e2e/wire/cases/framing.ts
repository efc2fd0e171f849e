import assert from "node:assert/strict"
import { grpcMessage, H2Code } from "../../../packages/bridge/test/support/h2-frames.ts"
import { nextTurn } from "../../../packages/bridge/test/support/raw-h2.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

const three = Buffer.concat([grpcMessage("one"), grpcMessage(""), grpcMessage("three")])
/** RFC 9113 §8.1: either code is correct when a request is abandoned. */
const givenUp = [H2Code.Cancel, H2Code.NoError] as number[]

/** Cases about messages to the backend and their five-byte prefixes. */
export const framing: readonly WireCase[] = [
  {
    id: "R4",
    title: "a message split at any byte reaches the backend as it was",
    source: "PROTOCOL-HTTP2, Length-Prefixed-Message",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (let cut = 1; cut < 12; cut++) {
        const message = grpcMessage("payload")
        const request = await scene.open()
        request.write(scene.encode(message.subarray(0, cut)))
        await nextTurn()
        request.write(scene.encode(message.subarray(cut)))
        request.end()
        expectStatus(await scene.seeing(request), 0, ["ok"])
        assert.deepEqual((await scene.stream(cut)).body, message)
      }
    },
  },
  {
    id: "R4",
    title: "a reply message split at any byte, an empty DATA between, arrives as it was",
    source: "PROTOCOL-HTTP2, Length-Prefixed-Message",
    span: "matrix",
    async run(scene) {
      const message = grpcMessage("payload")
      for (let cut = 1; cut < message.length; cut++) {
        scene.reply(async (stream) => {
          stream.head().data(message.subarray(0, cut))
          await nextTurn()
          stream.data(new Uint8Array()).data(message.subarray(cut)).end()
        })
        expectStatus(await scene.call(), 0, ["payload"])
      }
    },
  },
  {
    id: "R4",
    title: "a message with flags that gRPC does not know is INTERNAL: 0x02, 0x40, 0x7e, trailers in a request",
    source: "PROTOCOL-HTTP2, Length-Prefixed-Message",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      for (const flags of [0x02, 0x40, 0x7e, 0x80, 0x81]) {
        expectStatus(await scene.call({ body: grpcMessage("x", flags) }), 13)
      }
      for (const { hasEnded } of scene.streams) assert.equal(hasEnded, false, "the backend was given it as whole")
    },
  },
  {
    id: "C10",
    title: "a length prefix of 0x80000001 is RESOURCE_EXHAUSTED at once, though the body goes on",
    source: "grpc-web's parser, which read it as negative",
    span: "matrix",
    needs: "message limit",
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(Buffer.of(0, 0x80, 0, 0, 1)))
      expectStatus(await scene.seeing(request), 8)
    },
  },
  {
    id: "C11",
    title: "a frame head in five chunks, and three frames in one chunk, a message of no bytes between them, all arrive",
    source: "grpc/grpc-web#1230",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const request = await scene.open()
      const split = grpcMessage("split")
      for (let at = 0; at < 5; at++) {
        request.write(scene.encode(split.subarray(at, at + 1)))
        await nextTurn()
      }
      request.write(scene.encode(split.subarray(5)))
      request.write(scene.encode(three))
      request.end()
      expectStatus(await scene.seeing(request), 0, ["ok"])
      assert.deepEqual((await scene.stream()).body, Buffer.concat([split, three]))
    },
  },
  {
    id: "C11",
    title: "a reply message of no bytes is kept",
    source: "grpc/grpc-web#1230",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("a").message("").message("b").end())
      expectStatus(await scene.call(), 0, ["a", "", "b"])
    },
  },
  {
    id: "C12",
    title: "a message flagged as compressed without grpc-encoding is INTERNAL",
    source: "conformance: unexpected-compressed-message",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      expectStatus(await scene.call({ body: grpcMessage("x", 1) }), 13)
    },
  },
  {
    id: "C12",
    title: "a compressed message whose request names grpc-encoding passes as it is",
    source: "gRPC's compression.md",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("ok").end())
      const body = grpcMessage("deflated", 1)
      expectStatus(await scene.call({ body, fields: ["grpc-encoding", "gzip"] }), 0, ["ok"])
      const stream = await scene.stream()
      assert.deepEqual([stream.field("grpc-encoding"), stream.body], ["gzip", body])
    },
  },
  {
    // The proxy does not decompress, so only the backend can judge an encoding. The backend's answer must arrive.
    id: "C12",
    title: "an unknown encoding is passed to the backend, and its UNIMPLEMENTED and list of encodings arrive",
    source: "PROTOCOL-HTTP2, compression; conformance",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.statusOnly(12, ["grpc-accept-encoding", "gzip,identity"]))
      const answer = await scene.call({ body: grpcMessage("x", 1), fields: ["grpc-encoding", "foo"] })
      expectStatus(answer, 12)
      assert.equal((await scene.stream()).field("grpc-encoding"), "foo")
      assert.match(answer.fields.join(" "), /grpc-accept-encoding gzip,identity/)
    },
  },
  {
    id: "C13",
    title: "a body cut inside a message is INTERNAL, and the backend's stream is reset, never ended",
    source: "our decision: a cut upload must not look complete",
    span: "matrix",
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("whole")))
      const stream = await scene.stream()
      await stream.receives(10)
      request.write(scene.encode(grpcMessage("half of it").subarray(0, 9)))
      request.end()
      expectStatus(await scene.seeing(request), 13)
      assert.ok(givenUp.includes(await stream.reset()), `reset with ${stream.resetCode}`)
      assert.equal(stream.hasEnded, false)
    },
  },
  {
    id: "C13",
    title: "a connection cut inside a message resets the backend's stream",
    source: "our decision: a cut upload must not look complete",
    span: "matrix",
    async run(scene) {
      const request = await scene.open()
      request.write(scene.encode(grpcMessage("half of it").subarray(0, 9)))
      const stream = await scene.stream()
      request.close()
      scene.note(`reset with ${await stream.reset()}`)
      assert.equal(stream.hasEnded, false)
    },
  },
  {
    id: "R28",
    title:
      "a request without a message and a reply with two pass: without a schema a proxy does not know which methods are unary",
    source: "our decision: gRPC clients check it",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("a").message("b").end())
      expectStatus(await scene.call({ body: new Uint8Array() }), 0, ["a", "b"])
      const stream = await scene.stream()
      assert.deepEqual([stream.body.length, stream.hasEnded], [0, true])
    },
  },
]
