import type { Metadata } from "@causeway/protocol"
import type { CallRecord } from "./call-record.ts"
import type { BridgeError } from "./errors.ts"
import { internalError } from "./errors.ts"
import type { Peer, RequestHead } from "./exchange.ts"
import { hashOrAny } from "./hash-source.ts"
import type { FieldTrust } from "./received-field.ts"
import { receivedField } from "./received-field.ts"
import type { Reply, Status } from "./reply.ts"
import type { CallRequest, RequestBody, RequestCopy } from "./request-body.ts"
import type { Route } from "./route.ts"
import type { Wire } from "./wire.ts"

/** One stage: takes a call, returns its reply. `recover` turns anything that it throws into a reply. */
export type Handler<C extends Call = Call> = (call: C) => Promise<Reply>

/** A call as the stages see it: one object, with the same shape from start to log line. */
export interface Call {
  readonly id: number
  readonly peer: Peer
  readonly wire: Wire
  /** Before `route` as received, inside it as the backend gets it. */
  readonly path: string
  /** The page's origin, or null. */
  readonly origin: string | null
  /**
   * Value of a received field by its lower-case name, also of a field that the backend does not get. Null: it is missing, or the
   * peer may not set it.
   */
  header(name: string): string | null
  /** The message format from the content type: `+proto` and the like, or "". */
  readonly suffix: string
  /** Monotonic milliseconds. Infinity: the client set no deadline. */
  readonly clientDeadline: number
  /** Metadata for the backend: only the fields that may pass. */
  readonly metadata: Metadata
  /** `grpc-encoding` of the request, or null. */
  readonly encoding: string | null
  readonly request: RequestBody
  readonly record: CallRecord
  /** Registers a function that runs when the call ends: last registered, first run. If the call has ended, it runs at once. */
  onEnd(undo: (end: Status) => void): void
  /** Ends the call with this error. May be called at any time, from anywhere; the first error counts. Never throws. */
  fail(error: BridgeError): void
  /** Reports a defect in code that worked for this call, to the observer. Only this call ends. Never throws. */
  crashed(where: string, cause: unknown): void
}

/** A call inside `route`. */
export interface Routed extends Call {
  readonly route: Route
  /** Hash of the part of the call that chooses its endpoint. 0 unless the upstream balances by hash. */
  readonly hash: number
  /** Endpoints that this call has tried in vain, by name. */
  avoid: readonly string[]
}

/** A call inside `enforceDeadline`. */
export interface Timed extends Routed {
  /** The deadline that the backend is told, in monotonic milliseconds. Infinity: none. */
  readonly deadline: number
  /** Attempts before this one that a backend may have seen, those of the client included. The backend is told. */
  previousAttempts: number
}

/** Ends a call on the wire. */
export interface CallOwner {
  failed(error: BridgeError): void
  /** The last resort, when `failed` itself has thrown: cuts the exchange without a status. */
  cut(error: BridgeError): void
}

type CallState =
  | { readonly kind: "open" }
  | { readonly kind: "failing"; readonly error: BridgeError }
  | { readonly kind: "ended"; readonly status: Status }

const open: CallState = { kind: "open" }
const nothing: readonly string[] = []

/** The parts of a request head that make a call. */
export interface CallHead {
  /** The head as it came. */
  readonly received: RequestHead
  /** Null: all fields of the head are trusted. */
  readonly trust: FieldTrust | null
  readonly wire: Wire
  readonly suffix: string
  readonly clientDeadline: number
  readonly metadata: Metadata
  readonly encoding: string | null
}

/** A call in progress. It ends once, and then runs the functions that stages registered. */
export class OpenCall implements Call {
  readonly id: number
  readonly peer: Peer
  /** Set anew by `withRoute`. */
  path: string
  readonly wire: Wire
  readonly suffix: string
  readonly clientDeadline: number
  /** Set anew by `withRoute`. */
  metadata: Metadata
  readonly encoding: string | null
  readonly request: CallRequest
  readonly record: CallRecord
  /** Set by `withRoute` and `withDeadline`. Stages read them through `Routed` and `Timed`. */
  route: Route | null = null
  deadline: number = Infinity
  hash = 0
  avoid: readonly string[] = nothing
  previousAttempts = 0
  /** Index among the open calls, kept by `OpenCalls`. */
  place = -1
  readonly #received: RequestHead
  readonly #trust: FieldTrust | null
  readonly #owner: CallOwner
  readonly #onCrash: (where: string, cause: unknown) => void
  #undo: ((end: Status) => void)[] = []
  #state: CallState = open

  constructor(
    record: CallRecord,
    head: CallHead,
    request: CallRequest,
    owner: CallOwner,
    onCrash: (where: string, cause: unknown) => void,
  ) {
    this.id = record.id
    this.peer = record.peer
    this.path = record.path
    this.record = record
    this.wire = head.wire
    this.suffix = head.suffix
    this.clientDeadline = head.clientDeadline
    this.metadata = head.metadata
    this.encoding = head.encoding
    this.request = request
    this.#received = head.received
    this.#trust = head.trust
    this.#owner = owner
    this.#onCrash = onCrash
  }

  get origin(): string | null {
    return this.record.origin
  }

  header(name: string): string | null {
    return this.#trust?.trusts(name) === false ? null : receivedField(this.#received, name)
  }

  get isOpen(): boolean {
    return this.#state.kind === "open"
  }

  onEnd(undo: (end: Status) => void): void {
    if (this.#state.kind === "ended") undo(this.#state.status)
    else this.#undo.push(undo)
  }

  fail(error: BridgeError): void {
    if (this.#state.kind !== "open") return
    this.#state = { kind: "failing", error }
    try {
      this.#owner.failed(error)
    } catch (cause) {
      this.crashed("end of call", cause)
    }
  }

  crashed(where: string, cause: unknown): void {
    const error = internalError(where, cause)
    if (error !== cause) this.#onCrash(where, cause) // a BridgeError was thrown on purpose
    if (this.#state.kind === "open") this.fail(error)
    else this.#cut(error)
  }

  #cut(error: BridgeError): void {
    try {
      this.#owner.cut(error)
    } catch (cause) {
      this.#onCrash("cut", cause)
    }
  }

  /** Called by the owner when the last byte is written, or cannot be written. */
  ended(status: Status): void {
    if (this.#state.kind === "ended") return
    this.#state = { kind: "ended", status }
    const undo = this.#undo
    this.#undo = []
    for (let i = undo.length - 1; i >= 0; i--) {
      try {
        undo[i](status)
      } catch (cause) {
        this.#onCrash("end of call", cause)
      }
    }
  }
}

/** The call as the stages inside `route` see it. */
export function withRoute(call: Call, route: Route, path: string, metadata: Metadata): Routed {
  const open = call as OpenCall
  open.path = path
  open.metadata = metadata
  open.route = route
  if (route.maxRequestMessageBytes !== null) open.request.limit(route.maxRequestMessageBytes)
  if (route.hash !== null) open.hash = hashOrAny(route.hash, open)
  return open as Routed
}

/** Gives a copy of the call's request to this receiver. Called before the first byte is read. */
export function copyRequest(call: Call, copy: RequestCopy): void {
  const open = call as OpenCall
  open.request.copy = copy
}

/** The call as the stages inside `enforceDeadline` see it. */
export function withDeadline(call: Routed, deadline: number): Timed {
  const open = call as OpenCall & Routed
  open.deadline = deadline
  return open
}
