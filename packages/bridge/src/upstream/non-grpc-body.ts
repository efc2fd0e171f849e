import { codeFromHttpStatus } from "@causeway/protocol"
import { BridgeError } from "../core/errors.ts"

const maxBytes = 4_096
const maxWaitMs = 1_000
const maxShown = 200

/** Callbacks of `NonGrpcBody`. `nonGrpc` is called once. */
export interface NonGrpcBodyReader {
  nonGrpc(error: BridgeError): void
  /** `nonGrpc` threw in a timer, where nothing else would catch it. */
  crashed(cause: unknown): void
}

/** Reads the beginning of an answer that is not gRPC, such as a load balancer's page, for the error message. */
export class NonGrpcBody {
  readonly #httpStatus: number
  readonly #contentType: string
  readonly #reader: NonGrpcBodyReader
  readonly #chunks: Uint8Array[] = []
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #isDone = false

  constructor(httpStatus: number, contentType: string | null, reader: NonGrpcBodyReader) {
    this.#httpStatus = httpStatus
    this.#contentType = contentType ?? "no content type"
    this.#reader = reader
    this.#timer = setTimeout(() => this.#expire(), maxWaitMs)
  }

  #expire(): void {
    try {
      this.end()
    } catch (cause) {
      this.#reader.crashed(cause)
    }
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= maxBytes) this.end()
  }

  end(): void {
    if (this.#isDone) return
    this.#isDone = true
    clearTimeout(this.#timer)
    this.#reader.nonGrpc(nonGrpcAnswer(this.#httpStatus, this.#contentType, Buffer.concat(this.#chunks)))
  }

  cancel(): void {
    this.#isDone = true
    clearTimeout(this.#timer)
  }
}

/** The error for an HTTP answer that is not gRPC (http-grpc-status-mapping). */
export function nonGrpcAnswer(httpStatus: number, contentType: string, body: Uint8Array): BridgeError {
  const text = readable(contentType, Buffer.from(body).toString("utf8"))
  const words = `The backend answered HTTP ${httpStatus} (${contentType.slice(0, 100)}), which is not gRPC${text === "" ? "" : `: ${text}`}`
  return new BridgeError("backend-not-grpc", words, { code: codeFromHttpStatus(httpStatus) })
}

/** Reduces a page of HTML to its title: markup is useless in a status message. */
function readable(contentType: string, text: string): string {
  const isHtml = /html/i.test(contentType) || /^\s*</.test(text)
  const shown = isHtml ? titleOf(text) : text
  return shown.replace(/\s+/g, " ").trim().slice(0, maxShown)
}

/** Parses by hand: a regular expression would try every `<title` up to the end of the text, and a page may have thousands. */
function titleOf(html: string): string {
  const tag = html.toLowerCase().indexOf("<title")
  const from = tag < 0 ? -1 : html.indexOf(">", tag)
  if (from < 0) return ""
  const end = html.indexOf("<", from)
  return html.slice(from + 1, end < 0 ? html.length : end)
}
