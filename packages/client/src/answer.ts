import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { fromBinary } from "@bufbuild/protobuf"
import { Code, flagCompressed, flagTrailer, parseStatusCode } from "@causeway/protocol"
import type { Frame } from "@causeway/protocol"
import type { BodyFormat } from "./body-format.ts"
import type { CallScope } from "./call-scope.ts"
import { statusError } from "./final-status.ts"
import { nonGrpcAnswer } from "./non-grpc-answer.ts"
import { FrameReader } from "./frame-reader.ts"
import type { Watched } from "./frame-reader.ts"
import type { Decompression } from "./decompression.ts"
import type { LongMessages } from "./long-messages.ts"
import { RpcError } from "./rpc-error.ts"

/** A gRPC-Web answer whose HTTP head has arrived. */
export interface Answer<O extends DescMessage = DescMessage> {
  readonly header: Headers
  /** Complete once the last message has been read. */
  readonly trailer: Headers
  /**
   * Read from the network as they are consumed. The iteration ends if the final status is OK, and throws that status
   * otherwise.
   */
  readonly messages: AsyncIterable<MessageShape<O>>
}

/** The content type of binary answers; no suffix means proto (PROTOCOL-WEB.md). */
const grpcWebProto = /^application\/grpc-web(\+proto)?[ \t]*(;|$)/i

interface AnswerOptions<O extends DescMessage> {
  readonly output: O
  readonly format?: BodyFormat | undefined
  readonly decompression?: Decompression | undefined
  readonly longMessages?: LongMessages | undefined
  /** The scope of the request. It ends with the answer. */
  readonly scope: CallScope
  /** Called with each promise for bytes; returns a promise that settles in the same way. */
  readonly watched: Watched
  readonly maxMessageBytes: number
}

/**
 * Reads messages and a final status from an HTTP response. Rejects if the response is not gRPC-Web. Also rejects with
 * the error status of an answer without messages ("Trailers-Only"), so that a retrying interceptor sees it before any
 * message.
 */
export async function readAnswer<O extends DescMessage>(
  response: Response,
  options: AnswerOptions<O>,
): Promise<Answer<O>> {
  const { headers: header } = response
  const { format, longMessages, scope, watched, maxMessageBytes } = options
  const contentType = header.get("content-type") ?? ""
  const isFormatted = format?.answerType.test(contentType) ?? false
  const isGrpcWeb = isFormatted || grpcWebProto.test(contentType)
  if (!isGrpcWeb && !isWholeAnswer(response)) throw await nonGrpcAnswer(response)
  const trailer = new Headers()
  let frames: FrameReader | null = null
  const { body } = response
  if (isGrpcWeb && body) {
    const reader = isFormatted && format ? format.open(body) : (longMessages?.open(body) ?? body.getReader())
    frames = new FrameReader(reader, scope.signal, watched, maxMessageBytes)
  } else body?.cancel().catch(() => {})
  const messages = readMessages(response, frames, trailer, options)
  return { header, trailer, messages: header.has("grpc-status") ? resumed(await messages.next(), messages) : messages }
}

/**
 * Whether the headers of a response that is not gRPC-Web are a complete answer: they carry an error status, or OK and
 * no body (an HTTP 204). An OK with an unread body does not count, because a lost answer would then look like a
 * success.
 */
function isWholeAnswer({ headers, ok, body }: Response): boolean {
  const status = headers.get("grpc-status")
  if (status === null) return false
  return parseStatusCode(status) !== 0 || (ok && (body === null || headers.get("content-length") === "0"))
}

async function* readMessages<O extends DescMessage>(
  response: Response,
  frames: FrameReader | null,
  trailer: Headers,
  options: AnswerOptions<O>,
): AsyncGenerator<MessageShape<O>, void> {
  const { headers: header, status: httpStatus } = response
  let messageCount = 0
  let hasTrailers = false
  try {
    let batch: readonly Frame[] | null | undefined
    while (!hasTrailers && (batch = await frames?.read())) {
      for (const frame of batch) {
        // gRPC-Web: the trailers are the last frame. Frames after them would be lost, or would be a second status.
        if (hasTrailers) throw afterTrailers()
        if (frame.flags & ~(flagTrailer | flagCompressed)) throw badFlags(frame.flags)
        const payload = frame.flags & flagCompressed ? await inflated(frame, header, options) : frame.payload
        if (frame.flags & flagTrailer) {
          hasTrailers = true
          fillTrailer(trailer, payload)
        } else {
          messageCount++
          yield decodeMessage(options.output, payload)
        }
      }
    }
    if (hasTrailers && !(await frames?.isAtEnd())) throw afterTrailers()
  } finally {
    options.scope.end()
  }
  const isEmpty = frames === null || header.get("content-length") === "0"
  const error = statusError({ header, trailer: hasTrailers ? trailer : null, httpStatus, messageCount, isEmpty })
  if (error !== null) throw error
}

/** Puts a message that was already read in front of the remaining messages. */
async function* resumed<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    if (first.done !== true) yield first.value
    yield* rest
  } finally {
    await rest.return()
  }
}

function decodeMessage<O extends DescMessage>(schema: O, payload: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(schema, payload)
  } catch (cause) {
    const why = `the answer is no valid ${schema.typeName}: ${String(cause)}`
    throw new RpcError(why, Code.Internal, { source: "protocol", cause })
  }
}

function inflated(frame: Frame, header: Headers, options: AnswerOptions<DescMessage>): Promise<Uint8Array> {
  const { decompression, maxMessageBytes } = options
  if (decompression) return decompression.inflate(frame.payload, header.get("grpc-encoding"), maxMessageBytes)
  const why = "the answer is compressed: createTransport needs decompression()"
  throw new RpcError(why, Code.Unimplemented, { source: "client" })
}

/**
 * Parses trailers into `Headers`. The platform's `Headers` does the work of `parseTrailerBlock` at no cost in bundle
 * size: it lower-cases names, trims and joins values, and refuses invalid names and values.
 */
function fillTrailer(trailer: Headers, block: Uint8Array): void {
  const text = Array.from(block, (byte) => String.fromCharCode(byte)).join("")
  try {
    for (const line of text.split(/\r?\n/)) {
      const colon = Math.max(line.indexOf(":"), 0)
      if (line !== "") trailer.append(line.slice(0, colon), line.slice(colon + 1))
    }
  } catch (cause) {
    const why = "the answer has trailers that cannot be read"
    throw new RpcError(why, Code.Internal, { source: "protocol", cause })
  }
}

function badFlags(flags: number): RpcError {
  const why = `the answer is not gRPC-Web: a frame has the flags 0x${flags.toString(16).padStart(2, "0")}`
  return new RpcError(why, Code.Internal, { source: "protocol" })
}

function afterTrailers(): RpcError {
  const why = "the answer goes on after its trailers"
  return new RpcError(why, Code.Internal, { source: "protocol" })
}
