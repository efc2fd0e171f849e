import type { Metadata } from "@causeway/protocol"
import type { Route } from "../core/route.ts"
import type { Timed } from "../core/call.ts"
import { CallRecord } from "../core/call-record.ts"
import type { BridgeError } from "../core/errors.ts"
import type { Peer } from "../core/exchange.ts"
import type { Status } from "../core/reply.ts"
import type { Wire } from "../core/wire.ts"
import type { AttemptRequest } from "./hedged-request.ts"

/** A call as one of its simultaneous attempts sees it: the attempt has its own record and request, and can end alone. */
export class HedgedAttempt implements Timed {
  readonly id: number
  readonly peer: Peer
  readonly wire: Wire
  readonly path: string
  readonly origin: string | null
  readonly suffix: string
  readonly clientDeadline: number
  readonly metadata: Metadata
  readonly encoding: string | null
  readonly route: Route
  readonly hash: number
  readonly deadline: number
  readonly request: AttemptRequest
  readonly record: CallRecord
  avoid: readonly string[]
  previousAttempts: number
  /** The upstream counts it as a retry. */
  isCounted = false
  readonly #call: Timed
  #undo: ((end: Status) => void)[] = []
  #end: Status | null = null

  constructor(call: Timed, request: AttemptRequest, previousAttempts: number, avoid: readonly string[]) {
    this.id = call.id
    this.peer = call.peer
    this.wire = call.wire
    this.path = call.path
    this.origin = call.origin
    this.suffix = call.suffix
    this.clientDeadline = call.clientDeadline
    this.metadata = call.metadata
    this.encoding = call.encoding
    this.route = call.route
    this.hash = call.hash
    this.deadline = call.deadline
    this.request = request
    const { id, startedAt, peer, method, path, clientAddress } = call.record
    this.record = new CallRecord(id, startedAt, peer, method, path)
    this.record.clientAddress = clientAddress
    this.previousAttempts = previousAttempts
    this.avoid = avoid
    this.#call = call
  }

  header(name: string): string | null {
    return this.#call.header(name)
  }

  onEnd(undo: (end: Status) => void): void {
    if (this.#end === null) this.#undo.push(undo)
    else undo(this.#end)
  }

  fail(error: BridgeError): void {
    this.#call.fail(error)
  }

  crashed(where: string, cause: unknown): void {
    this.#call.crashed(where, cause)
  }

  /** Ends the attempt alone. Its backend is told at once. */
  end(status: Status): void {
    if (this.#end !== null) return
    this.#end = status
    for (const undo of this.#undo.reverse()) {
      try {
        undo(status)
      } catch (cause) {
        this.#call.crashed("end of an attempt", cause)
      }
    }
    this.#undo = []
  }
}
