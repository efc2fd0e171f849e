import type { MessageInitShape } from "@bufbuild/protobuf"
import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import type { AuditService, WatchResponseSchema } from "@causeway/proto/api/v1/audit_pb"
import type { ConnectError, ServiceImpl } from "@connectrpc/connect"
import { expect } from "@playwright/test"
import { leavingMs } from "./leaving-ms.ts"

type Answer = MessageInitShape<typeof WatchResponseSchema>

/** A scripted AuditService.Watch: the test tells each call what to send. */
export class WatchScript {
  readonly #received: WatchCall[] = []

  readonly service: Pick<ServiceImpl<typeof AuditService>, "watch"> = {
    watch: ({ cursor }, { signal }) => {
      const call = new WatchCall(cursor, signal)
      this.#received.push(call)
      return call.answers()
    },
  }

  /** Waits for the first `count` calls and returns them in the order of their arrival. */
  async calls(count: number): Promise<readonly WatchCall[]> {
    const come = (): number => this.#received.length
    // A page that has lost its stream several times waits up to 15 s.
    const options = { timeout: 20_000, intervals: [10], message: "the backend's watch calls" }
    await expect.poll(come, options).toBeGreaterThanOrEqual(count)
    return this.#received.slice(0, count)
  }

  /** Waits for the call with this number, beginning with 1. */
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

  /** The number of unread answers, once none was read for a second. */
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

  /** Expects the backend to learn soon that the caller has left. */
  async expectCancelled(): Promise<void> {
    const isOver = (): boolean => this.#signal.aborted
    await expect
      .poll(isOver, { timeout: leavingMs, intervals: [10], message: "the handler's signal is aborted" })
      .toBe(true)
  }

  /** The messages that the test provides, until the caller leaves. */
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
