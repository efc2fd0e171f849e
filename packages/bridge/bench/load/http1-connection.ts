import type { Socket } from "node:net"
import type { CallEvents, ClientConnection, LoadCall } from "./client-connection.ts"
import { openSocket } from "./client-connection.ts"
import type { LoadSpec } from "./load-spec.ts"
import { constantFields, preparedRequests, varyingFields, writeNumber } from "./request-fields.ts"

interface PreparedRequest {
  readonly bytes: Buffer
  /** Where the request id ends. */
  readonly requestIdEnd: number
}

/** The requests over HTTP/1.1 that the connections send in turn, head and body. */
export function prepareHttp1(spec: LoadSpec, body: Uint8Array): readonly PreparedRequest[] {
  const { host } = new URL(spec.address)
  const fields = constantFields(spec).map(([name, value]) => `${name}: ${value}\r\n`)
  return Array.from({ length: preparedRequests }, (_, i) => {
    const { path, authorization, requestId } = varyingFields(i)
    const start = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n${fields.join("")}`
    const head = `${start}authorization: ${authorization}\r\nx-request-id: ${requestId}`
    return {
      bytes: Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]),
      requestIdEnd: head.length,
    }
  })
}

type State =
  | { readonly kind: "head" }
  | { readonly kind: "sized"; leftBytes: number }
  /** `leftBytes`: of the current chunk with its line end; 0: the line with the next size comes. */
  | { readonly kind: "chunked"; leftBytes: number }

const head: State = { kind: "head" }
const lineEndBytes = 2

/** One call at a time over HTTP/1.1. */
export class Http1Connection implements ClientConnection {
  openCalls = 0
  readonly #socket: Socket
  readonly #requests: readonly PreparedRequest[]
  readonly #events: CallEvents
  #call: LoadCall | null = null
  #state: State = head
  #unread: Buffer = Buffer.alloc(0)

  constructor(spec: LoadSpec, requests: readonly PreparedRequest[], events: CallEvents) {
    this.#requests = requests
    this.#events = events
    this.#socket = openSocket(spec.address, "http1")
      .on("data", (chunk: Buffer) => this.#read(chunk))
      .on("error", (error) => events.failed(error.message))
      .on("close", () => {
        if (this.#call !== null) events.failed("the subject closed a connection during a call")
      })
  }

  begin(call: LoadCall): void {
    const request = this.#requests[call.number % this.#requests.length]
    const bytes = Buffer.from(request.bytes)
    writeNumber(bytes, request.requestIdEnd, call.number)
    this.#call = call
    this.openCalls = 1
    this.#socket.write(bytes)
  }

  abort(): void {
    this.#call = null
    this.openCalls = 0
    this.#socket.resetAndDestroy() // no TIME_WAIT, which would use up the ports
  }

  #read(chunk: Buffer): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    let at = 0
    while (at < bytes.length && this.#call !== null) {
      const next = this.#readPart(this.#call, bytes, at)
      if (next === at) break
      at = next
    }
    this.#unread = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at)
    if (this.#call !== null) this.#events.progressed(this, this.#call)
  }

  /** Returns where the next part begins: `at` itself when more bytes are needed. */
  #readPart(call: LoadCall, bytes: Buffer, at: number): number {
    const state = this.#state
    if (state.kind === "head") return this.#readHead(call, bytes, at)
    if (state.leftBytes === 0) return this.#readChunkSize(call, state, bytes, at)
    const taken = Math.min(state.leftBytes, bytes.length - at)
    const after = state.leftBytes - taken
    const notContent = state.kind === "chunked" ? lineEndBytes : 0
    const contentBytes = Math.max(state.leftBytes - notContent, 0) - Math.max(after - notContent, 0)
    call.answer.read(bytes, at, at + contentBytes)
    state.leftBytes = after
    if (state.kind === "sized" && after === 0) this.#end(call)
    return at + taken
  }

  #readHead(call: LoadCall, bytes: Buffer, at: number): number {
    const end = bytes.indexOf("\r\n\r\n", at)
    if (end < 0) return at
    const text = bytes.toString("latin1", at, end)
    if (!text.startsWith("HTTP/1.1 200")) this.#events.failed(`the subject answered ${text}`)
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
    this.#state =
      length === undefined ? { kind: "chunked", leftBytes: 0 } : { kind: "sized", leftBytes: Number(length) }
    if (length === "0") this.#end(call)
    return end + 4
  }

  #readChunkSize(call: LoadCall, state: State & { leftBytes: number }, bytes: Buffer, at: number): number {
    const end = bytes.indexOf("\r\n", at)
    if (end < 0) return at
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16)
    if (size > 0) {
      state.leftBytes = size + lineEndBytes
      return end + lineEndBytes
    }
    const last = bytes.indexOf("\r\n\r\n", at)
    if (last < 0) return at
    this.#end(call)
    return last + 4
  }

  #end(call: LoadCall): void {
    this.#call = null
    this.openCalls = 0
    this.#state = head
    this.#events.ended(this, call)
  }
}
