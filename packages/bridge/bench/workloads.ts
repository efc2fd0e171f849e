import { frameHeaderBytes } from "@causeway/protocol"
import { largeMessageBytes, largeStreamMessageBytes, methodMarks, streamMessages } from "./backend-methods.ts"
import type { LoadSpec, Pace } from "./load/load-spec.ts"
import type { Front } from "./subjects/subject.ts"

/** A limit for the bridge: of its ratio to a reference, or of the figure itself. */
export interface Goal {
  readonly figure: "value" | "p99"
  readonly most: number
  /** The name of the subject that is compared with. Null: `most` is a figure, not a ratio. */
  readonly beside: string | null
}

/** One kind of load, given to all subjects alike. */
export interface Workload extends Omit<LoadSpec, "address" | "protocol" | "pace"> {
  readonly name: string
  readonly protocol: "grpc-web" | "grpc-web-text"
  readonly front: Front
  readonly pace: Pace["kind"]
  /** `call`, `message`: CPU in microseconds of one. `stream`: memory in KB of one that is idle. `start`: milliseconds to the first answer. */
  readonly unit: "call" | "message" | "stream" | "start"
  /** Of the calls that `--calls` asks for, one in so many is made. */
  readonly callShare: number
  /** h2load makes the calls, as a check of the bench's generator: the heads are the same each time. */
  readonly isByH2load: boolean
  readonly goals: readonly Goal[]
}

type Options = Partial<Workload> & { readonly name: string }

const smallBytes = 100
const small = { requestMessageBytes: smallBytes, answerMessageBytes: smallBytes }
const base: Omit<Workload, "name"> = {
  ...{ carrier: "http1", protocol: "grpc-web", front: "plain", fields: 15, pace: "closed", mark: methodMarks.echo },
  ...{ requestMessages: 1, answerMessages: 1, ...small, connections: 32, callsPerConnection: 1 },
  ...{ unit: "call", callShare: 1, isByH2load: false, goals: [] },
}
const http2 = { carrier: "http2", connections: 8, callsPerConnection: 4 } as const
const perMessage = { unit: "message" } as const
const stream = { ...perMessage, mark: methodMarks.stream, answerMessages: streamMessages.stream, callShare: 20 }
const largeStream = {
  ...{ ...perMessage, mark: methodMarks.largeStream, answerMessages: streamMessages.largeStream, callShare: 100 },
  ...{ answerMessageBytes: largeStreamMessageBytes },
}
const upload = { ...perMessage, mark: methodMarks.upload, requestMessages: 100, callShare: 10 }
const hold = { mark: methodMarks.hold, unit: "stream", pace: "hold" } as const

/** Beside what other programs cost in the same run. */
export const comparedWorkloads: readonly Workload[] = [
  make({ name: "unary 100 B, HTTP/1.1, 15 fields", goals: [besideEnvoy(0.5)] }),
  make({ name: "unary 100 B, HTTP/1.1, 4 fields", fields: 4 }),
  make({ name: "unary 100 B, h2c, 15 fields", ...http2, goals: [besideEnvoy(0.45)] }),
  make({ name: "unary 100 B, h2c, 4 fields", ...http2, fields: 4 }),
  make({ name: "unary 100 B, HTTP/1.1, by h2load", isByH2load: true }),
  make({ name: "unary 100 B, h2c, by h2load", ...http2, isByH2load: true }),
  make({ name: "unary 100 B, TLS h2, 15 fields", ...http2, front: "tls", goals: [besideEnvoy(0.6)] }),
  make({ name: "unary 1 KB, HTTP/1.1, 15 fields", ...sized(1_000) }),
  make({ name: "unary 1 KB, HTTP/1.1, 4 fields", ...sized(1_000), fields: 4 }),
  make({ name: "unary 100 KB, HTTP/1.1, 15 fields", ...sized(100_000), callShare: 8, goals: [besideEnvoy(1.1)] }),
  make({ name: "unary 100 KB, HTTP/1.1, 4 fields", ...sized(100_000), callShare: 8, fields: 4 }),
  make({ name: "unary 100 KB, h2c, 15 fields", ...sized(100_000), ...http2, callShare: 8 }),
  make({ name: "text, unary 100 B, HTTP/1.1", protocol: "grpc-web-text" }),
  make({ name: "stream 1000 x 100 B, HTTP/1.1", ...stream, goals: [besideEnvoy(0.6)] }),
  make({ name: "stream 1000 x 100 B, h2c", ...http2, ...stream, goals: [besideEnvoy(0.4)] }),
  make({ name: "stream 100 x 64 KB, HTTP/1.1", ...largeStream }),
  make({ name: "stream 100 x 64 KB, h2c", ...http2, ...largeStream }),
  make({ name: "upload 100 x 100 B, h2c", ...http2, ...upload }),
  make({ name: "1 in flight, HTTP/1.1", connections: 1, callShare: 2 }),
  make({ name: "1,000 in flight, HTTP/1.1", connections: 1_000 }),
  make({ name: "1,000 in flight, h2c", ...http2, connections: 10, callsPerConnection: 100 }),
  make({ name: "abort after the first message, HTTP/1.1", ...hold, unit: "call", pace: "abort", callShare: 2 }),
  make({ name: "abort after the first message, h2c", ...http2, ...hold, unit: "call", pace: "abort", callShare: 2 }),
  make({
    ...{ name: "paced, unary 100 B, HTTP/1.1", pace: "open", connections: 200 },
    goals: [besideEnvoy(0.55), { ...besideEnvoy(1.1), figure: "p99" }],
  }),
  make({ name: "idle streams, HTTP/1.1", ...hold, goals: [{ figure: "value", most: 6, beside: null }] }),
  make({ name: "idle streams, h2c", ...http2, ...hold, goals: [{ figure: "value", most: 6, beside: null }] }),
  make({ name: "start to first answer", unit: "start", goals: [{ figure: "value", most: 150, beside: null }] }),
]

/** Where two bridges are under load together, each beside the other, with these limits of the ratio. */
export function pairedWorkloads(beside: string, most: number, hasLarge: boolean): readonly Workload[] {
  const goals = [{ figure: "value", most, beside } as const]
  const large = { mark: methodMarks.large, answerMessageBytes: largeMessageBytes, callShare: 125 }
  const all = [
    make({ name: "unary, HTTP/1.1", goals }),
    make({ name: "unary, h2c", ...http2, goals }),
    make({ name: "stream, HTTP/1.1", ...stream, goals }),
    make({ name: "stream, h2c", ...http2, ...stream, goals }),
  ]
  if (!hasLarge) return all
  return [
    ...all,
    make({ name: "100 KB echo, HTTP/1.1", ...sized(100_000), callShare: 8, goals }),
    make({ name: "100 KB echo, h2c", ...sized(100_000), ...http2, callShare: 8, goals }),
    make({ name: "4 MB answer, HTTP/1.1", ...large, goals }),
    make({ name: "4 MB answer, h2c", ...large, ...http2, goals }),
  ]
}

/** Messages in one call, in the direction that is counted. */
export function messagesPerCall({ requestMessages, answerMessages }: Workload): number {
  return Math.max(requestMessages, answerMessages)
}

/** Bytes of the messages of an answer, with their frames. */
export function answerBytes({ answerMessages, answerMessageBytes }: Workload): number {
  return answerMessages * (answerMessageBytes + frameHeaderBytes)
}

function make(options: Options): Workload {
  return { ...base, ...options }
}

function sized(bytes: number): Pick<Workload, "requestMessageBytes" | "answerMessageBytes"> {
  return { requestMessageBytes: bytes, answerMessageBytes: bytes }
}

function besideEnvoy(most: number): Goal {
  return { figure: "value", most, beside: "envoy" }
}
