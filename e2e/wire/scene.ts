import assert from "node:assert/strict"
import { grpcMessage } from "../../packages/bridge/test/support/h2-frames.ts"
import type { RawPeerOptions } from "../../packages/bridge/test/support/raw-h2.ts"
import type { Certificate } from "../../packages/bridge/test/support/certificate.ts"
import { waitFor } from "../../packages/bridge/test/support/wait-for.ts"
import type { Answer } from "./client/answer.ts"
import { describeAnswer } from "./client/answer.ts"
import type { WebRequest } from "./client/web-request.ts"
import { openRequest } from "./client/open-request.ts"
import type { BackendStream, StreamHandler, WireBackend } from "./raw/wire-backend.ts"
import { caseField, startWireBackend } from "./raw/wire-backend.ts"
import type { Proxy, Target } from "./target.ts"
import type { Encoding, Variant } from "./variant.ts"

/** A proxy before a raw backend. */
export interface Lab {
  readonly target: Target
  readonly backend: WireBackend
  readonly proxy: Proxy
  close(): Promise<void>
}

/** Starts both. */
export async function startLab(
  target: Target,
  options: RawPeerOptions & { readonly tls?: Certificate } = {},
): Promise<Lab> {
  const backend = await startWireBackend(options)
  const proxy = await target.start({ upstream: backend.url, ...(options.tls && { upstreamCa: options.tls }) })
  return {
    target,
    backend,
    proxy,
    async close() {
      await proxy.close()
      await backend.close()
    },
  }
}

/** A request of a case. What is left out is the variant's. */
export interface CallOptions {
  readonly method?: string
  /** Default `/wire.Case/Call`. */
  readonly path?: string
  /** Default: the request's encoding, with `+proto`. Null: none. */
  readonly contentType?: string | null
  /** Default: the reply's encoding, as the official client asks for text; none where nothing but binary is meant. Null: none. */
  readonly accept?: string | null
  /** Further fields, a flat list. */
  readonly fields?: readonly string[]
  /** Says `content-length` in advance. */
  readonly bodyBytes?: number
}

/** What a case has in its hands: a client and a backend, both raw, and the proxy between them. */
export class Scene {
  readonly variant: Variant
  /** The proxy's address. */
  readonly address: string
  readonly backend: WireBackend
  readonly target: Target
  /** The calls of this case that reached the backend, in order. */
  readonly streams: BackendStream[] = []
  /** What was seen, in a few words. */
  seen = ""
  /** The value of `caseField` that its calls carry. */
  readonly id: string
  #isClosed = false
  readonly #closers: (() => void | Promise<void>)[] = []

  constructor(target: Target, backend: WireBackend, address: string, variant: Variant, id: string) {
    this.target = target
    this.backend = backend
    this.address = address
    this.variant = variant
    this.id = id
    this.serve(() => {})
  }

  /** What the backend does with each call of this case, from its head on. */
  serve(handler: StreamHandler): void {
    this.backend.serve(this.id, (stream) => {
      this.streams.push(stream)
      return handler(stream)
    })
  }

  /** The same once the request has ended. */
  reply(handler: StreamHandler): void {
    this.serve(async (stream) => {
      if (await stream.ended()) await handler(stream)
    })
  }

  /** Waits for the `number`th call (from 1) at the backend. */
  async stream(number = 1): Promise<BackendStream> {
    await waitFor(() => this.streams.length >= number)
    return this.streams[number - 1]
  }

  /** Opens a request; the case writes its body. */
  async open(options: CallOptions = {}): Promise<WebRequest> {
    const { request, reply, carrier } = this.variant
    const isPlain = request === "binary" && reply === "binary"
    const { contentType = typeOf(request), accept = isPlain ? null : typeOf(reply) } = options
    const fields = [caseField, this.id, ...(options.fields ?? [])]
    if (contentType !== null) fields.unshift("content-type", contentType)
    if (accept !== null) fields.push("accept", accept)
    const { method = "POST", path = "/wire.Case/Call", bodyBytes } = options
    const opened = await openRequest(this.address, carrier, { method, path, fields, ...(bodyBytes && { bodyBytes }) })
    await this.onClose(() => opened.close())
    return opened
  }

  /** Sends one message, by default "hello", and waits for the answer. */
  async call(options: CallOptions & { readonly body?: Uint8Array } = {}): Promise<Answer> {
    const opened = await this.open(options)
    opened.write(this.encode(options.body ?? grpcMessage("hello")))
    opened.end()
    return this.seeing(opened)
  }

  /** Waits for the answer and keeps it as what was seen. */
  async seeing(request: WebRequest): Promise<Answer> {
    this.seen = "no answer"
    const answer = await request.answer()
    this.seen = describeAnswer(answer)
    return answer
  }

  /** Frames as the request writes them: text as one padded segment. */
  encode(frames: Uint8Array): Buffer {
    const bytes = Buffer.from(frames)
    return this.variant.request === "text" ? Buffer.from(bytes.toString("base64")) : bytes
  }

  /** What was seen, where the last answer does not say it. */
  note(text: string): void {
    this.seen = text
  }

  /** A backend and a proxy of its own, for what the shared ones cannot be. */
  async apart(options: Parameters<typeof startLab>[1] = {}): Promise<Scene> {
    const lab = await startLab(this.target, options)
    await this.onClose(() => lab.close())
    return this.#other(lab.backend, lab.proxy.address)
  }

  /** A proxy of its own before this address, where no backend of this scene listens. */
  async proxyBefore(upstream: string, upstreamCa?: Certificate): Promise<Scene> {
    const proxy = await this.target.start({ upstream, ...(upstreamCa && { upstreamCa }) })
    await this.onClose(() => proxy.close())
    return this.#other(this.backend, proxy.address)
  }

  /** The proxy of that scene with this backend, which has come up where it looks for one. */
  behind({ address }: Scene, backend: WireBackend): Scene {
    return this.#other(backend, address)
  }

  #other(backend: WireBackend, address: string): Scene {
    const scene = new Scene(this.target, backend, address, this.variant, `${this.id}.${this.#closers.length}`)
    void this.onClose(() => scene.close())
    return scene
  }

  /** Something to end with the case: at once, where its time was over before this had begun. */
  async onClose(end: () => void | Promise<void>): Promise<void> {
    if (this.#isClosed) await end()
    else this.#closers.push(end)
  }

  /** Closes what the case opened, the last first, and reports what the backend's part of it threw. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.backend.forget(this.id)
    for (const end of this.#closers.toReversed()) await end()
    for (const { failure } of this.streams) if (failure !== null) throw failure
  }
}

/** The content type of an encoding. */
function typeOf(encoding: Encoding): string {
  return encoding === "text" ? "application/grpc-web-text+proto" : "application/grpc-web+proto"
}

/** Segments, each padded to whole groups of four (RFC 4648 §4). */
const paddedBase64 = /^(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/][A-Za-z0-9+/=]))*$/

/**
 * Expects this status, and that the answer is whole: nothing but frames, of which at most one holds trailers, the last. Whether a
 * proxy's own error may be another HTTP status than 200 is a case for itself (R18): a status in the head can be read then, too.
 */
export function expectStatus(answer: Answer, code: number, messages: readonly string[] = []): void {
  assert.equal(answer.isCut, false, "the answer was cut")
  assert.ok(answer.lines !== null || answer.raw.length === 0, "a body without a trailer frame")
  if (answer.isText) assert.match(answer.raw.toString("latin1"), paddedBase64, "no base64 in whole groups")
  assert.ok(answer.httpStatus === 200 || answer.lines === null, `HTTP ${answer.httpStatus} with a body of frames`)
  assert.equal(answer.code, code, `status ${answer.code} in place of ${code}`)
  assert.deepEqual(answer.messages, messages, "other messages")
  assert.equal(answer.openBytes, 0, "half a frame at the end")
  const flags = answer.frames.map((frame) => frame.flags)
  assert.ok(
    flags.slice(0, -1).every((flag) => (flag & 0x80) === 0),
    `flags ${flags.join(" ")}`,
  )
  assert.equal(answer.hasHttpTrailers, false, "HTTP trailers, which no page can read")
}
