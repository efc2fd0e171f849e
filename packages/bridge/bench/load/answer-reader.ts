import { frameHeaderBytes } from "@causeway/protocol"
import type { LoadSpec } from "./load-spec.ts"

type ExpectedAnswer = Pick<LoadSpec, "protocol" | "answerMessages" | "answerMessageBytes">

const trailerFlag = 0x80

/** Reads the body of an answer and counts its messages, so that every answer is checked. */
export class AnswerReader {
  messages = 0
  readonly #spec: ExpectedAnswer
  readonly #text: string[] = []
  #trailer = ""
  #headBytes = 0
  #flag = 0
  #length = 0
  #left = 0
  #isWrong = false

  constructor(spec: ExpectedAnswer) {
    this.#spec = spec
  }

  read(bytes: Buffer, start: number, end: number): void {
    if (this.#spec.protocol !== "grpc-web-text") return this.#readFrames(bytes, start, end)
    // Each message may be padded by itself. Only the end of the text tells how it is to be decoded.
    this.#text.push(bytes.toString("latin1", start, end))
  }

  /** The reason why this is not the whole answer, or null. */
  problem(): string | null {
    if (this.#text.length > 0) {
      for (const part of this.#text.join("").split(/(?<==)(?!=)/)) {
        const bytes = Buffer.from(part, "base64")
        this.#readFrames(bytes, 0, bytes.length)
      }
    }
    const { answerMessages, answerMessageBytes, protocol } = this.#spec
    if (this.#isWrong) return `a message does not have ${answerMessageBytes} bytes`
    if (this.messages !== answerMessages) return `${this.messages} messages in place of ${answerMessages}`
    if (this.#headBytes !== 0 || this.#left !== 0) return "the answer ends within a message"
    if (protocol === "grpc" || /grpc-status: ?0\r\n/i.test(this.#trailer)) return null
    return `the trailers do not say that the call was OK: ${JSON.stringify(this.#trailer)}`
  }

  #readFrames(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at)
        if (this.#flag === trailerFlag) this.#trailer += bytes.toString("latin1", at, at + taken)
        this.#left -= taken
        at += taken
        continue
      }
      const byte = bytes[at++]
      if (this.#headBytes === 0) this.#flag = byte
      else this.#length = this.#length * 256 + byte
      if (++this.#headBytes === frameHeaderBytes) this.#beginFrame()
    }
  }

  #beginFrame(): void {
    if (this.#flag !== trailerFlag) {
      this.messages++
      if (this.#length !== this.#spec.answerMessageBytes) this.#isWrong = true
    }
    this.#left = this.#length
    this.#length = 0
    this.#headBytes = 0
  }
}
