import assert from "node:assert/strict"
import { valueOf } from "../../../packages/bridge/test/support/raw-http1.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

const details = "CAUSA2FiYw" // google.rpc.Status { code: 5, message: "abc" }

/** Cases about the status code and message of a call. */
export const status: readonly WireCase[] = [
  {
    id: "C15",
    title: "a status with blanks around it is read",
    source: "hyperium/tonic#2053, #2506",
    span: "matrix",
    isApart: true,
    async run(scene) {
      for (const status of ["7", " 7", "7 ", "\t7 "]) {
        scene.reply((stream) => void stream.message("m").end(status))
        const answer = await scene.call()
        // Blanks around a value make an HTTP/2 message malformed (RFC 9113 §8.2.1). A refusal is also correct.
        assert.ok([7, 13, 2].includes(answer.code ?? -1), `${JSON.stringify(status)} became ${answer.code}`)
        if (status === "7") assert.equal(answer.code, 7)
      }
    },
  },
  {
    id: "C16",
    title: "a trailer's name in upper case, which HTTP/2 forbids, never makes a success",
    source: "improbable-eng/grpc-web#271; seen at vanguard 0.4, which sends such names to pages; RFC 9113 §8.2.1",
    span: "matrix",
    isApart: true,
    async run(scene) {
      scene.reply((stream) => void stream.message("m").trailers(["Grpc-Status", "0", "X-Mixed", "1"]))
      const answer = await scene.call()
      assert.notEqual(answer.code, 0)
      assert.ok(answer.isCut || answer.code !== null, "an end without a status")
    },
  },
  {
    id: "R16",
    title: "a status in a head that does not end the stream is ignored: the status of the trailers counts",
    source: "PROTOCOL-HTTP2, Status; PROTOCOL-HTTP2 reserves grpc-*",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.head(["grpc-status", "0"]).message("m").end(9))
      const answer = await scene.call()
      expectStatus(answer, 9, ["m"])
      assert.notEqual(valueOf(answer.fields, "grpc-status"), "0")
    },
  },
  {
    id: "R16",
    title: "trailers that do not end the stream are malformed, never a success",
    source: "RFC 9113 §8.1",
    span: "replies",
    isApart: true,
    async run(scene) {
      scene.reply((stream) => void stream.message("m").headers(["grpc-status", "0"]).message("n").end(0))
      const answer = await scene.call()
      assert.notEqual(answer.code, 0)
      assert.ok(answer.isCut || answer.code !== null, "an end without a status")
    },
  },
  {
    id: "R16",
    title: "two statuses that differ are UNKNOWN, never a success",
    source: "PROTOCOL-HTTP2, Status",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").trailers(["grpc-status", "0", "grpc-status", "5"]))
      expectStatus(await scene.call(), 2, ["m"])
    },
  },
  {
    id: "R16",
    title: "grpc-status counts even if the details have another code, and the details are passed on",
    source: "PROTOCOL-HTTP2, Status",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.statusOnly(9, ["grpc-status-details-bin", details]))
      const answer = await scene.call()
      expectStatus(answer, 9)
      assert.equal(valueOf(answer.trailers, "grpc-status-details-bin"), details)
    },
  },
  {
    id: "C22",
    title: "a stream that ends with status 10 after two messages has status 10",
    source: "spring-cloud-gateway#3783",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("a").message("b").end(10))
      expectStatus(await scene.call(), 10, ["a", "b"])
    },
  },
  {
    id: "C23",
    title: "a status that is no number is UNKNOWN",
    source: "improbable-eng/grpc-web#388",
    span: "matrix",
    async run(scene) {
      for (const status of ["abc", "", "-1", "0x0", "1e1"]) {
        scene.reply((stream) => void stream.message("m").end(status))
        expectStatus(await scene.call(), 2, ["m"])
      }
    },
  },
  {
    id: "C23",
    title: "trailers without a status are UNKNOWN",
    source: "improbable-eng/grpc-web#388",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").trailers(["x-late", "1"]))
      const answer = await scene.call()
      expectStatus(answer, 2, ["m"])
      assert.equal(valueOf(answer.trailers, "x-late"), "1")
    },
  },
  {
    id: "C23",
    title: "an end without trailers is UNKNOWN",
    source: "improbable-eng/grpc-web#388",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").data(Buffer.alloc(0), true))
      expectStatus(await scene.call(), 2, ["m"])
    },
  },
  {
    id: "C23",
    title: "a code above 16 passes as it is: the client decides what it means",
    source: "improbable-eng/grpc-web#388",
    span: "matrix",
    async run(scene) {
      for (const status of [17, 103]) {
        scene.reply((stream) => void stream.statusOnly(status))
        expectStatus(await scene.call(), status)
      }
    },
  },
  {
    id: "C24",
    title: "a stray % in grpc-message is encoded, so that no client throws; what is encoded stays",
    source: "grpc-node#2209; hyperium/tonic#2107",
    span: "matrix",
    async run(scene) {
      for (const [sent, right] of [
        ["100% sure", "100%25 sure"],
        ["a%2", "a%252"],
        ["%zz", "%25zz"],
        ["50%25 is right", "50%25 is right"],
      ]) {
        scene.reply((stream) => void stream.message("m").end(3, ["grpc-message", sent]))
        const answer = await scene.call()
        expectStatus(answer, 3, ["m"])
        assert.equal(answer.message, right)
        assert.doesNotThrow(() => decodeURIComponent(answer.message))
      }
    },
  },
  {
    id: "C25",
    title: "a message in UTF-8 leaves percent-encoded, whether the backend encoded it or sent raw bytes",
    source: "grpc/grpc-web#425; esp#583",
    span: "matrix",
    async run(scene) {
      const words = "缺少 😀"
      const raw = Buffer.from(words).toString("latin1")
      for (const sent of [encodeURIComponent(words), raw]) {
        scene.reply((stream) => void stream.message("m").end(3, ["grpc-message", sent]))
        const answer = await scene.call()
        expectStatus(answer, 3, ["m"])
        assert.match(answer.message, /^[ -~]*$/)
        assert.equal(decodeURIComponent(answer.message), words)
      }
    },
  },
  {
    id: "R17",
    title: "bytes of grpc-message that are no UTF-8 become U+FFFD, encoded",
    source: "PROTOCOL-HTTP2, Status-Message",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.message("m").end(3, ["grpc-message", "a\xffb"]))
      const answer = await scene.call()
      expectStatus(answer, 3, ["m"])
      assert.equal(answer.message, "a%EF%BF%BDb")
    },
  },
  {
    id: "R17",
    title: "CR, LF or NUL in a backend's metadata forges no line of the trailer frame",
    source: "PROTOCOL-HTTP2, Status-Message; RFC 9113 §8.2.1",
    span: "matrix",
    timeoutMs: 20_000,
    isApart: true,
    async run(scene) {
      for (const evil of ["x\r\ngrpc-status:0", "x\ngrpc-status:0", "x\0y", "x\rgrpc-status:0"]) {
        for (const name of ["x-evil", "grpc-message"]) {
          scene.reply((stream) => void stream.message("m").end(9, [name, evil]))
          const answer = await scene.call()
          const statuses = (answer.lines ?? []).filter((line) => line.trimStart().startsWith("grpc-status"))
          assert.notEqual(answer.code, 0)
          assert.ok(answer.isCut || answer.code !== null, "an end without a status")
          assert.ok(statuses.length <= 1, `${statuses.length} statuses`)
          assert.doesNotMatch(answer.lines?.join("|") ?? "", /[\r\n\0]/)
        }
      }
    },
  },
  {
    id: "C62",
    title: "an answer without a content type is an error with a message",
    source: "vanguard#168, #134",
    span: "matrix",
    async run(scene) {
      scene.reply((stream) => void stream.headers([":status", "200"]).data(Buffer.from("hm"), true))
      const answer = await scene.call()
      expectStatus(answer, 2)
      assert.notEqual(answer.message, "")
    },
  },
]
