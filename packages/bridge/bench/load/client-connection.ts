import { connect as connectTcp } from "node:net"
import type { Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { AnswerReader } from "./answer-reader.ts"

/** A call that the generator has begun. */
export interface LoadCall {
  /** Counts from 0 in this process. */
  readonly number: number
  /** When it was due, by `performance.now()`. */
  readonly dueMs: number
  readonly answer: AnswerReader
}

/** A client's connection to the subject. */
export interface ClientConnection {
  openCalls: number
  begin(call: LoadCall): void
  /** Gives the call up as a page does that goes away. Over HTTP/1.1 this closes the connection. */
  abort(call: LoadCall): void
}

/** The generator, as its connections see it. */
export interface CallEvents {
  /** Bytes of the answer have come. */
  progressed(connection: ClientConnection, call: LoadCall): void
  /** The answer has ended. */
  ended(connection: ClientConnection, call: LoadCall): void
  /** Nothing that was measured counts. */
  failed(problem: string): void
}

/** Opens a socket to the subject. Certificates are not checked: the subject made its own. */
export function openSocket(address: string, carrier: "http1" | "http2"): Socket {
  const { hostname: host, port, protocol } = new URL(address)
  if (protocol === "http:") return connectTcp({ host, port: Number(port), noDelay: true })
  const alpn = { http1: "http/1.1", http2: "h2" }[carrier]
  const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: [alpn] })
  return socket.setNoDelay(true)
}
