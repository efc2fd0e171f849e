import type { ConnectionProblem, FieldBlock } from "@causeway/protocol/http2"
import { H2ErrorCode } from "@causeway/protocol/http2"
import type { Exchange } from "../../core/exchange.ts"
import { writeReset } from "../../http2/control-frames.ts"
import type { FloodGuard } from "../../http2/flood-guard.ts"
import type { Outgoing } from "../../http2/outgoing.ts"
import { resetBurst, resetsPerSecond } from "../node-options.ts"
import type { StreamConnection } from "./exchange.ts"
import { Http2CodecExchange } from "./exchange.ts"
import { RequestRules } from "./request-rules.ts"
import { ResetLimit } from "./reset-limit.ts"

/** The connection of the requests. */
export interface IntakeConnection extends StreamConnection {
  readonly streams: Map<number, Http2CodecExchange>
  readonly floods: FloodGuard
}

/** Limits, and the owner of requests. */
export interface IntakeOptions {
  readonly maxConcurrentStreams: number
  readonly serve: (exchange: Exchange) => void
}

const resetFlood: ConnectionProblem = { code: H2ErrorCode.EnhanceYourCalm, words: "too much that resets its streams" }

/** Opens a stream for each well-formed request of one connection, and counts those that end by a reset. */
export class RequestIntake {
  readonly #connection: IntakeConnection
  readonly #out: Outgoing
  readonly #options: IntakeOptions
  readonly #rules = new RequestRules()
  readonly #resets = new ResetLimit(resetBurst, resetsPerSecond)
  /** The last stream that the client has opened. 0: none. */
  lastStreamId = 0

  constructor(connection: IntakeConnection, out: Outgoing, options: IntakeOptions) {
    this.#connection = connection
    this.#out = out
    this.#options = options
  }

  /** The head of a new request. */
  headCame(streamId: number, block: FieldBlock, endsStream: boolean, sendWindow: number): ConnectionProblem | null {
    this.lastStreamId = streamId
    const rules = this.#rules
    if (this.#connection.streams.size >= this.#options.maxConcurrentStreams) {
      return this.#refuse(streamId, H2ErrorCode.RefusedStream)
    }
    if (block.problem === "too-large") return this.#refuse(streamId, H2ErrorCode.EnhanceYourCalm)
    const isWellFormed = block.problem === null && rules.readHead(block.fields)
    const lacksBody = endsStream && rules.contentLength > 0 && rules.contentLength !== Infinity
    if (!isWellFormed || lacksBody) return this.#refuse(streamId, H2ErrorCode.ProtocolError)
    this.#open(streamId, block.fields, endsStream, sendWindow)
    return null
  }

  /** Counts a reset that the client has caused, by its own or by a breach of the rules. */
  countReset(): ConnectionProblem | null {
    return this.#resets.spend() ? null : resetFlood
  }

  #open(streamId: number, fields: readonly string[], endsStream: boolean, sendWindow: number): void {
    const { method, path, authority, contentLength, firstField } = this.#rules
    const head = { method, target: path, authority, fields: fields.slice(firstField) }
    const stream = new Http2CodecExchange(streamId, head, contentLength, sendWindow, this.#connection)
    this.#connection.streams.set(streamId, stream)
    this.#connection.floods.earn()
    this.#options.serve(stream)
    if (endsStream) stream.dataEnded()
  }

  /** Refuses a stream before it was opened. */
  #refuse(streamId: number, code: number): ConnectionProblem | null {
    writeReset(this.#out, streamId, code)
    return this.countReset()
  }
}
