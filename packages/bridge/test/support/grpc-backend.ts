import { constants, createServer } from "node:http2"
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import { FrameDecoder } from "@causeway/protocol"
import { grpcMessage } from "./h2-frames.ts"

/** One call as the scripted backend sees it. */
export interface BackendCall {
  readonly path: string
  /** `:authority`. */
  readonly authority: string
  /** Flat list of names and values as received, pseudo-headers left out. */
  readonly fields: readonly string[]
  /** First value of a request field, or null. */
  field(name: string): string | null
  /** The payloads of the request's messages, as they arrive. */
  readonly messages: AsyncIterable<Uint8Array>
  /** All request messages, once the request has ended. */
  all(): Promise<Uint8Array[]>
  /** Sends the head, with these further fields; `message` does so by itself. */
  head(fields?: readonly string[]): void
  /** Sends a message. False: wait for `drained`. */
  message(payload: Uint8Array | string): boolean
  drained(): Promise<void>
  /** Ends with trailers. */
  end(status?: number | string, message?: string, trailers?: readonly string[]): void
  /** Ends with a status in the head (Trailers-Only). */
  statusOnly(status: number | string, message?: string, fields?: readonly string[]): void
  /** Resolves with the stream's error code when it is over, whichever side ended it. */
  readonly closed: Promise<number>
  readonly stream: ServerHttp2Stream
}

export type BackendHandler = (call: BackendCall) => void | Promise<void>

/** A gRPC backend whose methods are functions of the test. */
export interface GrpcBackend {
  /** `http://127.0.0.1:port`, or another host. */
  readonly url: string
  readonly port: number
  /** Calls received, in order, unless `keepsCalls` is false. */
  readonly calls: readonly BackendCall[]
  /** Calls that are not over. */
  readonly openCalls: number
  /** Connections that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>
  /** Connections accepted so far. */
  readonly accepted: number
  /** Cuts every connection without a frame, like the end of a process. */
  cut(): void
  /** Closes the port, and says GOAWAY on every connection, like a process that ends in order. */
  leave(): void
  /** Closes the port and cuts every connection. */
  close(): Promise<void>
}

/** Options of the scripted backend. */
export interface GrpcBackendOptions {
  /** 0 picks a free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly maxConcurrentStreams?: number
  /** False: `calls` stays empty, so that many calls need no memory. Default true. */
  readonly keepsCalls?: boolean
}

/** Starts a backend with a handler for each path; an unknown path is UNIMPLEMENTED, what a handler throws INTERNAL. */
export async function startGrpcBackend(
  handlers: Readonly<Record<string, BackendHandler>>,
  options: GrpcBackendOptions = {},
): Promise<GrpcBackend> {
  const calls: BackendCall[] = []
  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  let accepted = 0
  let openCalls = 0
  const { maxConcurrentStreams, host = "127.0.0.1", keepsCalls = true } = options
  const server = createServer({
    strictSingleValueFields: false,
    maxSessionMemory: 1_000_000, // as in the bridge: its default refuses streams after some hundred cancels
    ...(maxConcurrentStreams === undefined ? {} : { settings: { maxConcurrentStreams } }),
    maxSendHeaderBlockLength: 1 << 20,
  })
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("session", (session) => {
    accepted++
    sessions.add(session)
    session.on("error", () => {})
    session.once("close", () => sessions.delete(session))
  })
  server.on("stream", (stream, headers, _flags, raw) => {
    const call = createCall(stream as ServerHttp2Stream, headers, raw)
    if (keepsCalls) calls.push(call)
    openCalls++
    stream.once("close", () => openCalls--)
    const handler = handlers[call.path]
    if (handler === undefined) call.statusOnly(12, `no handler for ${call.path}`)
    else void run(handler, call)
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve))
  const { port } = server.address() as AddressInfo
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://${host}:${port}`,
    port,
    calls,
    sessions,
    get accepted() {
      return accepted
    },
    get openCalls() {
      return openCalls
    },
    cut,
    leave() {
      server.close()
      for (const session of sessions) session.close()
    },
    async close() {
      const closed = new Promise((resolve) => (server.listening ? server.close(resolve) : resolve(null)))
      cut()
      await closed
    },
  }
}

async function run(handler: BackendHandler, call: BackendCall): Promise<void> {
  try {
    await handler(call)
  } catch (cause) {
    if (!call.stream.destroyed && !call.stream.headersSent) call.statusOnly(13, encodeURIComponent(String(cause)))
    else call.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }
}

function createCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): BackendCall {
  const fields: string[] = []
  for (let i = 0; i < raw.length; i += 2) if (!raw[i].startsWith(":")) fields.push(raw[i], raw[i + 1])
  stream.on("error", () => {})
  const closed = new Promise<number>((resolve) => stream.once("close", () => resolve(stream.rstCode ?? 0)))
  const call: BackendCall = {
    path: String(headers[":path"]),
    authority: String(headers[":authority"]),
    fields,
    stream,
    closed,
    messages: readMessages(stream),
    field(name) {
      const at = fields.findIndex((_, i) => i % 2 === 0 && fields[i] === name)
      return at < 0 ? null : fields[at + 1]
    },
    async all() {
      const all: Uint8Array[] = []
      for await (const message of call.messages) all.push(message)
      return all
    },
    head(more = []) {
      const head = [":status", "200", "content-type", "application/grpc+proto", ...more]
      stream.respond(head, { waitForTrailers: true })
    },
    message(payload) {
      if (!stream.headersSent) call.head()
      return stream.write(grpcMessage(payload))
    },
    drained: () => Promise.race([new Promise<void>((resolve) => stream.once("drain", resolve)), closed.then(() => {})]),
    end(status = 0, message = "", trailers = []) {
      if (!stream.headersSent) call.head()
      stream.once("wantTrailers", () => stream.sendTrailers(grouped(statusFields(status, message, trailers))))
      stream.end()
    },
    statusOnly(status, message = "", more = []) {
      const head = [":status", "200", "content-type", "application/grpc+proto", ...statusFields(status, message, more)]
      stream.respond(head, { endStream: true })
    },
  }
  return call
}

function statusFields(status: number | string, message: string, more: readonly string[]): string[] {
  const fields = ["grpc-status", String(status)]
  if (message !== "") fields.push("grpc-message", message)
  return [...fields, ...more]
}

/** sendTrailers takes no flat list: values of one name stay together, in their order. */
function grouped(fields: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {}
  for (let i = 0; i < fields.length; i += 2) (groups[fields[i]] ??= []).push(fields[i + 1])
  return groups
}

/** Reads only while someone asks: a handler that does not iterate exerts back-pressure. */
async function* readMessages(stream: ServerHttp2Stream): AsyncGenerator<Uint8Array, void> {
  const decoder = new FrameDecoder({ maxMessageBytes: 64 << 20 })
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const whole: Uint8Array[] = []
    decoder.push(chunk, (frame) => whole.push(frame.payload.slice()))
    yield* whole
  }
}
