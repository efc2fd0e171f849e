import { emptyMetadata, encodeFrame } from "@causeway/protocol"
import { CallRecord } from "../../src/core/call-record.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import { FlushTurn } from "../../src/core/flush-turn.ts"
import type { PumpContext } from "../../src/core/pump-context.ts"
import { CallPumps } from "../../src/core/call-pumps.ts"
import type { RequestPump } from "../../src/core/request-pump.ts"
import { StallClock } from "../../src/core/stall-clock.ts"
import type { UpstreamStream } from "../../src/core/upstream-stream.ts"
import type { FrameReader, ReplyWriter, Wire } from "../../src/core/wire.ts"

const peer = { address: "test", carrier: "http1", isTls: false } as const
const writer: ReplyWriter = {
  head: () => ({ status: 200, fields: [] }),
  data: (frames) => frames,
  end: () => ({ body: null, trailers: null }),
  statusOnly: () => ({ status: 200, fields: [] }),
}

/** A gRPC message with this text. */
export const message = (text: string): Uint8Array => encodeFrame(0, Buffer.from(text))
/** Three messages: frames of 8, 5 and 14 bytes. */
export const three: Buffer = Buffer.concat([message("one"), message(""), message("the third")])
/** Resolves when everything that waits for the end of this turn has run. */
export const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A stream that keeps what is written: each write as one entry, the end as `null`. */
export class Sink implements UpstreamStream {
  readonly written: (string | null)[] = []
  takes = true

  write(chunks: readonly Uint8Array[]): boolean {
    this.written.push(Buffer.concat(chunks).toString("latin1"))
    return this.takes
  }

  end(): void {
    this.written.push(null)
  }

  readonly unsentBytes = 0
  start(): void {}
  pause(): void {}
  resume(): void {}
  reset(): void {}

  /** All bytes, and whether the end came after them. */
  get all(): [text: string, isEnded: boolean] {
    const last = this.written.at(-1)
    return [this.written.filter((entry) => entry !== null).join(""), last === null]
  }
}

/** A request pump between a client and a backend of the test. */
export interface RequestScene {
  readonly pump: RequestPump
  /** The calls to the client (`pause`, `resume`) and the end of the call, in order. */
  readonly events: readonly string[]
  readonly stalls: StallClock
  /** Sets the clock and runs a sweep. A stall lasts 1,000 ms. */
  at(ms: number): void
}

/** Puts a request pump together; messages may have 100,000 bytes. */
export function requestScene(
  options: { reader?: FrameReader; allowsCompressed?: boolean; wire?: Wire } = {},
): RequestScene {
  const events: string[] = []
  const exchange: Exchange = {
    head: { method: "POST", target: "/a/b", authority: null, fields: [] },
    peer,
    start() {},
    pause: () => void events.push("pause"),
    resume: () => void events.push("resume"),
    unsentBytes: 0,
    respond() {},
    write: () => true,
    end: () => true,
    abort() {},
  }
  let now = 0
  const stalls = new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 1_000_000 }, () => now)
  const context: PumpContext = {
    turn: new FlushTurn(),
    stalls,
    maxRequestMessageBytes: 100_000,
    maxReplyMessageBytes: 0,
  }
  const record = new CallRecord(1, 0, peer, "POST", "/a/b")
  const head = {
    wire: options.wire ?? "grpc-web",
    received: { method: "POST", target: "/a.B/C", authority: "h", fields: [] },
    trust: null,
    suffix: "",
    clientDeadline: Infinity,
    metadata: emptyMetadata,
    encoding: options.allowsCompressed === true ? "gzip" : null,
  } as const
  const codec = { reader: options.reader ?? null, writer }
  const pumps = new CallPumps(exchange, codec, context, record, head, () => events.push("crash"))
  pumps.call.onEnd(({ error }) => events.push(`ended: ${error?.reason}`))
  pumps.start()
  const at = (ms: number): void => {
    now = ms
    stalls.sweep()
  }
  return { pump: pumps.request, events, stalls, at }
}
