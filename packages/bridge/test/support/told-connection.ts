import type { Socket } from "node:net"
import { duplexPair } from "node:stream"
import { FlushTurn } from "../../src/core/flush-turn.ts"
import type { Lost, UpstreamListener, UpstreamStream } from "../../src/core/upstream-stream.ts"
import type { ClosedStream, Http2Connect, Http2Connection } from "../../src/upstream/http2-connection.ts"
import type { Http2ConnectionListener } from "../../src/upstream/http2-connection.ts"
import { connectByCodec } from "../../src/upstream/http2-codec/connection.ts"
import { connectByNode } from "../../src/upstream/http2-node/connection.ts"
import { howLost } from "../../src/upstream/session-end.ts"
import { settingsFrame } from "./h2-frames.ts"

/** What a session and its streams were told, in words. */
export interface Told {
  readonly session: readonly string[]
  readonly streams: readonly string[]
  /** Number of chunks after which the connection was ended, though not by the backend. Infinity: it was not. */
  readonly brokenAfter: number
}

const requestFields = [":method", "POST", ":scheme", "http", ":path", "/a.B/C", ":authority", "a", "te", "trailers"]
/** Turns of the event loop without news after which none is expected. Node's stack takes several for a chunk. */
const quietTurns = 8

/** What both implementations tell of a backend that sends these chunks to two calls, and then ends the connection. */
export async function tellBoth(chunks: readonly Uint8Array[]): Promise<{ readonly node: Told; readonly codec: Told }> {
  return { node: await tell(connectByNode, chunks), codec: await tellOfCodec(chunks) }
}

/** The same of our own codec alone. */
export function tellOfCodec(chunks: readonly Uint8Array[]): Promise<Told> {
  return tell(connectByCodec(new FlushTurn()), chunks)
}

async function tell(connect: Http2Connect, chunks: readonly Uint8Array[]): Promise<Told> {
  const [ours, theirs] = duplexPair()
  for (const side of [ours, theirs]) side.on("error", () => {})
  theirs.resume()
  const session = new ToldSession(connect, ours as unknown as Socket)
  theirs.write(settingsFrame())
  await session.quiet()
  // The first call has sent everything; the upload of the second goes on.
  const streams = [session.open(), session.open()]
  for (const { stream } of streams) stream?.write([Buffer.from("request")])
  streams[0].stream?.end()
  await session.quiet()
  session.forgetNews()
  let brokenAfter = Infinity
  for (const [i, chunk] of chunks.entries()) {
    theirs.write(Buffer.from(chunk))
    await session.quiet()
    if (!session.isClosed) continue
    brokenAfter = i + 1
    break
  }
  theirs.destroy()
  ours.destroy()
  await session.quiet()
  return { session: session.news, streams: streams.map((one) => one.told), brokenAfter }
}

class ToldSession implements Http2ConnectionListener {
  readonly #connection: Http2Connection
  news: string[] = []
  isClosed = false
  #count = 0
  #lastStreamId = Infinity
  #goawayCode = 0
  #hasServed = false

  constructor(connect: Http2Connect, socket: Socket) {
    this.#connection = connect(socket, this)
  }

  open(): ToldStream {
    const told = new ToldStream(() => this.#count++)
    told.stream = this.#connection.request(requestFields, told, null)
    return told
  }

  forgetNews(): void {
    this.news = []
  }

  async quiet(): Promise<void> {
    let before = -1
    for (let turn = 0; turn < quietTurns; turn = before === this.#count ? turn + 1 : 0) {
      before = this.#count
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  settingsCame(maxStreams: number): void {
    // node:http2 says 2^32-1 where the backend names no limit.
    this.#tell(`settings ${maxStreams === 2 ** 32 - 1 ? Infinity : maxStreams}`)
  }

  goawayCame(code: number, lastStreamId: number, words: string): void {
    this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId)
    this.#goawayCode = code
    this.#tell(`goaway ${code} ${lastStreamId} ${words}`)
  }

  connectionFailed(): void {}

  connectionClosed(): void {
    this.isClosed = true
    this.#tell("closed")
  }

  streamClosed(): void {
    this.#tell("a stream closed")
  }

  streamReset(): void {
    this.#tell("a stream was reset by us")
  }

  streamReceived(): void {
    this.#hasServed = true
    this.#count++
  }

  howLost(stream: ClosedStream): Lost {
    return howLost(stream, {
      isOver: this.#connection.destroyed || this.isClosed,
      lastStreamId: this.#lastStreamId,
      goawayCode: this.#goawayCode,
      hasServed: this.#hasServed,
      cause: null,
    })
  }

  #tell(words: string): void {
    this.#count++
    this.news.push(words)
  }
}

class ToldStream implements UpstreamListener {
  stream: UpstreamStream | null = null
  #head = ""
  #data = ""
  #end = ""
  readonly #onNews: () => void

  constructor(onNews: () => void) {
    this.#onNews = onNews
  }

  get told(): string {
    return `${this.#head} ${this.#data} ${this.#end}`
  }

  head(httpStatus: number, fields: readonly string[], isLast: boolean): void {
    this.#onNews()
    this.#head += `head ${httpStatus} ${JSON.stringify(fields)} ${isLast}`
    if (!isLast) queueMicrotask(() => this.stream?.start())
  }

  data(chunk: Uint8Array): void {
    this.#onNews()
    this.#data += Buffer.from(chunk).toString("latin1")
  }

  end(trailers: readonly string[] | null): void {
    this.#onNews()
    this.#end += `end ${JSON.stringify(trailers)}`
  }

  lost({ kind, code, wasProcessed }: Lost): void {
    this.#onNews()
    this.#end += `lost ${kind} ${code} ${wasProcessed}`
  }

  drained(): void {}

  crashed(cause: unknown): void {
    throw cause
  }
}
