import { encodeFrame, frameHeaderBytes } from "@causeway/protocol"

/** The backend reads no paths: the first byte of the request's message says which method it is for. */
export const methodMarks = { echo: 0, stream: 1, large: 2, hold: 3, upload: 4, largeStream: 5 } as const

/** The messages of a server stream's answer. */
export const streamMessages = { stream: 1_000, largeStream: 100 } as const
/** Nearly the longest message that the bridge lets through by default. */
export const largeMessageBytes = 4_000_000
export const largeStreamMessageBytes = 65_536

const largeAnswer = encodeFrame(0, new Uint8Array(largeMessageBytes))
const largeStreamAnswer = encodeFrame(0, new Uint8Array(largeStreamMessageBytes))

interface Answer {
  /** One message in its frame. */
  readonly message: Uint8Array
  readonly count: number
  /** The stream stays open after the last message until the client ends it. */
  readonly staysOpen: boolean
}

/** The backend's answer to the frames of a request. */
export function answerTo(request: Uint8Array): Answer {
  const staysOpen = false
  switch (request[frameHeaderBytes]) {
    case methodMarks.stream:
      return { message: request, count: streamMessages.stream, staysOpen }
    case methodMarks.large:
      return { message: largeAnswer, count: 1, staysOpen }
    case methodMarks.hold:
      return { message: request, count: 1, staysOpen: true }
    case methodMarks.upload:
      return { message: firstFrame(request), count: 1, staysOpen }
    case methodMarks.largeStream:
      return { message: largeStreamAnswer, count: streamMessages.largeStream, staysOpen }
    default:
      return { message: request, count: 1, staysOpen }
  }
}

function firstFrame(request: Uint8Array): Uint8Array {
  const { buffer, byteOffset } = request
  return request.subarray(0, frameHeaderBytes + new DataView(buffer, byteOffset).getUint32(1))
}
