import { encodeFrame, frameHeaderBytes } from "@causeway/protocol"

/** One kind of load, given to relay and bridge alike. */
export interface Workload {
  readonly name: string
  readonly carrier: "http1" | "http2"
  readonly path: string
  /** One message in its frame. */
  readonly request: Uint8Array
  /** Of one message of the answer, in its frame. */
  readonly answerBytes: number
  readonly messagesPerCall: number
  /** The divisor of the CPU time: the calls, or the messages of their answers. */
  readonly unit: "call" | "message"
  /** Of the calls that `--calls` asks for, one in so many is made: a stream is much longer than a unary call. */
  readonly callShare: number
  readonly connections: number
  /** Calls at the same time on each connection. */
  readonly callsPerConnection: number
}

const smallBytes = 100
const messagesPerStream = 1_000
/** Beyond the flow-control windows of the bridge, so that their renewal is measured too. */
const echoBytes = 100_000
/** Nearly the longest message that the bridge lets through by default. */
const largeAnswer = encodeFrame(0, new Uint8Array(4_000_000))

/** The backend reads no paths: the first byte of the request's message says which method it is for. */
const [echoMark, streamMark, largeMark] = [0, 1, 2]

/** What the backend answers to this request, one message in its frame: so many times this message, in its frame. */
export function answerTo(request: Uint8Array): { readonly message: Uint8Array; readonly count: number } {
  const mark = request[frameHeaderBytes]
  if (mark === largeMark) return { message: largeAnswer, count: 1 }
  return { message: request, count: mark === streamMark ? messagesPerStream : 1 }
}

const unary = {
  ...{ path: "/bench.Echo/Unary", ...exchange(echoMark, smallBytes), messagesPerCall: 1 },
  ...({ unit: "call", callShare: 1 } as const),
}
const stream = {
  ...{ path: "/bench.Echo/Stream", ...exchange(streamMark, smallBytes), messagesPerCall: messagesPerStream },
  ...({ unit: "message", callShare: 20 } as const),
}
const echo = {
  ...{ path: "/bench.Echo/Unary", ...exchange(echoMark, echoBytes), messagesPerCall: 1 },
  ...({ unit: "call", callShare: 8 } as const),
}
const large = {
  ...{ path: "/bench.Echo/Large", ...exchange(largeMark, smallBytes), messagesPerCall: 1 },
  ...({ unit: "call", callShare: 125 } as const),
}
const http1 = { carrier: "http1", connections: 32, callsPerConnection: 1 } as const
const http2 = { carrier: "http2", connections: 8, callsPerConnection: 4 } as const

/** All of them have 32 calls open at any time. */
export const workloads: readonly Workload[] = [
  { name: "unary, HTTP/1.1", ...unary, ...http1 },
  { name: "unary, h2c", ...unary, ...http2 },
  { name: "stream, HTTP/1.1", ...stream, ...http1 },
  { name: "stream, h2c", ...stream, ...http2 },
]

/** Beside them where two bridges are compared: messages that do not fit into a flow-control window. */
export const largeWorkloads: readonly Workload[] = [
  { name: "100 KB echo, HTTP/1.1", ...echo, ...http1 },
  { name: "100 KB echo, h2c", ...echo, ...http2 },
  { name: "4 MB answer, HTTP/1.1", ...large, ...http1 },
  { name: "4 MB answer, h2c", ...large, ...http2 },
]

function exchange(mark: number, messageBytes: number): Pick<Workload, "request" | "answerBytes"> {
  const message = new Uint8Array(messageBytes)
  message[0] = mark
  const request = encodeFrame(0, message)
  return { request, answerBytes: answerTo(request).message.length }
}
