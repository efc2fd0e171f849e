import assert from "node:assert/strict"
import { H2Code } from "../../../packages/bridge/test/support/h2-frames.ts"
import type { BackendStream } from "../raw/wire-backend.ts"
import type { Scene } from "../scene.ts"
import { expectStatus } from "../scene.ts"
import type { WireCase } from "../wire-case.ts"

/** PROTOCOL-HTTP2, "Errors": gRPC's meaning of each HTTP/2 code. */
const meaning: readonly (readonly [name: keyof typeof H2Code, right: readonly number[]])[] = [
  ["NoError", [13]],
  ["ProtocolError", [13]],
  ["InternalError", [13]],
  ["FlowControlError", [13]],
  ["SettingsTimeout", [13]],
  ["StreamClosed", [13, 2]], // gRPC has no mapping, because no stream is open to receive it
  ["FrameSizeError", [13]],
  ["RefusedStream", [14]],
  ["Cancel", [1]],
  ["CompressionError", [13]],
  ["ConnectError", [13]],
  ["EnhanceYourCalm", [8]],
  ["InadequateSecurity", [7]],
  ["Http11Required", [13, 7, 2]], // gRPC's table lacks this code; connect-es uses 7
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

/** Cases about a backend that resets the stream, at each point of an answer and with each HTTP/2 code. */
export const upstreamResets: readonly WireCase[] = [
  {
    id: "C35",
    title: "RST_STREAM before the head, each code, is the status of gRPC's table",
    source: "PROTOCOL-HTTP2, Errors",
    span: "matrix",
    timeoutMs: 30_000,
    run: (scene) => expectResets(scene, () => {}, []),
  },
  {
    id: "C35",
    title: "RST_STREAM after the head, each code, is the status of gRPC's table",
    source: "PROTOCOL-HTTP2, Errors",
    span: "matrix",
    timeoutMs: 30_000,
    run: (scene) => expectResets(scene, (stream) => void stream.head(["x-early", "1"]), []),
  },
  {
    id: "C35",
    title: "RST_STREAM after a message, each code, is the status of gRPC's table, and the message arrives",
    source: "PROTOCOL-HTTP2, Errors",
    span: "matrix",
    timeoutMs: 30_000,
    run: (scene) => expectResets(scene, (stream) => void stream.message("one"), ["one"]),
  },
  {
    id: "C35",
    title: "RST_STREAM after the trailers, each code, does not change the answer",
    source: "PROTOCOL-HTTP2, Errors",
    span: "matrix",
    async run(scene) {
      for (const [name] of meaning) {
        scene.reply((stream) => void stream.message("one").end(9).rst(H2Code[name]))
        expectStatus(await scene.call(), 9, ["one"])
      }
    },
  },
]
