// The gRPC server behind the target, in a separate process. The path of a call selects the server's behaviour.
// `node backend.ts <port> <mode> <streams>`

import { createServer } from "node:http2"
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import { grpcMessage } from "../../packages/bridge/test/support/h2-frames.ts"
import type { BackendMethod } from "./backend-modes.ts"
import { startSmallMessagesBackend } from "./small-messages.ts"
import { Channel } from "./channel.ts"

const [portText = "0", mode = "well-behaved", streams = "1000"] = process.argv.slice(2)
const channel = new Channel(process)
const head = { ":status": 200, "content-type": "application/grpc+proto" }
const slowMs = 1_000
/** The number of calls after which the backend sends GOAWAY on a connection. */
const callsPerSession = mode.startsWith("goaway-every-") ? Number(mode.slice("goaway-every-".length)) : Infinity
const reply1MB = grpcMessage(Buffer.alloc(1 << 20, 7))
const reply4MB = grpcMessage(Buffer.alloc((1 << 22) - 64, 7))
const small = grpcMessage("four")

const methods: Readonly<Record<BackendMethod, (stream: ServerHttp2Stream) => void>> = {
  Echo: (stream) => collect(stream, (body) => answer(stream, body)),
  Slow: (stream) => collect(stream, (body) => setTimeout(() => answer(stream, body), slowMs)),
  Silent: (stream) => void stream.resume(),
  NoRead: () => {},
  Reply1MB: (stream) => collect(stream, () => answer(stream, reply1MB)),
  Reply4MB: (stream) => collect(stream, () => answer(stream, reply4MB)),
  Small: (stream) => collect(stream, () => sendWithoutEnd(stream)),
  BigHead: (stream) => collect(stream, () => answer(stream, small, bigFields)),
  Informational: (stream) => collect(stream, () => informWithoutEnd(stream)),
  Title: (stream) => collect(stream, () => answerHtml(stream, html)),
  Page: (stream) => collect(stream, () => answerHtml(stream, harmlessHtml)),
}
const bigFields = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x-large-${i}`, "v".repeat(50_000)]))
const html = "<title".repeat(20_000 / "<title".length)
const harmlessHtml = "<p>....".repeat(20_000 / "<title".length)

const sockets = new Set<Socket>()
let bytesOfClosed = 0
let sessions = 0
const callsOf = new WeakMap<object, number>()

const server = createServer({
  settings: { maxConcurrentStreams: Number(streams), initialWindowSize: 65_535 },
  maxSendHeaderBlockLength: 1 << 20,
  maxSessionMemory: 1_000_000, // the backend may keep unread replies, because limiting them is the target's task
})
server.on("connection", countBytes)
server.on("session", (session: ServerHttp2Session) => {
  sessions++
  session.on("error", () => {})
  if (mode === "goaway-at-connect") session.goaway(0, 0)
})
server.on("stream", (stream: ServerHttp2Stream, fields) => {
  stream.on("error", () => {})
  countCall(stream)
  const [, service = "", method = ""] = String(fields[":path"]).split("/")
  if (service === "attack.Backend" && method in methods) methods[method as BackendMethod](stream)
  else answerUnknown(stream, method)
})
server.on("sessionError", () => {})
channel.on("count", () => channel.send({ kind: "counted", bytesSent: bytesSent(), sessions }))
process.on("disconnect", () => process.exit(0))
if (mode === "small-messages") {
  const raw = await startSmallMessagesBackend(Number(portText), countBytes)
  channel.send({ kind: "ready", port: raw.port })
} else {
  server.listen(Number(portText), "127.0.0.1", () => {
    channel.send({ kind: "ready", port: (server.address() as AddressInfo).port })
  })
}

/** Counts a call. Sends GOAWAY only once, because the last stream id of a second GOAWAY must not be higher (RFC 9113 §6.8). */
function countCall({ session, id }: ServerHttp2Stream): void {
  if (session === undefined) return
  const calls = (callsOf.get(session) ?? 0) + 1
  callsOf.set(session, calls)
  if (calls === callsPerSession) session.goaway(0, id)
}

function countBytes(socket: Socket): void {
  sockets.add(socket)
  socket.on("error", () => {})
  socket.on("close", () => {
    sockets.delete(socket)
    bytesOfClosed += socket.bytesWritten
  })
}

function bytesSent(): number {
  let sum = bytesOfClosed
  for (const socket of sockets) sum += socket.bytesWritten
  return sum
}

function collect(stream: ServerHttp2Stream, onEnd: (body: Buffer) => void): void {
  const parts: Buffer[] = []
  stream.on("data", (chunk: Buffer) => parts.push(chunk))
  stream.on("end", () => {
    if (!stream.destroyed) onEnd(Buffer.concat(parts))
  })
}

function answer(stream: ServerHttp2Stream, body: Buffer, fields: Readonly<Record<string, string>> = {}): void {
  if (stream.destroyed) return
  stream.respond({ ...head, ...fields }, { waitForTrailers: true })
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
  stream.end(body)
}

/** Answers an unknown method: OK if its name begins with "ok-", otherwise NOT_FOUND. */
function answerUnknown(stream: ServerHttp2Stream, method: string): void {
  stream.resume()
  stream.respond({ ...head, "grpc-status": method.startsWith("ok-") ? "0" : "5" }, { endStream: true })
}

function answerHtml(stream: ServerHttp2Stream, html: string): void {
  stream.respond({ ":status": 502, "content-type": "text/html" })
  stream.end(html)
}

/** Writes messages of nine bytes, each in a separate write, until the stream closes. */
function sendWithoutEnd(stream: ServerHttp2Stream): void {
  stream.respond(head)
  const send = (): void => {
    for (let count = 0; count < 200; count++) {
      if (stream.destroyed) return
      if (!stream.write(small)) return void stream.once("drain", send)
    }
    setImmediate(send)
  }
  send()
}

/** Sends heads of status 102 until the stream closes. */
function informWithoutEnd(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return
  for (let count = 0; count < 50; count++) stream.additionalHeaders({ ":status": 102 })
  setImmediate(() => informWithoutEnd(stream))
}
