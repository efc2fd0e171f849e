import { emptyMetadata } from "@causeway/protocol"
import type { OpenCall } from "../../src/core/call.ts"
import { CallRecord } from "../../src/core/call-record.ts"
import { CallPumps } from "../../src/core/call-pumps.ts"
import { BridgeError } from "../../src/core/errors.ts"
import type { Exchange, ResponseHead } from "../../src/core/exchange.ts"
import { FlushTurn } from "../../src/core/flush-turn.ts"
import type { PumpContext } from "../../src/core/pump-context.ts"
import type { ReplyPump } from "../../src/core/reply-pump.ts"
import type { ReplySink, Status } from "../../src/core/reply.ts"
import type { RequestPump } from "../../src/core/request-pump.ts"
import { StallClock } from "../../src/core/stall-clock.ts"
import type { ReplyWriter } from "../../src/core/wire.ts"

const peer = { address: "test", carrier: "http1", isTls: false } as const
export const ok: Status = { code: 0, message: "", metadata: emptyMetadata, error: null }
export const gone: Status = { ...ok, code: 5 }
export const lost: BridgeError = new BridgeError("backend-lost", "lost")

/** A wire that makes every step readable: `<` head, frames unchanged, `>` and the code at the end, `=` a head alone. */
const writer: ReplyWriter = {
  head: () => ({ status: 200, fields: ["<"] }),
  data: (frames) => frames,
  end: ({ code }) => ({ body: Buffer.from(`>${code}`), trailers: null }),
  statusOnly: (_metadata, { code }) => ({ status: 200, fields: [`=${code}`] }),
}

/** A reply pump between a backend of the test and an exchange that records. */
export interface ReplyScene {
  readonly pump: ReplyPump
  readonly request: RequestPump
  readonly call: OpenCall
  readonly record: CallRecord
  /** The calls to the backend and to the exchange, and the end of the call, in order. */
  readonly events: string[]
  /** The writes to the client. */
  readonly written: readonly Buffer[]
  readonly stalls: StallClock
  /** Begins a reply that is a stream. */
  stream(): ReplySink
  /** All that was written, as Latin-1. */
  text(): string
  /** Sets whether the client takes more after a write. */
  isFree(value: boolean): void
}

/** A pump between a test's backend and a recording exchange. */
export function replyScene(options: { isFree?: boolean; takesEnd?: boolean } = {}): ReplyScene {
  let head = ""
  const written: Buffer[] = []
  const events: string[] = []
  let takes = options.isFree ?? true
  const exchange: Exchange = {
    head: { method: "POST", target: "/a/b", authority: null, fields: [] },
    peer,
    start() {},
    pause() {},
    resume() {},
    unsentBytes: 1_000,
    respond: (response: ResponseHead) => void (head = response.fields[0]),
    write(chunks) {
      written.push(Buffer.concat([Buffer.from(head), ...chunks]))
      head = ""
      return takes
    },
    end(chunks) {
      written.push(Buffer.concat([Buffer.from(head), ...chunks]))
      events.push("end")
      return options.takesEnd ?? true
    },
    abort: (why) => void events.push(`abort ${why.reason}`),
  }
  const stalls = new StallClock({ stallTimeoutMs: 1_000, maxBufferedBytes: 1_000_000 })
  const turn = new FlushTurn()
  const context: PumpContext = { turn, stalls, maxRequestMessageBytes: 1_000_000, maxReplyMessageBytes: 1_000_000 }
  const record = new CallRecord(1, 0, peer, "POST", "/a/b")
  const callHead = {
    received: { method: "POST", target: "/a.B/C", authority: "h", fields: [] },
    trust: null,
    wire: "grpc", // its client's first message is not timed
    suffix: "",
    clientDeadline: Infinity,
    metadata: emptyMetadata,
    encoding: null,
  } as const
  const pumps = new CallPumps(exchange, { reader: null, writer }, context, record, callHead, (where) => {
    events.push(`crash ${where}`)
  })
  const { call, reply: pump } = pumps
  call.onEnd((status) => void events.push(`ended ${status.code}`))
  pumps.start()
  const source = {
    start() {},
    pause: () => void events.push("pause"),
    resume: () => void events.push("resume"),
    cancel: () => void events.push("cancel"),
  }
  const stream = (): ReplySink => {
    pump.reply({ kind: "stream", metadata: emptyMetadata, contentType: "application/grpc", source })
    return pump
  }
  const text = (): string => Buffer.concat(written).toString("latin1")
  const isFree = (value: boolean): void => void (takes = value)
  return { pump, request: pumps.request, call, events, written, stream, text, stalls, isFree, record }
}

export function frame(size: number, letter = "x"): Buffer {
  const bytes = Buffer.alloc(5 + size, letter)
  bytes.writeUInt8(0)
  bytes.writeUInt32BE(size, 1)
  return bytes
}
