import { encodeStatusMessage } from "@causeway/protocol"
import { BridgeError } from "../core/errors.ts"
import type { Exchange, ExchangeListener, ResponseHead } from "../core/exchange.ts"
import type { StallClock, Stallable, StallEnd } from "../core/stall-clock.ts"
import { bufferLimit } from "../core/stall-clock.ts"
import type { CorsGrant } from "./cors.ts"
import { addCorsFields } from "./cors.ts"

/** Objects that a refusal needs besides its exchange. */
export interface RefusalContext {
  readonly stalls: StallClock
  readonly onCrash: (where: string, cause: unknown) => void
}

/** Refuses a request before its wire is known: an HTTP status, with the message in the fields and in the body. */
export function refuse(exchange: Exchange, error: BridgeError, grant: CorsGrant | null, context: RefusalContext): void {
  const fields = ["content-type", "text/plain; charset=utf-8"]
  fields.push("grpc-status", String(error.code), "grpc-message", encodeStatusMessage(error.message))
  fields.push("x-causeway-reason", error.reason)
  if (error.reason === "method-not-allowed") fields.push("allow", "POST, OPTIONS")
  addCorsFields(fields, grant)
  const head = { status: error.http, fields, closes: error.reason === "bad-request" }
  new LocalReply(exchange, context).send(head, [Buffer.from(`${error.message}\n`)])
}

/** Answers a preflight. */
export function answerPreflight(
  exchange: Exchange,
  grant: CorsGrant,
  requestedHeaders: string | null,
  context: RefusalContext,
): void {
  new LocalReply(exchange, context).send(grant.preflight(requestedHeaders), [])
}

/** Answers in one piece. The rest of the request is dropped. A client that does not read the answer is disconnected. */
class LocalReply implements ExchangeListener, Stallable {
  wait: Stallable["wait"] = null
  readonly #exchange: Exchange
  readonly #context: RefusalContext

  constructor(exchange: Exchange, context: RefusalContext) {
    this.#exchange = exchange
    this.#context = context
  }

  send(head: ResponseHead, body: readonly Uint8Array[]): void {
    this.#exchange.start(this)
    this.#exchange.respond(head)
    if (!this.#exchange.end(body, null)) this.#context.stalls.begin(this)
  }

  data(): void {}

  end(): void {}

  leavingUnseen(): void {}

  tooFragmented(): void {}

  gone(): void {
    this.#context.stalls.end(this)
  }

  drained(): void {
    this.#context.stalls.end(this)
  }

  get heldBytes(): number {
    return this.#exchange.unsentBytes
  }

  compact(): void {}

  stalled(why: StallEnd): void {
    this.#exchange.abort(
      why === "too-much"
        ? bufferLimit("this answer")
        : new BridgeError("slow-reader", "The client did not read its answer for longer than --stall-timeout"),
    )
  }

  crashed(cause: unknown): void {
    this.#context.onCrash("refusal", cause)
  }
}
