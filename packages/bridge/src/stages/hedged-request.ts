import { gather } from "../core/gather.ts"
import { pieceBytes } from "../core/pieces.ts"
import type { RequestBody } from "../core/request-body.ts"
import type { RequestOutlet } from "../core/upstream-stream.ts"

/** Limit of the request bytes that are kept for further attempts. */
const maxKeptBytes = 65_536

/**
 * Sends the request of one call to several attempts. Up to 64 KiB are kept for the attempts that begin later. No attempt holds the
 * others back until then, since no more than that can wait for its backend. A longer request goes on to one attempt alone.
 */
export class HedgedRequest implements RequestOutlet {
  readonly #body: RequestBody
  readonly #onOverflow: (heir: AttemptRequest) => void
  readonly #attached = new Set<AttemptRequest>()
  #pieces: Uint8Array[] = []
  #bytes = 0
  /** Nothing is kept any more: no further attempt can begin. */
  #isOver = false
  #hasEnded = false

  /** `onOverflow`: the request is too long to be kept. All attempts but this one must end at once. */
  constructor(body: RequestBody, onOverflow: (heir: AttemptRequest) => void) {
    this.#body = body
    this.#onOverflow = onOverflow
  }

  get canReplay(): boolean {
    return !this.#isOver
  }

  /** The request as one more attempt sees it. */
  forAttempt(): AttemptRequest {
    return new AttemptRequest(this)
  }

  /** No further attempt will begin. */
  stopKeeping(): void {
    this.#isOver = true
    this.#pieces = []
    this.#bytes = 0
  }

  attached(attempt: AttemptRequest): void {
    const isFirst = this.#attached.size === 0
    this.#attached.add(attempt)
    if (this.#pieces.length > 0) attempt.write(gather(this.#pieces))
    if (this.#hasEnded) attempt.end()
    if (isFirst) this.#body.attach(this)
  }

  detached(attempt: AttemptRequest): void {
    if (this.#attached.delete(attempt) && this.#attached.size === 0) this.#body.detach()
  }

  drained(): void {
    this.#body.upstreamDrained()
  }

  // As the client's side of the request sees it.

  write(chunks: readonly Uint8Array[]): boolean {
    const bytes = gather(chunks)
    if (!this.#isOver) this.#keep(bytes)
    let isFree = true
    for (const attempt of this.#attached) isFree = attempt.write(bytes) && isFree
    return isFree || !this.#isOver
  }

  end(): void {
    this.#hasEnded = true
    for (const attempt of this.#attached) attempt.end()
  }

  get unsentBytes(): number {
    let sum = this.#bytes
    for (const attempt of this.#attached) sum += attempt.unsentBytes
    return sum
  }

  #keep(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length + pieceBytes
    if (this.#bytes <= maxKeptBytes) return
    this.stopKeeping()
    const [heir] = this.#attached
    if (heir !== undefined) this.#onOverflow(heir)
  }
}

/** The request of a hedged call, as one of its attempts sees it. */
export class AttemptRequest implements RequestBody {
  readonly #request: HedgedRequest
  #stream: RequestOutlet | null = null
  #hasEnded = false

  constructor(request: HedgedRequest) {
    this.#request = request
  }

  get canReplay(): boolean {
    return this.#request.canReplay
  }

  get unsentBytes(): number {
    return this.#stream?.unsentBytes ?? 0
  }

  attach(to: RequestOutlet): void {
    this.#stream = to
    this.#hasEnded = false
    this.#request.attached(this)
  }

  upstreamDrained(): void {
    this.#request.drained()
  }

  detach(): void {
    this.#stream = null
    this.#request.detached(this)
  }

  /** The bytes are kept for all attempts together. */
  keep(): void {}

  /** They are kept until the call has its answer, which may be another attempt's. */
  commit(): void {}

  write(bytes: Uint8Array): boolean {
    return this.#stream?.write([bytes]) ?? true
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#stream?.end()
  }
}
