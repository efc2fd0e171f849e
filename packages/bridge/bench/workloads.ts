import { encodeFrame, frameHeaderBytes } from "@causeway/protocol"

/** One kind of load, given to relay and bridge alike. */
export interface Workload {
  readonly name: string
  readonly carrier: "http1" | "http2"
  readonly path: string
  /** One message in its frame. */
  readonly request: Uint8Array
  readonly messagesPerCall: number
  /** What the CPU time is divided by: the call, or each message of its answer. */
  readonly unit: "call" | "message"
  /** Of the calls that `--calls` asks for, one in so many is made: a stream is much longer than a unary call. */
  readonly callShare: number
  readonly connections: number
  /** Calls at the same time on each connection. */
  readonly callsPerConnection: number
}

const messageBytes = 100
/** Bytes of a message in its frame. */
export const frameBytes: number = frameHeaderBytes + messageBytes
export const messagesPerStream = 1_000

/** The backend reads no paths: the first byte of the request's message says which method it is for. */
const [unaryMark, streamMark] = [0, 1]

/** Whether this request, one message in its frame, asks for a stream; otherwise it asks for itself. */
export function asksForStream(request: Uint8Array): boolean {
  return request[frameHeaderBytes] === streamMark
}

const unary = {
  ...{ path: "/bench.Echo/Unary", request: createRequest(unaryMark), messagesPerCall: 1 },
  ...({ unit: "call", callShare: 1 } as const),
}
const stream = {
  ...{ path: "/bench.Echo/Stream", request: createRequest(streamMark), messagesPerCall: messagesPerStream },
  ...({ unit: "message", callShare: 20 } as const),
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

function createRequest(mark: number): Uint8Array {
  const message = new Uint8Array(messageBytes)
  message[0] = mark
  return encodeFrame(0, message)
}
