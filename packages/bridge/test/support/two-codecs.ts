import { setImmediate as turn } from "node:timers/promises"
import { StallClock } from "../../src/core/stall-clock.ts"
import type { Exchange, ExchangeListener } from "../../src/core/exchange.ts"
import type { ConnectionFailure, Observer } from "../../src/core/observer.ts"
import { combineObservers } from "../../src/core/observer.ts"
import { FlushTurn } from "../../src/core/flush-turn.ts"
import type { Listener } from "../../src/downstream/listener.ts"
import { listen } from "../../src/downstream/listener.ts"
import { connectRawHttp1 } from "./raw-http1.ts"

/** A request as the code behind the listener has seen it. */
export interface SeenRequest {
  readonly method: string
  readonly target: string
  /** Names in lower case. */
  readonly fields: readonly string[]
  body: string
  /** The whole request came. */
  isComplete: boolean
}

/** One connection, from the first byte to its close. */
export interface Conversation {
  readonly requests: readonly SeenRequest[]
  /** All bytes of the answers. */
  readonly answers: Buffer
  /** Reasons of refusals outside of any request. */
  readonly failures: readonly ConnectionFailure[]
}

/** A port that answers every request by itself, over one of both implementations of HTTP/1.1. */
export class AnsweringPort {
  readonly #listener: Listener
  #requests: SeenRequest[] = []
  #failures: ConnectionFailure[] = []

  private constructor(listener: Listener) {
    this.#listener = listener
  }

  static async open(codec: "causeway" | "node"): Promise<AnsweringPort> {
    const observer: Observer = {
      ...combineObservers([]),
      connectionFailed: (reason) => port.#failures.push(reason),
      crashed: (where, cause) => {
        throw new Error(`crashed in ${where}`, { cause })
      },
    }
    const listener = await listen({
      host: "127.0.0.1",
      port: 0,
      tls: null,
      headTimeoutMs: 10_000,
      keepAliveTimeoutMs: 60_000,
      maxHeadBytes: 1_024,
      maxConnections: 100,
      maxConnectionsPerAddress: Infinity,
      isShared: () => false,
      maxConcurrentStreams: 10,
      codec,
      turn: new FlushTurn(),
      stalls: new StallClock({ stallTimeoutMs: 60_000, maxBufferedBytes: 10_000_000 }),
      observer,
      serve: (exchange) => port.#serve(exchange),
    })
    const port = new AnsweringPort(listener)
    return port
  }

  async close(): Promise<void> {
    const closed = this.#listener.drain()
    this.#listener.destroy()
    await closed
  }

  /** Sends these pieces, each in a turn of its own, and closes the client's side. */
  async converse(pieces: readonly Uint8Array[]): Promise<Conversation> {
    this.#requests = []
    this.#failures = []
    const client = await connectRawHttp1(this.#listener.address)
    for (const piece of pieces) {
      if (client.isClosed) break
      client.send(piece)
      // One turn to read the bytes, one to answer, one for the answer to come, and one to spare.
      for (let turns = 0; turns < 4; turns++) await turn()
    }
    client.socket.end()
    await client.closed()
    client.destroy()
    return { requests: this.#requests, answers: client.unread, failures: this.#failures }
  }

  #serve(exchange: Exchange): void {
    const { method, target, fields } = exchange.head
    const lower = fields.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
    const seen: SeenRequest = { method, target, fields: lower, body: "", isComplete: false }
    this.#requests.push(seen)
    exchange.start(new Answering(exchange, seen))
    if (target === "/early") answer(exchange, seen, false)
  }
}

class Answering implements ExchangeListener {
  readonly #exchange: Exchange
  readonly #seen: SeenRequest

  constructor(exchange: Exchange, seen: SeenRequest) {
    this.#exchange = exchange
    this.#seen = seen
  }

  data(chunk: Uint8Array): void {
    this.#seen.body += Buffer.from(chunk).toString("latin1")
  }

  end(): void {
    this.#seen.isComplete = true
    answer(this.#exchange, this.#seen, true)
  }

  tooFragmented(): void {}

  leavingUnseen(): void {}

  gone(): void {}

  drained(): void {}

  crashed(cause: unknown): void {
    throw cause
  }
}

/** The answer repeats the request. Its framing depends on the target. */
function answer(exchange: Exchange, { method, target, body }: SeenRequest, isWhole: boolean): void {
  const text = Buffer.from(isWhole ? `${method} ${target} ${body}` : "early", "latin1")
  const isEmpty = target === "/empty"
  exchange.respond({ status: isEmpty ? 204 : 200, fields: ["x-bytes", String(text.length)] })
  if (target === "/stream" && method !== "HEAD") exchange.write([text.subarray(0, 3)])
  exchange.end(isEmpty ? [] : target === "/stream" ? [text.subarray(3)] : [text], null)
}
