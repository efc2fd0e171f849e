import type { CallHalves } from "./call-halves.ts"
import type { CallHead } from "./call.ts"
import type { CallRecord } from "./call-record.ts"
import { OpenCall } from "./call.ts"
import type { Exchange } from "./exchange.ts"
import type { PumpContext } from "./pump-context.ts"
import { ReplyPump } from "./reply-pump.ts"
import { RequestPump } from "./request-pump.ts"
import type { FrameReader, ReplyWriter } from "./wire.ts"

/** How a call's bytes are read and written. */
export interface WireCodec {
  /** Null: the request's bytes are gRPC frames already. */
  readonly reader: FrameReader | null
  readonly writer: ReplyWriter
}

/** A call with both directions of its pump. They need each other, so one owner builds both. */
export class CallPumps implements CallHalves {
  readonly call: OpenCall
  readonly request: RequestPump
  readonly reply: ReplyPump
  readonly #exchange: Exchange

  constructor(
    exchange: Exchange,
    codec: WireCodec,
    context: PumpContext,
    record: CallRecord,
    head: CallHead,
    onCrash: (where: string, cause: unknown) => void,
  ) {
    this.#exchange = exchange
    this.request = new RequestPump(exchange, codec.reader, head, context, this)
    this.reply = new ReplyPump(exchange, codec.writer, context, this)
    this.call = new OpenCall(record, head, this.request, this.reply, onCrash)
  }

  /** Begins to listen to the client. Called once. */
  start(): void {
    this.request.begin()
    this.#exchange.start(this.request)
  }
}
