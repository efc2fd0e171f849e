import { once } from "node:events"
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2"
import type { AddressInfo } from "node:net"

import { Code, type ConnectRouter, type Interceptor } from "@connectrpc/connect"
import { connectNodeAdapter, type ConnectNodeAdapterOptions } from "@connectrpc/connect-node"

import { logFailures } from "./log-failures.ts"

/** The options of a gRPC server. */
export interface GrpcServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly routes: (router: ConnectRouter) => void
  /** Aborts the signal of every call. Abort it with a ConnectError, and before `close`. */
  readonly stopping: AbortSignal
  /** Interceptors around every call, inside the logging of failures. */
  readonly interceptors: readonly Interceptor[]
}

/** A gRPC server that is listening. */
export interface GrpcServer {
  /** `http://host:port`. */
  readonly address: string
  /** Stops listening, lets open calls end, and cuts the connections that are left after `graceMs` milliseconds. */
  close(graceMs: number): Promise<void>
}

/** gRPC's default in every implementation. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** Serves gRPC over cleartext HTTP/2 with prior knowledge, and nothing else: browsers must come through a bridge. */
export async function listenGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const { host, port, routes, stopping, interceptors } = options
  const handler = connectNodeAdapter({
    routes,
    grpcWeb: false,
    connect: false,
    readMaxBytes: MAX_MESSAGE_BYTES,
    shutdownSignal: stopping,
    interceptors: [logFailures((method, error) => console.error(`${method} failed:`, error)), ...interceptors],
    fallback: answerUnimplemented,
  })
  const server = createServer(handler)
  const sessions = new Set<ServerHttp2Session>()
  server.on("session", (session) => {
    sessions.add(session)
    session.once("close", () => sessions.delete(session))
  })
  server.on("stream", endUploadAfterAnswer)
  server.listen(port, host)
  await once(server, "listening")
  return { address: addressOf(server), close: (graceMs) => close(server, sessions, graceMs) }
}

/** A trailers-only answer for unknown paths. connect answers with a 404, which tells the caller less. */
const answerUnimplemented: NonNullable<ConnectNodeAdapterOptions["fallback"]> = (request, response) => {
  response.setHeader("content-type", "application/grpc")
  response.setHeader("grpc-status", Code.Unimplemented)
  response.setHeader("grpc-message", `This server has no method ${encodeURI(request.url ?? "")}`)
  response.end()
}

/**
 * An answer may be complete while the caller still sends. Node then leaves the stream half open until the caller ends
 * it. RFC 9113 §8.1: after a complete answer a server may stop the upload with NO_ERROR.
 */
function endUploadAfterAnswer(stream: ServerHttp2Stream): void {
  stream.once("wantTrailers", () => {
    // Deferred, because Node's own listener sends the trailers in this event.
    setImmediate(() => {
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    })
  })
}

async function close(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>, graceMs: number): Promise<void> {
  const closed = once(server, "close")
  server.close()
  for (const session of sessions) session.close()
  const timer = setTimeout(() => {
    for (const session of sessions) session.destroy()
  }, graceMs)
  await closed
  clearTimeout(timer)
}

function addressOf(server: Http2Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`
}
