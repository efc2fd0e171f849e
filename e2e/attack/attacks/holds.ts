// The client holds calls open and sends nothing, or reads nothing.

import { dataFrame } from "../../../packages/bridge/test/support/h2-frames.ts"
import type { Attack } from "../attack.ts"
import { repeat } from "../attacker/attacker.ts"
import type { Attacker } from "../attacker/attacker.ts"
import type { Http2Line } from "../attacker/http2-line.ts"
import { pathOf } from "../backend-modes.ts"
import type { BackendMethod } from "../backend-modes.ts"
import { callBody } from "../web-call.ts"

const streamsPerLine = 256
const shortStall = ["--stall-timeout", "2s"]

export const holdAttacks: readonly Attack[] = [
  {
    id: "silent-requests",
    title: "512 requests whose message never comes (stall timeout 2 s)",
    scene: { bridgeFlags: shortStall },
    async run(attacker) {
      const lines = await openCalls(attacker, { lines: 2, method: "Echo", body: null })
      await attacker.hold(attacker.many(12_000, 7_000))
      expectEnded(attacker, lines, 512)
    },
  },
  {
    id: "trickled-messages",
    title: "512 requests whose message comes byte by byte (stall timeout 2 s)",
    scene: { bridgeFlags: shortStall },
    async run(attacker) {
      const lines = await openCalls(attacker, { lines: 2, method: "Echo", body: null })
      const ids = Array.from({ length: streamsPerLine }, (_, i) => 2 * i + 1)
      const [prefix, more] = [Buffer.from([0, 0, 0, 0xff, 0]), Buffer.of(7)]
      for (let turn = 0; turn < attacker.many(24, 14); turn++) {
        for (const line of lines) line.send(...ids.map((id) => dataFrame(id, turn === 0 ? prefix : more)))
        await attacker.hold(500)
      }
      expectEnded(attacker, lines, 512)
    },
  },
  {
    id: "silent-streams",
    title: "70 connections × 256 requests whose message never comes",
    async run(attacker) {
      await openCalls(attacker, { lines: attacker.many(70, 20), method: "Echo", body: null })
      await attacker.hold(attacker.many(5_000, 2_000))
    },
  },
  {
    id: "silent-streams-scarce",
    title:
      "12 connections × 256 requests whose message never comes, before a backend that allows 100 streams a connection",
    isInCheck: true,
    scene: { backendStreams: 100 },
    async run(attacker) {
      await openCalls(attacker, { lines: 12, method: "Echo", body: null })
      await attacker.hold(attacker.many(5_000, 2_000))
    },
  },
  {
    id: "silent-backend-calls",
    title:
      "12 connections × 256 whole calls that the backend does not answer, where it allows 100 streams a connection",
    scene: { backendStreams: 100 },
    async run(attacker) {
      await openCalls(attacker, { lines: 12, method: "Silent", body: callBody })
      await attacker.hold(attacker.many(5_000, 2_000))
    },
  },
  {
    id: "window-0",
    title: "70 connections × 256 calls with a window of 0, each answered with 4 MB",
    fillsBudget: true,
    async run(attacker) {
      await openCalls(attacker, { lines: attacker.many(70, 8), method: "Reply4MB", body: callBody, window: 0 })
      await attacker.hold(attacker.many(10_000, 4_000))
    },
  },
  {
    id: "stalled-small-messages",
    scene: { backend: "small-messages" },
    title: "50 calls with a window of 1 KB, answered with messages of 9 bytes without end",
    async run(attacker) {
      await openCalls(attacker, { lines: 1, streams: 50, method: "Small", body: callBody, window: 1_024 })
      await attacker.hold(attacker.many(8_000, 4_000))
    },
  },
  {
    id: "pipelined-stalled",
    title: "200 connections of HTTP/1.1, each with 20 pipelined calls of 4 MB, of which nothing is read",
    fillsBudget: true,
    async run(attacker) {
      await repeat(attacker.many(200, 50), 20, async () => {
        const socket = await attacker.connect()
        socket.pause()
        attacker.countCalls(1)
        socket.write(Buffer.concat(Array.from({ length: 20 }, () => http1Call("Reply4MB"))))
      })
      await attacker.hold(attacker.many(8_000, 3_000))
    },
  },
]

interface Calls {
  readonly lines: number
  /** Calls on each connection. Default: 256, the target's limit. */
  readonly streams?: number
  readonly method: BackendMethod
  readonly body: Uint8Array | null
  readonly window?: number
}

async function openCalls(attacker: Attacker, calls: Calls): Promise<Http2Line[]> {
  const { streams = streamsPerLine, method, body, window } = calls
  const lines: Http2Line[] = []
  await repeat(calls.lines, 4, async () => {
    const line = await attacker.http2Line(window === undefined ? {} : { window }).catch(() => null)
    if (line === null) return
    lines.push(line)
    attacker.countCalls(streams)
    line.send(...Array.from({ length: streams }, () => line.call(pathOf(method), body)))
    await attacker.hold(20)
  })
  attacker.note("connections", lines.length)
  return lines
}

function expectEnded(attacker: Attacker, lines: readonly Http2Line[], count: number): void {
  const ended = lines.reduce((sum, line) => sum + (line.isClosed ? streamsPerLine : line.endedStreams), 0)
  attacker.note("ended", ended)
  attacker.expect(ended >= count, `${count - ended} of ${count} calls still stood after three stall timeouts or more`)
}

function http1Call(method: BackendMethod): Buffer {
  const head =
    `POST ${pathOf(method)} HTTP/1.1\r\nHost: bridge.test\r\ncontent-type: application/grpc-web+proto\r\n` +
    `content-length: ${callBody.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), callBody])
}
