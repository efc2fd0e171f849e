import { constants } from "node:http2"
import { BridgeError } from "../core/errors.ts"
import type { UpstreamStream } from "../core/upstream-stream.ts"
import type { StreamRequester } from "../core/upstream.ts"
import type { Breaker } from "./breaker.ts"
import { streamsPerClient, tooManyCalls, tooManyWaiting, waitingPerClient } from "./client-share.ts"
import type { Client } from "./clients.ts"
import { Clients, waitingOf } from "./clients.ts"
import type { Session } from "./session.ts"
import type { WaitingCalls } from "./waiting-calls.ts"

/** Limits on open and waiting calls. */
export interface DispatchLimits {
  /** Limit of the calls that wait for a stream, beyond the calls for which a session is being opened. */
  readonly maxQueued: number
  /** Limit of one client address's calls, in flight and waiting. Null: only its share limits them. */
  readonly maxCallsPerClient: number | null
}

/** The sessions that a dispatcher chooses from. */
export interface SessionPool {
  /** Streams that all sessions together could carry. */
  readonly capacity: number
  /** Streams that the connecting sessions will carry. */
  readonly roomOnItsWay: number
  /** A session with room for this call. `connecting`: the call waits for one certain endpoint. Null: there is none. */
  pick(requester: StreamRequester): Session | "connecting" | null
}

/** Gives calls their streams, and lets them wait while there is none. */
export class Dispatcher {
  readonly #pool: SessionPool
  readonly #waiting: WaitingCalls
  #limits: DispatchLimits
  readonly #breaker: Breaker
  readonly #clients = new Clients()

  constructor(pool: SessionPool, waiting: WaitingCalls, limits: DispatchLimits, breaker: Breaker) {
    this.#pool = pool
    this.#waiting = waiting
    this.#limits = limits
    this.#breaker = breaker
  }

  /** Calls that come from now on have these limits. */
  limit(limits: DispatchLimits): void {
    this.#limits = limits
  }

  /** Number of client addresses with calls. */
  get clients(): number {
    return this.#clients.size
  }

  /**
   * Gives the requester a stream, lets it wait, or refuses it. `closed`: the error for calls that would have to wait, once the
   * cluster is closed.
   */
  acquire(requester: StreamRequester, closed: BridgeError | null): void {
    const client = this.#clients.at(requester.clientAddress)
    const { maxCallsPerClient } = this.#limits
    if (maxCallsPerClient !== null && client.streams + waitingOf(client) >= maxCallsPerClient) {
      requester.refused(tooManyCalls(client, maxCallsPerClient))
    } else if (!this.#breaker.tryEnter("in-flight")) {
      requester.refused(new BridgeError("breaker-open", `${this.#breaker.explain("in-flight")}; try again later`))
    } else {
      const session = this.#pickAtOnce(requester, client)
      if (session !== null && session !== "connecting") this.#open(session, requester, client)
      else this.#wait(requester, client, session, closed)
    }
    this.#clients.forgetIfIdle(client)
  }

  release(requester: StreamRequester): void {
    const client = this.#waiting.remove(requester)
    if (client === null) return
    this.#breaker.leave("in-flight")
    this.#clients.forgetIfIdle(client)
  }

  /** A stream of this client has ended. */
  streamClosed(client: Client): void {
    client.streams--
    this.#breaker.leave("in-flight")
    this.#waiting.mayServe(client)
    this.#clients.forgetIfIdle(client)
  }

  /** Gives streams to waiting calls, while there are any. */
  serveWaiting(): void {
    for (;;) {
      const client = this.#waiting.nextClient(this.#streamsPerClient)
      const requester = client?.waiting.first ?? null
      if (client === null || requester === null) return
      const session = this.#pool.pick(requester)
      if (session === null) return
      if (session === "connecting") {
        this.#waiting.hold(requester)
        continue
      }
      this.#open(session, this.#waiting.take(client), client)
      this.#clients.forgetIfIdle(client)
    }
  }

  refuseWaiting(error: BridgeError): void {
    for (const [requester, client] of this.#waiting.clear()) {
      this.#clients.forgetIfIdle(client)
      this.#refuse(requester, error)
    }
  }

  #refuse(requester: StreamRequester, error: BridgeError): void {
    this.#breaker.leave("in-flight")
    requester.refused(error)
  }

  get #streamsPerClient(): number {
    return streamsPerClient(this.#pool.capacity)
  }

  /** Keeps the order: while waiting calls could have a stream, a new call waits too. */
  #pickAtOnce(requester: StreamRequester, client: Client): Session | "connecting" | null {
    if (this.#waiting.hasServableCall || client.streams >= this.#streamsPerClient) return null
    return this.#pool.pick(requester)
  }

  #wait(requester: StreamRequester, client: Client, why: "connecting" | null, closed: BridgeError | null): void {
    const refusal = closed ?? this.#refusalToWait(client)
    if (refusal !== null) {
      this.#refuse(requester, refusal)
      return
    }
    this.#waiting.add(requester, client, this.#streamsPerClient)
    if (why === "connecting") this.#waiting.hold(requester)
  }

  #open(session: Session, requester: StreamRequester, client: Client): void {
    let stream: UpstreamStream | null = null
    try {
      stream = session.open(requester.fields(session.endpoint), requester, client)
      client.streams++
      requester.opened(stream, session.endpoint)
    } catch (cause) {
      if (stream === null) this.#breaker.leave("in-flight")
      else stream.reset(constants.NGHTTP2_CANCEL)
      requester.crashed(cause)
    }
  }

  /** The reason why no further call may wait, or null. */
  #refusalToWait(client: Client): BridgeError | null {
    const maxWaiting = this.#limits.maxQueued + this.#pool.roomOnItsWay
    const maxOfOne = waitingPerClient(maxWaiting)
    if (waitingOf(client) >= maxOfOne) return tooManyWaiting(client, maxOfOne)
    if (this.#waiting.size < maxWaiting) return null
    return new BridgeError(
      "backend-busy",
      `${this.#waiting.size} calls wait for the backend, as many as this bridge lets wait (--max-queued, or breaker.max-queued in the configuration file); try again later`,
    )
  }
}
