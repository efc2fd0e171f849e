import type { Socket } from "node:net"
import type { Lost, UpstreamListener, UpstreamStream } from "../core/upstream-stream.ts"
import type { Client } from "./clients.ts"

/**
 * One HTTP/2 connection to a backend: frames, windows and streams. Its session decides how it is used: how many streams it gets, when it is
 * pinged, when it ends.
 */
export interface Http2Connection {
  /** It takes a request now: neither side has begun to end it. */
  readonly canRequest: boolean
  /** Stream ids are left (RFC 9113 §5.1.1). False only after a request. */
  readonly hasIds: boolean
  /** It has ended: nothing is sent or received any more, even if its listener has not been told yet. */
  readonly destroyed: boolean
  /** Opens a stream for a call of this client, or for a health check (null). Call only while `canRequest`. */
  request(fields: readonly string[], to: UpstreamListener, client: Client | null): UpstreamStream
  ping(onAnswer: () => void): void
  /** Tells the backend that no stream follows, lets the open ones finish, then closes. */
  close(): void
  /** Closes at once. Open streams are lost. */
  destroy(error?: Error): void
}

/** The owner of a stream. */
export interface StreamOwner {
  /** The stream of this client, or of a health check (null), is over. Called once. */
  streamClosed(client: Client | null): void
  /** We reset the stream. After too many resets a backend ends the session. */
  streamReset(): void
  /** Bytes arrived. Called per chunk. */
  streamReceived(): void
  /** How a stream was lost that closed without trailers. */
  howLost(stream: ClosedStream): Lost
}

/** A stream that has closed. */
export interface ClosedStream {
  /** Undefined: it never got an id. */
  readonly id?: number | undefined
  /** Code of the RST_STREAM, of either side. */
  readonly rstCode: number | undefined
}

/** Callbacks of a connection, for its session. None is called inside `request`. */
export interface Http2ConnectionListener extends StreamOwner {
  /** The backend's SETTINGS came, the first or further ones. `maxStreams`: Infinity if they name none. */
  settingsCame(maxStreams: number): void
  goawayCame(code: number, lastStreamId: number, words: string): void
  /** The connection breaks off for this reason. Its end follows. */
  connectionFailed(error: Error): void
  /** The connection is closed, and so are its streams. Called once. */
  connectionClosed(): void
}

/** Speaks HTTP/2 over a socket that connects, or will. */
export type Http2Connect = (socket: Socket, listener: Http2ConnectionListener) => Http2Connection
