import { Code, FrameDecoder } from "@causeway/protocol"
import type { Lost, UpstreamListener, UpstreamStream } from "../../core/upstream-stream.ts"
import { fieldOf, readStatus } from "../reply-fields.ts"
import { readIsServing } from "./health-message.ts"

/** HTTP/2 CANCEL. */
const cancelCode = 8
/** A response has one small field. */
const maxMessageBytes = 1_024

/** How a health call ended. `interrupted`: its connection went away, which says nothing about the service. */
export type HealthCallEnd =
  | { readonly kind: "answered" | "interrupted" | "unimplemented" }
  | { readonly kind: "failed"; readonly why: string }

/** Callbacks of a health call. */
export interface HealthCallListener {
  answered(isServing: boolean): void
  /** Called once, last. */
  ended(end: HealthCallEnd): void
}

/** One call of Health.Check or Health.Watch on an open stream. */
export class HealthCall implements UpstreamListener {
  readonly #listener: HealthCallListener
  readonly #decoder = new FrameDecoder({ maxMessageBytes })
  #stream: UpstreamStream | null = null
  #hasAnswer = false
  #isOver = false

  constructor(listener: HealthCallListener) {
    this.#listener = listener
  }

  /** Sends the request on its stream. */
  begin(stream: UpstreamStream, request: Uint8Array): void {
    this.#stream = stream
    stream.write([request])
    stream.end()
  }

  /** Ends the call. Nothing is reported afterwards. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stream?.reset(cancelCode)
  }

  head(httpStatus: number, fields: readonly string[], isLast: boolean): void {
    if (isLast && httpStatus === 200) this.end(fields)
    else if (httpStatus === 200) this.#stream?.start()
    else this.#fail(`the backend answered a health check with HTTP ${httpStatus}`)
  }

  data(chunk: Uint8Array): void {
    const violation = this.#decoder.push(chunk, ({ payload }) => {
      const isServing = this.#isOver ? null : readIsServing(payload)
      if (isServing === null) return
      this.#hasAnswer = true
      this.#listener.answered(isServing)
    })
    if (violation !== null) this.#fail("the backend answered a health check with a message that cannot be read")
  }

  end(trailers: readonly string[] | null): void {
    const { code } = readStatus(trailers ?? [])
    if (code === Code.Unimplemented) this.#end({ kind: "unimplemented" })
    else if (this.#hasAnswer && code === 0) this.#end({ kind: "answered" })
    else {
      const message = fieldOf(trailers ?? [], "grpc-message") ?? "no message"
      this.#end({ kind: "failed", why: `a health check ended with status ${code} (${message.slice(0, 100)})` })
    }
  }

  lost({ kind }: Lost): void {
    if (kind === "reset") this.#end({ kind: "failed", why: "the backend reset a health check" })
    else this.#end({ kind: "interrupted" })
  }

  drained(): void {}

  crashed(): void {
    this.#fail("the answer to a health check could not be read")
  }

  #fail(why: string): void {
    this.#stream?.reset(cancelCode)
    this.#end({ kind: "failed", why })
  }

  #end(end: HealthCallEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listener.ended(end)
  }
}
