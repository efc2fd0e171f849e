import type { CallRecord } from "./call-record.ts"

/** The reason why a connection was refused before any byte was read. */
export type ConnectionRefusal = (typeof connectionRefusals)[number]
/** Every reason of `ConnectionRefusal`. */
export const connectionRefusals = ["max-connections", "max-connections-per-address", "draining"] as const

/** The reason why a client's connection was ended outside any call. Most of these failures happen in Node's HTTP codecs. */
export type ConnectionFailure = (typeof connectionFailures)[number]
/** Every reason of `ConnectionFailure`, explained in docs/errors.md. */
export const connectionFailures = [
  "tls-handshake",
  "slow-head",
  "large-head",
  "truncated",
  "unreadable",
  "unsupported",
  "pipelined",
  "unread",
  "http2-flood",
  "http2-error",
  "goaway",
] as const

/** How a connection to a backend ended, or why none was made. */
export interface SessionEnd {
  /** The endpoint as it is configured. */
  readonly endpoint: string
  /** `address:port` that was dialled. Null: the name was not resolved. */
  readonly address: string | null
  /** The reason for the operator, with a remedy where there is one. */
  readonly why: string
  /** Node's error. Null: the connection closed without one, and no call was lost; or the backend had announced its end. */
  readonly cause: Error | null
}

/** How the copy of a call ended that a mirror got. */
export type MirrorOutcome = (typeof mirrorOutcomes)[number]
/** Every way of `MirrorOutcome`, explained in docs/operations.md. */
export const mirrorOutcomes = [
  "finished",
  "refused",
  "lost",
  "slow-backend",
  "buffer-limit",
  "deadline-exceeded",
  "client-gone",
  "call-ended",
  "internal",
] as const

/** Callbacks for the events of the bridge. Implementations must neither throw nor wait. */
export interface Observer {
  /** A request was received. It may become a call or be refused. */
  callStarted(record: CallRecord): void
  /** The request has ended, and its record is complete. */
  callEnded(record: CallRecord): void
  connectionOpened(): void
  connectionClosed(): void
  /** A connection was refused: a limit is reached, or the bridge drains. */
  connectionRefused(why: ConnectionRefusal): void
  /** A client's connection failed. `peer` is its `address:port`; `why` describes the failure. */
  connectionFailed(reason: ConnectionFailure, peer: string, why: string): void
  /** The process may open no further file or socket. `code` is EMFILE or ENFILE. Called once a second while this lasts. */
  descriptorsExhausted(code: string): void
  /**
   * `endpoint` is the backend as it is configured, `address` its `address:port`. `addressesOfName` is the number of addresses of
   * its name; 0: it is an address.
   */
  sessionOpened(upstream: string, endpoint: string, address: string | null, addressesOfName: number): void
  sessionClosed(upstream: string, end: SessionEnd): void
  /** A name of an upstream's endpoints does not resolve. Addresses that were known before stay in use. */
  nameFailed(upstream: string, address: string, why: string): void
  /** A connection to a backend could not be made. */
  sessionFailed(upstream: string, end: SessionEnd): void
  /** A health check or the answers of an endpoint say that it gets no calls, or calls again. */
  endpointHealthChanged(upstream: string, endpoint: string, isHealthy: boolean, why: string): void
  /** A copy of a call goes to this upstream. */
  mirrorStarted(upstream: string): void
  mirrorEnded(upstream: string, outcome: MirrorOutcome): void
  /** A defect: our own code threw. `where` is the place where it was caught. */
  crashed(where: string, cause: unknown, record: CallRecord | null): void
}

/** Combines observers into one. An observer that throws has a defect; it harms neither the call nor the other observers. */
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
    sessionOpened: (upstream, endpoint, address, addressesOfName) =>
      tell((one) => one.sessionOpened(upstream, endpoint, address, addressesOfName)),
    sessionClosed: (upstream, end) => tell((one) => one.sessionClosed(upstream, end)),
    nameFailed: (upstream, address, why) => tell((one) => one.nameFailed(upstream, address, why)),
    sessionFailed: (upstream, end) => tell((one) => one.sessionFailed(upstream, end)),
    endpointHealthChanged: (upstream, endpoint, isHealthy, why) =>
      tell((one) => one.endpointHealthChanged(upstream, endpoint, isHealthy, why)),
    mirrorStarted: (upstream) => tell((one) => one.mirrorStarted(upstream)),
    mirrorEnded: (upstream, outcome) => tell((one) => one.mirrorEnded(upstream, outcome)),
    crashed: (where, cause, record) => tell((one) => one.crashed(where, cause, record)),
  }
}

function tellDefect(observers: readonly Observer[], cause: unknown): void {
  for (const one of observers) {
    try {
      one.crashed("observer", cause, null)
    } catch {
      // The observer that throws. The others still get the event.
    }
  }
}
