import type { MessageInitShape } from "@bufbuild/protobuf"
import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import type { AuditService, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import type { ConnectError, ServiceImpl } from "@connectrpc/connect"
import { expect } from "@playwright/test"
import { leavingMs } from "./leaving-ms.ts"

type Answer = MessageInitShape<typeof WatchResponseSchema>

/** AuditService.Watch in the hands of a test: each call waits to be told what to send. */
export class WatchScript {
  readonly #received: WatchCall[] = []

  readonly service: Pick<ServiceImpl<typeof AuditService>, "watch"> = {
    watch: ({ cursor }, { signal }) => {
      const call = new WatchCall(cursor, signal)
      this.#received.push(call)
      return call.answers()
    },
  }

  /** The first so many calls, in the order in which they came, once they have. */
  async calls(count: number): Promise<readonly WatchCall[]> {
    const come = (): number => this.#received.length
    // A page that has lost its stream several times waits up to 15 s.
    const options = { timeout: 20_000, intervals: [10], message: "the backend's watch calls" }
    await expect.poll(come, options).toBeGreaterThanOrEqual(count)
    return this.#received.slice(0, count)
  }

  /** The call with this number, the first being 1, once it has come. */
  async call(number: number): Promise<WatchCall> {
    const calls = await this.calls(number)
    return calls[number - 1]
  }
}

/** One call of AuditService.Watch. */
export class WatchCall {
  /** The number of the event after which the caller wants to go on; null: from the start. */
  readonly after: number | null
  readonly #signal: AbortSignal
  readonly #answers: Answer[] = []
  #end: { readonly error: ConnectError } | null = null
  #wake: () => void = () => {}

  constructor(cursor: string, signal: AbortSignal) {
    this.after = cursor === "" ? null : Number(cursor)
    this.#signal = signal
    signal.addEventListener("abort", () => this.#wake())
  }

  /** Says that the backlog is complete, with the cursor of this event. */
  catchUp(sequence: number): void {
    this.#push({ caughtUp: { cursor: String(sequence) } })
  }

  /** Sends the events with these numbers. */
  send(...sequences: readonly number[]): void {
    for (const sequence of sequences) this.#push({ event: auditEvent(sequence) })
  }

  /** Sends events of 200 kB each, in a field that the page does not show. */
  sendLarge(...sequences: readonly number[]): void {
    const userId = "u".repeat(200_000)
    for (const sequence of sequences) this.#push({ event: { ...auditEvent(sequence), userId } })
  }

  /** How many answers nobody has taken, once none has been for a second. */
  async heldBack(): Promise<number> {
    let before = -1
    const isStill = (): boolean => before === (before = this.#answers.length)
    await expect.poll(isStill, { timeout: 60_000, intervals: [1_000], message: "nothing is taken" }).toBe(true)
    return before
  }

  /** Ends the call with this error, after what was sent before. */
  fail(error: ConnectError): void {
    this.#end = { error }
    this.#wake()
  }

  /** Expects the caller's leaving to be known here soon. */
  async expectCancelled(): Promise<void> {
    const isOver = (): boolean => this.#signal.aborted
    await expect
      .poll(isOver, { timeout: leavingMs(), intervals: [10], message: "the handler's signal is aborted" })
      .toBe(true)
  }

  /** What connect sends: all that the test gives, until the caller goes. */
  async *answers(): AsyncGenerator<Answer> {
    while (!this.#signal.aborted) {
      for (let next = this.#answers.shift(); next !== undefined; next = this.#answers.shift()) yield next
      if (this.#end !== null) throw this.#end.error
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #push(answer: Answer): void {
    this.#answers.push(answer)
    this.#wake()
  }
}

function auditEvent(sequence: number): Answer["event"] {
  return {
    cursor: String(sequence),
    sequence: BigInt(sequence),
    action: AuditAction.SIGNED_IN,
    actor: "ada@tidewater.example",
    userId: "usr_1",
    userDisplayName: "Ada Lovelace",
  }
}
