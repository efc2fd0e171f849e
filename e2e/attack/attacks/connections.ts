// Attacks with connections and request heads. None of them needs a call.

import type { Socket } from "node:net"
import { setTimeout as after } from "node:timers/promises"
import { headersFrame } from "../../../packages/bridge/test/support/h2-frames.ts"
import type { Attack } from "../attack.ts"
import { repeat } from "../attacker/attacker.ts"
import type { Attacker } from "../attacker/attacker.ts"
import { pathOf } from "../backend-modes.ts"

const host = "Host: bridge.test\r\n"
const webHead = `POST ${pathOf("Echo")} HTTP/1.1\r\n${host}content-type: application/grpc-web+proto\r\n`
const answerTimeoutMs = 2_000
const farewellMs = 50

export const connectionAttacks: readonly Attack[] = [
  {
    id: "connect",
    title: "CONNECT, the answer read, one byte, a proper close; none held open",
    isInCheck: true,
    run: (attacker) => askAndLeave(attacker, `CONNECT bridge.test:443 HTTP/1.1\r\n${host}\r\n`),
  },
  {
    id: "upgrade",
    title: "a request to upgrade, the answer read, one byte, a proper close; none held open",
    isInCheck: true,
    run: (attacker) =>
      askAndLeave(attacker, `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`),
  },
  {
    id: "silent-connections",
    title: "connections held open without a byte",
    async run(attacker) {
      await holdConnections(attacker, attacker.many(1_000, 300), "")
    },
  },
  {
    id: "partial-heads",
    title: "connections held open with half a request head",
    async run(attacker) {
      await holdConnections(attacker, attacker.many(1_000, 300), `${webHead}x-half: `)
    },
  },
  {
    id: "slowloris",
    title: "request heads byte by byte, two bytes a second",
    async run(attacker) {
      const sockets = await openMany(attacker, attacker.many(500, 200))
      for (let turn = 0; turn < attacker.many(24, 8); turn++) {
        for (const socket of sockets) if (!socket.destroyed) socket.write(webHead[turn])
        await after(500)
      }
    },
  },
  {
    id: "silent-tls",
    title: "TLS connections held open without a handshake, or with one and no request",
    scene: { isTls: true },
    async run(attacker) {
      const count = attacker.many(400, 100)
      await openMany(attacker, count)
      await repeat(count / 2, 20, async () => void (await attacker.connectTls("http/1.1")))
      await repeat(count / 2, 20, async () => void (await attacker.connectTls("h2")))
      await attacker.hold(attacker.many(6_000, 3_000))
    },
  },
  {
    id: "full-heads",
    title: "requests with heads at the limit, over HTTP/1.1",
    async run(attacker) {
      const head = `${webHead}x-large: ${"v".repeat(15_500)}\r\ncontent-length: 0\r\n\r\n`
      await repeat(attacker.many(2_000, 500), 20, () => askOnce(attacker, head))
    },
  },
  {
    id: "many-fields",
    title: "requests with 3,000 header fields, over HTTP/1.1",
    async run(attacker) {
      const head = `${webHead}${"a:\r\n".repeat(3_000)}content-length: 0\r\n\r\n`
      await repeat(attacker.many(1_000, 200), 20, () => askOnce(attacker, head))
    },
  },
  {
    id: "accept-commas",
    title: "requests whose accept field has thousands of commas, over both HTTPs",
    async run(attacker) {
      const count = attacker.many(600, 200)
      const head = `${webHead}accept: ${"a,".repeat(7_000)}\r\ncontent-length: 0\r\n\r\n`
      await repeat(count, 20, () => askOnce(attacker, head))
      await askOverHttp2(attacker, count, ["accept", "a,".repeat(7_000)])
    },
  },
  {
    id: "large-http2-heads",
    title: "requests with heads of 60 KB, over HTTP/2",
    async run(attacker) {
      await askOverHttp2(attacker, attacker.many(1_000, 300), ["accept", ",".repeat(60_000)])
    },
  },
]

/** Closes each connection properly, so any socket that stays open is the target's fault. */
async function askAndLeave(attacker: Attacker, request: string): Promise<void> {
  let answered = 0
  await repeat(attacker.many(10_000, 1_500), 20, async () => {
    const socket = await attacker.connect()
    socket.write(request)
    if (await nextData(socket)) answered++
    const closed = new Promise((resolve) => socket.once("close", resolve))
    socket.resume()
    socket.end("x")
    await Promise.race([closed, after(farewellMs)])
    socket.destroy()
  })
  attacker.note("answered", answered)
}

async function askOnce(attacker: Attacker, request: string): Promise<void> {
  const socket = await attacker.connect()
  socket.write(request)
  await nextData(socket)
  socket.destroy()
}

async function askOverHttp2(attacker: Attacker, count: number, fields: readonly string[]): Promise<void> {
  for (let sent = 0; sent < count;) {
    const line = await attacker.http2Line()
    for (let onLine = 0; onLine < 50 && sent < count; onLine++, sent++) {
      const call = line.call(pathOf("Echo"), null, fields)
      if (!(await line.sendAll(inFrames(call)))) break
      await after(0)
    }
    await after(20)
    line.socket.destroy()
  }
}

/** RFC 9113 §4.2: a frame carries at most 16,384 bytes, so a long head needs CONTINUATION. */
function inFrames(headers: Uint8Array): Uint8Array {
  const block = headers.subarray(9)
  if (block.length <= 16_384) return headers
  const id = Buffer.from(headers).readUInt32BE(5)
  const parts: Buffer[] = []
  for (let at = 0; at < block.length; at += 16_384) {
    const part = headersFrame(id, [])
    const payload = block.subarray(at, at + 16_384)
    part.writeUIntBE(payload.length, 0, 3)
    part[3] = at === 0 ? 1 : 9
    part[4] = at + 16_384 >= block.length ? 4 : 0
    parts.push(part, Buffer.from(payload))
  }
  return Buffer.concat(parts)
}

async function holdConnections(attacker: Attacker, count: number, bytes: string): Promise<void> {
  const sockets = await openMany(attacker, count)
  if (bytes !== "") for (const socket of sockets) socket.write(bytes)
  await attacker.hold(attacker.many(6_000, 2_500))
}

async function openMany(attacker: Attacker, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  await repeat(count, 50, async () => {
    const socket = await attacker.connect().catch(() => null)
    if (socket === null) return
    socket.resume()
    sockets.push(socket)
  })
  attacker.note("opened", sockets.length)
  return sockets
}

/** Returns whether any byte arrived before the connection closed. */
function nextData(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), answerTimeoutMs)
    const settle = (came: boolean): void => {
      clearTimeout(timer)
      resolve(came)
    }
    socket.once("data", () => settle(true)).once("close", () => settle(false))
  })
}
