import type { Socket } from "node:net"
import { connect } from "node:net"
import { connect as connectTls } from "node:tls"
import { waitFor } from "./wait-for.ts"

/** A response head. */
export interface Http1Head {
  readonly status: number
  /** Flat list of lower-case names and values, in their order. */
  readonly fields: readonly string[]
}

/** A complete response. */
export interface Http1Response extends Http1Head {
  readonly body: Buffer
}

/** One HTTP/1.1 connection, which sends the bytes of the test, one by one if needed. */
export class RawHttp1 {
  readonly socket: Socket
  /** The other end has closed its side, or the connection is gone. */
  isClosed = false
  #unread: Buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.on("data", (chunk: Buffer) => (this.#unread = Buffer.concat([this.#unread, chunk])))
    socket.on("end", () => (this.isClosed = true)).on("close", () => (this.isClosed = true))
  }

  /** Received bytes that were not read yet. */
  get unread(): Buffer {
    return this.#unread
  }

  send(...parts: readonly (Uint8Array | string)[]): void {
    const bytes = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)))
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  /** Closes this end at once. */
  destroy(): void {
    this.socket.destroy()
  }

  async closed(timeoutMs?: number): Promise<void> {
    await waitFor(() => this.isClosed, timeoutMs === undefined ? {} : { timeoutMs })
  }

  /** The next response, whole. Rejects when the connection closes before its end. */
  async response(): Promise<Http1Response> {
    const head = await this.head()
    const parts: Buffer[] = []
    for await (const part of this.body(head)) parts.push(part)
    return { ...head, body: Buffer.concat(parts) }
  }

  /** The head of the next response. */
  async head(): Promise<Http1Head> {
    const [line, ...lines] = (await this.#takeUntil("\r\n\r\n")).toString("latin1").split("\r\n")
    const fields = lines.flatMap((field) => {
      const colon = field.indexOf(":")
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    })
    return { status: Number(line.split(" ")[1]), fields }
  }

  /** The next chunk of a chunked body; null: it has ended. */
  async chunk(): Promise<Buffer | null> {
    const size = Number.parseInt((await this.#takeUntil("\r\n")).toString("latin1"), 16)
    const chunk = await this.#take(size + 2)
    return size === 0 ? null : chunk.subarray(0, size)
  }

  /** The body of a response in the pieces in which it was sent: its chunks, or one. */
  async *body({ status, fields }: Http1Head): AsyncGenerator<Buffer, void> {
    if (status === 204) return
    if (valueOf(fields, "transfer-encoding") === "chunked") {
      for (let part = await this.chunk(); part !== null; part = await this.chunk()) yield part
      return
    }
    const length = valueOf(fields, "content-length")
    if (length === null) await this.closed()
    yield await this.#take(length === null ? this.#unread.length : Number(length))
  }

  async #takeUntil(mark: string): Promise<Buffer> {
    await this.#expect(() => this.#unread.includes(mark), `no ${JSON.stringify(mark)}`)
    const taken = await this.#take(this.#unread.indexOf(mark) + mark.length)
    return taken.subarray(0, taken.length - mark.length)
  }

  async #take(length: number): Promise<Buffer> {
    await this.#expect(() => this.#unread.length >= length, `fewer than ${length} bytes`)
    const taken = this.#unread.subarray(0, length)
    this.#unread = this.#unread.subarray(length)
    return taken
  }

  async #expect(isThere: () => boolean, problem: string): Promise<void> {
    await waitFor(() => isThere() || this.isClosed)
    if (!isThere()) throw new Error(`the connection closed: ${problem}`)
  }
}

/** Connects to `http://host:port`, or over TLS to `https://host:port`, trusting this certificate authority. */
export async function connectRawHttp1(address: string, ca?: string): Promise<RawHttp1> {
  const { hostname, port, protocol } = new URL(address)
  const isTls = protocol === "https:"
  const socket = isTls
    ? connectTls({ host: hostname, port: Number(port), ca, ALPNProtocols: ["http/1.1"] })
    : connect(Number(port), hostname)
  await new Promise<void>((resolve, reject) => {
    socket.once(isTls ? "secureConnect" : "connect", resolve).once("error", reject)
  })
  return new RawHttp1(socket)
}

/** The first value of a field in a flat list, or null. */
export function valueOf(fields: readonly string[], name: string): string | null {
  return valuesOf(fields, name)[0] ?? null
}

/** All values of a field in a flat list, in their order. */
export function valuesOf(fields: readonly string[], name: string): string[] {
  return fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === name)
}

/** The head of a POST, as a flat list of fields says it; `host` comes first unless the fields have one. */
export function requestHead(path: string, fields: readonly string[], version = "1.1"): string {
  const names = fields.filter((_, i) => i % 2 === 0)
  const lines = names.map((name, i) => `${name}: ${fields[2 * i + 1]}`)
  if (!names.some((name) => name.toLowerCase() === "host")) lines.unshift("Host: bridge.test")
  return `POST ${path} HTTP/${version}\r\n${lines.join("\r\n")}\r\n\r\n`
}

/** A chunk of a chunked body; an empty one ends it. */
export function httpChunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")])
}
