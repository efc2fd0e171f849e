import { duplexPair } from "node:stream"
import type { Duplex } from "node:stream"
import type { Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { FlushTurn } from "../../core/flush-turn.ts"
import type { Lost, UpstreamListener, UpstreamStream } from "../../core/upstream-stream.ts"
import type { ClosedStream, Http2Connection, Http2ConnectionListener } from "../http2-connection.ts"
import { dataFrame, frame, headersFrame, settingsFrame, windowUpdateFrame } from "../../../test/support/h2-frames.ts"
import { goawayFrame, pingFrame, preface, Setting, Type } from "../../../test/support/h2-frames.ts"
import { connectByCodec } from "./connection.ts"

const turnEnd = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}
const requestFields = [":method", "POST", ":scheme", "http", ":path", "/a.B/C", ":authority", "a", "te", "trailers"]
const head = (id: number): Buffer => headersFrame(id, [":status", "200"])

/** A connection whose other end is the test. Written memory is overwritten once it has been taken, as the kernel would allow. */
class Scene implements Http2ConnectionListener {
  readonly connection: Http2Connection
  readonly backend: Duplex
  /** Sizes of the writes. */
  readonly writes: number[] = []
  readonly events: string[] = []
  #received: Buffer = Buffer.alloc(0)

  constructor(firstStreamId = 1) {
    const [ours, theirs] = duplexPair()
    this.backend = theirs
    for (const side of [ours, theirs]) side.on("error", () => {})
    const write = ours.write.bind(ours) as (chunk: Uint8Array) => boolean
    const poisoned = (chunk: Uint8Array, done: () => void): boolean => {
      this.writes.push(chunk.length)
      const isFree = write(Buffer.from(chunk))
      chunk.fill(0xdd)
      process.nextTick(done)
      return isFree
    }
    Object.assign(ours, { write: poisoned })
    theirs.on("data", (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])))
    this.connection = connectByCodec(new FlushTurn(), firstStreamId)(ours as unknown as Socket, this)
  }

  /** The frames that the backend has received, as `type/flags@stream payload`. The preface comes first. */
  get frames(): string[] {
    const frames: string[] = []
    for (let at = preface.length; at + 9 <= this.#received.length;) {
      const length = this.#received.readUIntBE(at, 3)
      const [type, flags] = [this.#received[at + 3], this.#received[at + 4]]
      const payload = this.#received.subarray(at + 9, at + 9 + length)
      const text = type === Type.Data ? payload.toString("latin1") : payload.toString("hex")
      frames.push(`${type}/${flags}@${this.#received.readUInt32BE(at + 5)} ${text}`)
      at += 9 + length
    }
    return frames
  }

  dataBytes(streamId: number): number {
    return this.frames
      .filter((one) => one.startsWith("0/") && one.includes(`@${streamId} `))
      .reduce((sum, one) => sum + one.length - one.indexOf(" ") - 1, 0)
  }

  async begin(settings: readonly (readonly [number, number])[] = []): Promise<void> {
    await this.send(settingsFrame(settings))
    this.events.length = 0
  }

  async send(...frames: readonly Uint8Array[]): Promise<void> {
    this.backend.write(Buffer.concat(frames))
    await turnEnd()
  }

  open(onDrained = (): void => {}): { stream: UpstreamStream; told: string[] } {
    const told: string[] = []
    const listener: UpstreamListener = {
      head: (status, _fields, isLast) => told.push(`head ${status} ${isLast}`),
      data: (chunk) => told.push(`data ${Buffer.from(chunk).toString("latin1")}`),
      end: (trailers) => told.push(`end ${JSON.stringify(trailers)}`),
      lost: ({ kind, code }) => told.push(`lost ${kind} ${code}`),
      drained: onDrained,
      crashed: (cause) => told.push(`crashed ${String(cause)}`),
    }
    return { stream: this.connection.request(requestFields, listener, null), told }
  }

  settingsCame(maxStreams: number): void {
    this.events.push(`settings ${maxStreams}`)
  }

  goawayCame(code: number, lastStreamId: number): void {
    this.events.push(`goaway ${code} ${lastStreamId}`)
  }

  connectionFailed(error: Error): void {
    this.events.push(`failed: ${error.message}`)
  }

  connectionClosed(): void {
    this.events.push("closed")
  }

  streamClosed(): void {
    this.events.push("stream closed")
  }

  streamReset(): void {}
  streamReceived(): void {}

  howLost({ rstCode = 0 }: ClosedStream): Lost {
    return { kind: "reset", code: rstCode, wasProcessed: "maybe", cause: null }
  }
}

const scenes: Scene[] = []
afterEach(() => {
  for (const scene of scenes.splice(0)) scene.connection.destroy()
})

async function start(settings?: readonly (readonly [number, number])[]): Promise<Scene> {
  const scene = new Scene()
  scenes.push(scene)
  await scene.begin(settings)
  return scene
}

describe("what is written", () => {
  it("begins with the preface, SETTINGS and the window of all streams", async () => {
    const scene = new Scene()
    scenes.push(scene)
    await turnEnd()
    expect(scene.writes).toHaveLength(1)
    expect(scene.frames).toEqual(["4/0@0 000200000000000400020000000600020000", "8/0@0 003f0001"])
  })

  it("leaves in one write per turn, whatever the number of calls, and is gone from our memory", async () => {
    const scene = await start()
    const before = scene.writes.length
    for (let i = 0; i < 20; i++) {
      const { stream } = scene.open()
      stream.write([Buffer.from(`message ${i}`)])
      stream.end()
    }
    await turnEnd()
    expect(scene.writes).toHaveLength(before + 1)
    const data = scene.frames.filter((one) => one.startsWith("0/"))
    expect(data).toEqual(Array.from({ length: 20 }, (_, i) => `0/1@${2 * i + 1} message ${i}`))
  })

  it("has an end of its own if the message has left already", async () => {
    const scene = await start()
    const { stream } = scene.open()
    stream.write([Buffer.from("a")])
    await turnEnd()
    stream.end()
    await turnEnd()
    expect(scene.frames.slice(-2)).toEqual(["0/0@1 a", "0/1@1 "])
  })

  it("is a head in several frames if it is long (RFC 9113 §6.10)", async () => {
    const scene = await start()
    const fields = [...requestFields, "x-long", "a".repeat(40_000)]
    scene.connection.request(fields, listenerOf(), null)
    await turnEnd()
    expect(scene.frames.slice(-3).map((one) => one.slice(0, 6))).toEqual(["1/0@1 ", "9/0@1 ", "9/4@1 "])
  })
})

describe("the windows of the backend", () => {
  it("hold uploads back: that of the stream, that of the connection, and a change of the initial one", async () => {
    const scene = await start([[Setting.InitialWindowSize, 10]])
    let drained = 0
    const { stream } = scene.open(() => drained++)
    expect(stream.write([Buffer.alloc(70_000, "a")])).toBe(false)
    stream.end()
    await turnEnd()
    expect(scene.dataBytes(1)).toBe(10)
    expect(stream.unsentBytes).toBe(69_990)
    await scene.send(settingsFrame([[Setting.InitialWindowSize, 5]]))
    await scene.send(windowUpdateFrame(1, 5))
    expect(scene.dataBytes(1)).toBe(10)
    await scene.send(windowUpdateFrame(1, 100_000))
    expect(scene.dataBytes(1)).toBe(65_535)
    expect(drained).toBe(0)
    await scene.send(windowUpdateFrame(0, 100_000))
    expect(scene.dataBytes(1)).toBe(70_000)
    expect(drained).toBe(1)
    expect(scene.frames.at(-1)).toMatch(/^0\/1@1 a+$/)
  })

  it("keep nothing of a stream that is reset meanwhile", async () => {
    const scene = await start([[Setting.InitialWindowSize, 10]])
    const { stream, told } = scene.open()
    stream.write([Buffer.alloc(100)])
    stream.reset(8)
    await scene.send(windowUpdateFrame(1, 100_000), head(1), dataFrame(1, Buffer.from("late")))
    expect(scene.dataBytes(1)).toBe(10)
    expect(scene.frames.at(-1)).toBe("3/0@1 00000008")
    expect(told).toEqual([])
  })
})

describe("our windows", () => {
  it("go back to the backend in portions, and not while the reader pauses", async () => {
    const scene = await start()
    const { stream, told } = scene.open()
    stream.end()
    await scene.send(head(1))
    stream.start()
    stream.pause()
    for (let i = 0; i < 5; i++) await scene.send(dataFrame(1, Buffer.alloc(16_000)))
    expect(told.filter((one) => one.startsWith("data"))).toHaveLength(5)
    expect(scene.frames.filter((one) => one.startsWith("8/0@1"))).toEqual([])
    stream.resume()
    await turnEnd()
    expect(scene.frames.filter((one) => one.startsWith("8/0@1"))).toEqual(["8/0@1 00013880"])
  })

  it("end a stream whose data exceeds its own, and the connection when all data does", async () => {
    const scene = await start()
    const { told } = scene.open()
    await scene.send(head(1), ...Array.from({ length: 9 }, () => dataFrame(1, Buffer.alloc(16_000))))
    expect(told).toEqual(["head 200 false"])
    expect(scene.frames).toContain("3/0@1 00000003")
  })
})

describe("data", () => {
  it("of one stream in one read comes as one chunk, and waits for its reader", async () => {
    const scene = await start()
    const { stream, told } = scene.open()
    const words = ["one ", "two ", "three"]
    await scene.send(head(1), ...words.map((word) => dataFrame(1, Buffer.from(word))), pingFrame())
    expect(told).toEqual(["head 200 false"])
    stream.start()
    await turnEnd()
    expect(told).toEqual(["head 200 false", "data one two three"])
    await scene.send(dataFrame(1, Buffer.from("!")), headersFrame(1, ["grpc-status", "0"], true))
    expect(told.slice(2)).toEqual(["data !", 'end ["grpc-status","0"]'])
  })
})

describe("a connection", () => {
  it("tells of the streams that a GOAWAY leaves out, lets the others finish, then ends", async () => {
    const scene = await start()
    const [first, second] = [scene.open(), scene.open()]
    first.stream.end()
    await scene.send(goawayFrame(1, 0))
    expect(scene.connection.canRequest).toBe(false)
    expect(second.told).toEqual(["lost reset 7"])
    await scene.send(headersFrame(1, [":status", "200", "grpc-status", "0"], true))
    expect(first.told).toEqual(["head 200 true"])
    scene.backend.end()
    await turnEnd()
    expect(scene.events).toEqual(["goaway 0 1", "stream closed", "stream closed", "closed"])
  })

  it("that we close tells the backend, and waits for its calls", async () => {
    const scene = await start()
    const { told, stream } = scene.open()
    stream.end()
    scene.connection.close()
    await scene.send(headersFrame(1, [":status", "200", "grpc-status", "0"], true))
    expect(scene.frames.at(-1)).toBe("7/0@0 0000000000000000")
    expect(told).toEqual(["head 200 true"])
  })

  it("answers pings, and is told of the answers to its own", async () => {
    const scene = await start()
    let answers = 0
    scene.connection.ping(() => answers++)
    await scene.send(pingFrame(Buffer.from("12345678")), frame(Type.Ping, 1, 0, Buffer.alloc(8)))
    expect(answers).toBe(1)
    expect(scene.frames.slice(-2)).toEqual(["6/0@0 0000000000000000", "6/1@0 3132333435363738"])
  })

  it("has no ids left behind 2^31-1 (RFC 9113 §5.1.1)", async () => {
    const scene = new Scene(2 ** 31 - 3)
    scenes.push(scene)
    await scene.begin()
    for (let i = 0; i < 2; i++) {
      expect(scene.connection.canRequest).toBe(true)
      scene.open()
    }
    expect(scene.connection.hasIds).toBe(false)
    expect(scene.connection.canRequest).toBe(false)
    await turnEnd()
    expect(scene.frames.at(-1)).toMatch(/^1\/4@2147483647 /)
  })

  it("keeps to the backend's table, and says so before the next head (RFC 7541 §4.2)", async () => {
    const scene = await start([[1, 0]])
    scene.open()
    scene.open()
    await turnEnd()
    const heads = scene.frames.filter((one) => one.startsWith("1/"))
    expect(heads[0].slice(6, 8)).toBe("20")
    expect(heads[1]).not.toMatch(/be|bf/)
  })

  it("ends with a GOAWAY when the backend breaks the rules, and says why", async () => {
    const scene = await start()
    const { told } = scene.open()
    await scene.send(windowUpdateFrame(0, 0))
    expect(scene.events).toEqual(["failed: the backend sent a WINDOW_UPDATE of 0", "stream closed", "closed"])
    expect(told).toEqual(["lost reset 8"])
    expect(scene.frames.at(-1)).toBe("7/0@0 0000000000000001")
  })
})

function listenerOf(): UpstreamListener {
  const nothing = (): void => {}
  return { head: nothing, data: nothing, end: nothing, lost: nothing, drained: nothing, crashed: nothing }
}
