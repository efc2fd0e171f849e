import { constants } from "node:http2"
import { Code } from "@causeway/protocol"
import type { Timed } from "../core/call.ts"
import { clientKey } from "../core/client-key.ts"
import type { Flushable } from "../core/flush-turn.ts"
import { hashOrAny } from "../core/hash-source.ts"
import type { MirrorOutcome } from "../core/observer.ts"
import type { Status } from "../core/reply.ts"
import type { RequestCopy } from "../core/request-body.ts"
import type { RouteMirror } from "../core/route.ts"
import type { Stallable, StallEnd } from "../core/stall-clock.ts"
import type { Lost, UpstreamStream } from "../core/upstream-stream.ts"
import type { CallEndpoint, StreamRequester, Upstream } from "../core/upstream.ts"
import { WaitingRequest } from "../core/waiting-request.ts"
import type { FieldSource } from "./call-fields.ts"
import { callFields } from "./call-fields.ts"
import { errorOf } from "./h2-errors.ts"
import type { MirrorContext } from "./mirror-context.ts"
import { answerCode } from "./reply-fields.ts"

/** Limit of the bytes of one copy that its backend does not take (Envoy: the default of per_connection_buffer_limit_bytes). */
const maxHeldBytes = 1_048_576

type State =
  | "acquiring" // no stream yet
  | "open"
  | "blocked" // the backend does not read
  | "sent" // the whole request was sent
  | "over"

type ClientState =
  | "sending"
  /** The request is complete. */
  | "complete"
  /** The call itself is over, and its request was complete. */
  | "over"

/**
 * The copy of a call for a mirror. It is sent once, its answer is read and dropped, and nothing that happens to it reaches the call.
 * It lasts as long as its call, and after that until the call's deadline, at most for the stall timeout.
 */
export class MirroredCall implements RequestCopy, StreamRequester, Stallable, Flushable {
  /** The copies of a client's calls count as another client: they use up no limit of the client. */
  readonly clientAddress: string
  readonly hash: number
  readonly avoid: readonly string[] = []
  readonly isExpendable = true
  wait: Stallable["wait"] = null
  awaitsFlush = false
  readonly #source: FieldSource
  readonly #upstream: Upstream
  readonly #context: MirrorContext
  /** The end of the copy, in monotonic milliseconds: the call's deadline, or the route's limit. Infinity: none. */
  readonly #untilMs: number
  readonly #waiting = new WaitingRequest()
  #state: State = "acquiring"
  #stream: UpstreamStream | null = null
  /** The endpoint that waits to hear how the copy ends. */
  #endpoint: CallEndpoint | null = null
  #httpStatus = 0
  #client: ClientState = "sending"

  constructor(call: Timed, { upstream, hash }: RouteMirror, context: MirrorContext) {
    const { route, path, suffix, metadata, encoding, deadline, record } = call
    this.clientAddress = `copies of ${clientKey(record.clientAddress).replaceAll(":", "-")}` // a colon would make it an IPv6 address
    this.hash = hash === null ? 0 : hashOrAny(hash, call)
    // A list of its own: retries of the call change the call.
    this.#source = { route, path, suffix, metadata, encoding, deadline, previousAttempts: 0 }
    this.#untilMs = Math.min(deadline, record.startedAt + (route.timeouts.maxMs ?? Infinity))
    this.#upstream = upstream
    this.#context = context
  }

  /** Asks for a stream. */
  begin(): void {
    this.#context.observer.mirrorStarted(this.#upstream.name)
    this.#safely(() => this.#upstream.acquire(this))
  }

  /** The call itself has ended. A copy whose request is complete goes on for a while. */
  callEnded({ error }: Status): void {
    if (this.#state === "over") return
    this.#safely(() => {
      if (error?.reason === "client-gone") this.#giveUp("client-gone")
      else if (error?.reason === "deadline-exceeded") this.#expire("deadline-exceeded")
      else if (this.#client === "complete") {
        this.#client = "over"
        this.#context.stalls.beginUntil(this, this.#untilMs)
      } else {
        this.flush() // whole messages before a bad one reach both backends
        this.#giveUp("call-ended")
      }
    })
  }

  // The request, from the client's side.

  write(frames: Uint8Array): void {
    if (this.#state === "over") return
    try {
      this.#waiting.add(frames)
      if (this.#state === "open") this.#context.turn.add(this)
      else this.#hold(frames.length)
    } catch (cause) {
      this.crashed(cause)
    }
  }

  complete(): void {
    this.#client = "complete"
    this.#safely(() => this.flush())
  }

  /** Sends the waiting bytes in one write, then the end of the request if it has come. */
  flush(): void {
    const stream = this.#stream
    if (stream === null || this.#state !== "open") return
    if (!this.#waiting.isEmpty && !stream.write([this.#waiting.take()])) {
      this.#state = "blocked"
      this.#hold(stream.unsentBytes)
      return
    }
    if (this.#client !== "sending") {
      this.#state = "sent"
      stream.end()
    }
    if (this.#client !== "over") this.#context.stalls.end(this)
  }

  get heldBytes(): number {
    return this.#waiting.heldBytes + (this.#stream?.unsentBytes ?? 0)
  }

  compact(): void {
    this.#waiting.compact()
  }

  stalled(why: StallEnd): void {
    this.#safely(() => {
      if (why === "too-much") this.#giveUp("buffer-limit")
      else this.#expire(this.#isPast ? "deadline-exceeded" : "slow-backend")
    })
  }

  // The mirror's side.

  fields(endpoint: CallEndpoint): string[] {
    return callFields(this.#source, endpoint)
  }

  opened(stream: UpstreamStream, endpoint: CallEndpoint): void {
    this.#state = "open"
    this.#stream = stream
    this.#endpoint = endpoint
    this.flush()
  }

  refused(): void {
    this.#finish("refused")
  }

  head(httpStatus: number, fields: readonly string[], isLast: boolean): void {
    if (this.#state === "over") return
    this.#httpStatus = httpStatus
    if (isLast) this.#answered(fields)
    else this.#stream?.start()
  }

  /** The answer is read and dropped: a backend that waits for its reader would keep the stream. */
  data(): void {}

  end(trailers: readonly string[] | null): void {
    if (this.#state !== "over") this.#answered(trailers ?? [])
  }

  lost(how: Lost): void {
    if (this.#state === "over") return
    const { code, reason } = errorOf(how, this.#isPast)
    if (how.wasProcessed !== "no") this.#tellEndpoint(code, [])
    this.#finish(reason === "deadline-exceeded" ? reason : "lost")
  }

  drained(): void {
    if (this.#state !== "blocked") return
    this.#state = "open"
    this.flush()
  }

  crashed(cause: unknown): void {
    this.#context.observer.crashed("mirror", cause, null)
    this.#giveUp("internal")
  }

  /** Does what the call or the clock asks for. A defect ends the copy alone. */
  #safely(act: () => void): void {
    try {
      act()
    } catch (cause) {
      this.crashed(cause)
    }
  }

  get #isPast(): boolean {
    return this.#context.stalls.now() >= this.#untilMs
  }

  /** The mirror does not take these bytes now. They are kept, up to a bound. */
  #hold(bytes: number): void {
    this.#context.stalls.begin(this)
    this.#context.stalls.grew(bytes)
    if (this.heldBytes > maxHeldBytes) this.#giveUp("buffer-limit")
  }

  #answered(fields: readonly string[]): void {
    this.#tellEndpoint(answerCode(this.#httpStatus, fields), fields)
    this.#finish("finished")
  }

  /** The time is over. A mirror that has not begun its answer is told DEADLINE_EXCEEDED: this is how one that hangs is found. */
  #expire(outcome: MirrorOutcome): void {
    if (this.#httpStatus === 0) this.#tellEndpoint(Code.DeadlineExceeded, [])
    this.#giveUp(outcome)
  }

  #giveUp(outcome: MirrorOutcome): void {
    if (this.#state === "over") return
    const [wasAcquiring, stream] = [this.#state === "acquiring", this.#stream]
    this.#finish(outcome)
    if (wasAcquiring) this.#upstream.release(this)
    stream?.reset(constants.NGHTTP2_CANCEL)
  }

  #tellEndpoint(code: number, fields: readonly string[]): void {
    this.#endpoint?.attemptEnded(code, fields)
    this.#endpoint = null
  }

  #finish(outcome: MirrorOutcome): void {
    this.#state = "over"
    this.#stream = null
    this.#waiting.drop()
    this.#context.stalls.end(this)
    this.#context.observer.mirrorEnded(this.#upstream.name, outcome)
  }
}
