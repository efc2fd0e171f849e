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

/** A proxy in front of a raw backend. */
export interface Lab {
  readonly target: Target
  readonly backend: WireBackend
  readonly proxy: Proxy
  close(): Promise<void>
}

/** Starts a backend and a proxy. */
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

/** The options of a request. Omitted options follow from the variant. */
export interface CallOptions {
  readonly method?: string
  /** Default `/wire.Case/Call`. */
  readonly path?: string
  /** Default: the encoding of the request, with `+proto`. Null: no content type. */
  readonly contentType?: string | null
  /**
   * Default: the encoding of the reply, as the official client sends it; no Accept if request and reply are binary.
   * Null: no Accept.
   */
  readonly accept?: string | null
  /** Further fields, a flat list. */
  readonly fields?: readonly string[]
  /** Sends this as `content-length`. */
  readonly bodyBytes?: number
}

/** The tools of a case: a raw client, a raw backend, and the proxy between them. */
export class Scene {
  readonly variant: Variant
  /** The proxy's address. */
  readonly address: string
  readonly backend: WireBackend
  readonly target: Target
  /** The calls of this case that reached the backend, in order. */
  readonly streams: BackendStream[] = []
  /** A short description of the observed behaviour. */
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

  /** Sets what the backend does with each call of this case, from the request head on. */
  serve(handler: StreamHandler): void {
    this.backend.serve(this.id, (stream) => {
      this.streams.push(stream)
      return handler(stream)
    })
  }

  /** Sets what the backend does with each call of this case once the request has ended. */
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

  /** Waits for the answer and records it as the observed behaviour. */
  async seeing(request: WebRequest): Promise<Answer> {
    this.seen = "no answer"
    const answer = await request.answer()
    this.seen = describeAnswer(answer)
    return answer
  }

  /** Encodes frames as the variant's request does; text becomes one padded segment. */
  encode(frames: Uint8Array): Buffer {
    const bytes = Buffer.from(frames)
    return this.variant.request === "text" ? Buffer.from(bytes.toString("base64")) : bytes
  }

  /** Sets the observed behaviour if the last answer does not show it. */
  note(text: string): void {
    this.seen = text
  }

  /** A scene with its own backend and proxy, for options that the shared ones do not have. */
  async apart(options: Parameters<typeof startLab>[1] = {}): Promise<Scene> {
    const lab = await startLab(this.target, options)
    await this.onClose(() => lab.close())
    return this.#other(lab.backend, lab.proxy.address)
  }

  /** A scene with its own proxy for this upstream address, where no backend of this scene listens. */
  async proxyBefore(upstream: string, upstreamCa?: Certificate): Promise<Scene> {
    const proxy = await this.target.start({ upstream, ...(upstreamCa && { upstreamCa }) })
    await this.onClose(() => proxy.close())
    return this.#other(this.backend, proxy.address)
  }

  /** A scene with the proxy of the given scene and this backend, which has started at the proxy's upstream address. */
  behind({ address }: Scene, backend: WireBackend): Scene {
    return this.#other(backend, address)
  }

  #other(backend: WireBackend, address: string): Scene {
    const scene = new Scene(this.target, backend, address, this.variant, `${this.id}.${this.#closers.length}`)
    void this.onClose(() => scene.close())
    return scene
  }

  /** Registers a clean-up for the end of the case. Runs it at once if the case has already ended. */
  async onClose(end: () => void | Promise<void>): Promise<void> {
    if (this.#isClosed) await end()
    else this.#closers.push(end)
  }

  /** Closes everything that the case opened, the last first, and throws the first error of a backend handler. */
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
 * Expects this status and a complete answer: only frames, and trailers only in the last one. An error of the proxy
 * itself may have another HTTP status than 200, with the gRPC status in the head; case R18 checks that separately.
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
