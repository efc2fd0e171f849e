import type { CallRecord } from "./call.ts"

/** Why a connection was turned away before a byte of it was read. */
export type ConnectionRefusal = (typeof connectionRefusals)[number]
/** Every such reason. */
export const connectionRefusals = ["max-connections", "max-connections-per-address", "draining"] as const

/** Why a client's connection was ended, or not taken further, outside any call: most of it happens in node's HTTP codecs. */
export type ConnectionFailure = (typeof connectionFailures)[number]
/** Every such reason; docs/errors.md explains them. */
export const connectionFailures = [
  "tls-handshake",
  "slow-head",
  "large-head",
  "truncated",
  "unreadable",
  "unsupported",
  "pipelined",
  "http2-flood",
  "http2-error",
  "goaway",
] as const

/** How a connection to a backend ended, or why none was made. */
export interface SessionEnd {
  /** `address:port` of the backend as it was dialled; null: its name was not resolved. */
  readonly address: string | null
  /** Why, in words for the operator, with the remedy where there is one. */
  readonly why: string
  /** What Node said; null: the connection ended in good order. */
  readonly cause: Error | null
}

/** Who is told of what happens. Implementations never throw and never wait. */
export interface Observer {
  /** A request was received, whether it becomes a call or is refused. */
  callStarted(record: CallRecord): void
  /** Its end: the record is complete. */
  callEnded(record: CallRecord): void
  connectionOpened(): void
  connectionClosed(): void
  /** A connection was turned away: a limit is reached, or the bridge drains. */
  connectionRefused(why: ConnectionRefusal): void
  /** A client's connection failed. `peer` is its `address:port`; `why` says what happened. */
  connectionFailed(reason: ConnectionFailure, peer: string, why: string): void
  /** The process may open no further file or socket. `code` is the system's: EMFILE or ENFILE. Told once a second while it lasts. */
  descriptorsExhausted(code: string): void
  /** `address` is the backend's `address:port`; `addressesOfName` tells how many its name has, 0 that it is an address. */
  sessionOpened(upstream: string, address: string | null, addressesOfName: number): void
  sessionClosed(upstream: string, end: SessionEnd): void
  /** A connection to a backend could not be made. */
  sessionFailed(upstream: string, end: SessionEnd): void
  /** Something of ours threw: a defect, told with the place where it was caught. */
  crashed(where: string, cause: unknown, record: CallRecord | null): void
}

/** Tells several observers as one. One that throws, which is a defect, neither harms the call nor keeps the others from hearing. */
export function combineObservers(observers: readonly Observer[]): Observer {
  const tell = (what: (one: Observer) => void): void => {
    for (const one of observers) {
      try {
        what(one)
      } catch (cause) {
        tellDefect(observers, cause)
      }
    }
  }
  return {
    callStarted: (record) => tell((one) => one.callStarted(record)),
    callEnded: (record) => tell((one) => one.callEnded(record)),
    connectionOpened: () => tell((one) => one.connectionOpened()),
    connectionClosed: () => tell((one) => one.connectionClosed()),
    connectionRefused: (why) => tell((one) => one.connectionRefused(why)),
    connectionFailed: (reason, peer, why) => tell((one) => one.connectionFailed(reason, peer, why)),
    descriptorsExhausted: (code) => tell((one) => one.descriptorsExhausted(code)),
    sessionOpened: (upstream, address, addressesOfName) =>
      tell((one) => one.sessionOpened(upstream, address, addressesOfName)),
    sessionClosed: (upstream, end) => tell((one) => one.sessionClosed(upstream, end)),
    sessionFailed: (upstream, end) => tell((one) => one.sessionFailed(upstream, end)),
    crashed: (where, cause, record) => tell((one) => one.crashed(where, cause, record)),
  }
}

function tellDefect(observers: readonly Observer[], cause: unknown): void {
  for (const one of observers) {
    try {
      one.crashed("observer", cause, null)
    } catch {
      // The one that throws; the others hear of it.
    }
  }
}
