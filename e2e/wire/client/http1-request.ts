import type { Http1Head, RawHttp1 } from "../../../packages/bridge/test/support/raw-http1.ts"
import { connectRawHttp1, httpChunk } from "../../../packages/bridge/test/support/raw-http1.ts"
import { waitFor } from "../../../packages/bridge/test/support/wait-for.ts"
import type { Answer } from "./answer.ts"
import { readAnswer } from "./answer.ts"
import type { RequestLine, WebRequest } from "./web-request.ts"

/** One request over an HTTP/1.1 socket. */
export class Http1Request implements WebRequest {
  readonly #raw: RawHttp1
  readonly #isChunked: boolean
  readonly #pieces: Buffer[] = []
  #head: Http1Head | null = null
  #state: "open" | "whole" | "cut" = "open"

  static async open(address: string, line: RequestLine): Promise<Http1Request> {
    return new Http1Request(await connectRawHttp1(address), line)
  }

  constructor(raw: RawHttp1, { method, path, fields, bodyBytes }: RequestLine) {
    this.#raw = raw
    this.#isChunked = bodyBytes === undefined && method === "POST"
    const framing = this.#isChunked ? ["transfer-encoding", "chunked"] : ["content-length", String(bodyBytes ?? 0)]
    const all = ["host", "wire.test", ...fields, ...framing]
    const lines = all.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : []))
    raw.send(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`)
    void this.#read(method)
  }

  async #read(method: string): Promise<void> {
    try {
      const head = await this.#finalHead()
      this.#head = head
      if (method !== "HEAD") for await (const piece of this.#raw.body(head)) this.#pieces.push(piece)
      this.#state = "whole"
    } catch {
      this.#state = "cut"
    }
  }

  async #finalHead(): Promise<Http1Head> {
    await waitFor(() => this.#raw.unread.length > 0 || this.#raw.isClosed, { timeoutMs: 60_000 })
    const head = await this.#raw.head()
    return head.status < 200 ? this.#finalHead() : head
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#raw.send(this.#isChunked ? httpChunk(bytes) : bytes)
  }

  end(): void {
    if (this.#isChunked) this.#raw.send(httpChunk(new Uint8Array()))
  }

  async until(isEnough: (soFar: Answer) => boolean): Promise<Answer> {
    await waitFor(() => this.#state !== "open" || (this.#head !== null && isEnough(this.#soFar())))
    if (!isEnough(this.#soFar())) throw new Error("the answer ended early")
    return this.#soFar()
  }

  async answer(): Promise<Answer> {
    await waitFor(() => this.#state !== "open", { timeoutMs: 60_000 })
    if (this.#head === null) throw new Error("the connection closed without an answer")
    return this.#soFar()
  }

  /**
   * RawHttp1 reads a chunked body up to its last chunk and one line break. HTTP trailers would come before that line
   * break.
   */
  #soFar(): Answer {
    const { status, fields } = this.#head ?? { status: 0, fields: [] }
    const hasHttpTrailers = this.#state === "whole" && this.#raw.unread.length > 0
    return readAnswer({
      httpStatus: status,
      fields,
      pieces: this.#pieces,
      isCut: this.#state === "cut",
      hasHttpTrailers,
    })
  }

  get sentBytes(): number {
    return this.#raw.socket.bytesWritten - this.#raw.socket.writableLength
  }

  pause(): void {
    this.#raw.socket.pause()
  }

  resume(): void {
    this.#raw.socket.resume()
  }

  cancel(): void {
    this.#raw.destroy()
  }

  close(): void {
    this.#raw.destroy()
  }
}
