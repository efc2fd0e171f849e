import { Base64Decoder, Code, encodeBase64 } from "@causeway/protocol"
import type { BodyFormat, BodyRead, BodyReader } from "./body-format.ts"
import { cutAnswer } from "./network-error.ts"
import { RpcError } from "./rpc-error.ts"

/**
 * gRPC-Web's text mode, `grpc-web-text`: bodies in base64, a third longer. Use it behind a proxy that does not pass
 * binary bodies. A binary answer is read too.
 *
 * ```ts
 * const transport = createTransport({ baseUrl, format: textFormat() })
 * ```
 */
export function textFormat(): BodyFormat {
  return {
    contentType: "application/grpc-web-text+proto",
    encode: encodeBase64,
    answerType: /^application\/grpc-web-text(-base64)?(\+proto)?[ \t]*(;|$)/i,
    open: (body) => new TextReader(body.getReader()),
  }
}

/** Reads and decodes base64. The bytes before an error are delivered first, however the text was cut into chunks. */
class TextReader implements BodyReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new Base64Decoder()
  #isAtEnd = false

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader
  }

  async read(): Promise<BodyRead> {
    if (this.#decoder.isBroken) throw notBase64()
    if (this.#isAtEnd) return { done: true, value: undefined }
    const { value } = await this.#reader.read()
    if (value !== undefined) return { done: false, value: this.#decoder.pushUpToError(value) }
    this.#isAtEnd = true
    const rest = this.#decoder.end()
    if (rest === null) throw cutAnswer("inside a group of base64")
    return { done: false, value: rest }
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }
}

function notBase64(): RpcError {
  const why = "the answer says that it is grpc-web-text, but is not base64"
  return new RpcError(why, Code.Internal, { source: "protocol" })
}
