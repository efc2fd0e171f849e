import type { Metadata } from "@causeway/protocol"
import { Code } from "@causeway/protocol"
import type { BridgeError, Reason } from "./errors.ts"
import type { Peer } from "./exchange.ts"
import { peerIp } from "./peer-ip.ts"
import type { Repeats } from "./call-repeats.ts"
import type { Tally } from "./tally.ts"
import type { Wire } from "./wire.ts"

/** How an attempt ended that another one followed. */
export interface AttemptEnd {
  /** The address of its endpoint. Null: it got no stream. */
  readonly endpoint: string | null
  /** gRPC status code. */
  readonly code: number
  /** The bridge's reason; or that the status is the backend's; or that the bridge ended it, since another attempt was faster. */
  readonly why: Reason | "backend-status" | "another-was-first"
}

const noEnds: readonly AttemptEnd[] = []

/** The facts of a request for logs and metrics. Each slot is written once, by its owner. Times are monotonic milliseconds. */
export class CallRecord {
  readonly id: number
  readonly startedAt: number
  endedAt = 0
  readonly peer: Peer
  /** The client's IP address: the peer's, unless the peer is a trusted proxy that names another. */
  clientAddress: string
  readonly method: string
  readonly path: string
  /** Null: the request was refused before its wire was known. */
  wire: Wire | null = null
  origin: string | null = null
  /**
   * Request fields that may go to the backend. Null: the head could not be read. Logs choose the fields that are safe to keep.
   */
  requestMetadata: Metadata | null = null
  /** gRPC status code at the end of the call. */
  code: number = Code.Unknown
  /** Set when the bridge itself ended the call. */
  error: BridgeError | null = null
  /** The route's name. Null before routing. */
  route: string | null = null
  /** The upstream's name. Null before routing. */
  upstream: string | null = null
  /** Counts the calls of its route to its upstream. Null before routing. */
  tally: Tally | null = null
  /** The address of the last attempt's endpoint. Null: no attempt got a stream. */
  endpoint: string | null = null
  attempts = 0
  /** How the attempts before the last one ended. Of many, only the first are kept. */
  attemptEnds: readonly AttemptEnd[] = noEnds
  /** The reason why a failed attempt was not repeated, although its route allows retries. Null: there is none. */
  notRetried: string | null = null
  /** How often it was repeated. Null: it was not. */
  repeats: Repeats | null = null
  /** The backend's application sent headers or a status. */
  isAnswered = false
  requestBytes = 0
  replyBytes = 0
  replyMessages = 0

  constructor(id: number, startedAt: number, peer: Peer, method: string, path: string) {
    this.id = id
    this.startedAt = startedAt
    this.peer = peer
    this.clientAddress = peerIp(peer)
    this.method = method
    this.path = path
  }
}
