import { Duplex } from "node:stream"
import { setImmediate as turn } from "node:timers/promises"
import { FieldNames } from "@causeway/protocol/http1"
import { describe, expect, it } from "vitest"
import type { Exchange, ExchangeListener } from "../../core/exchange.ts"
import { combineObservers } from "../../core/observer.ts"
import { Http1CodecConnection } from "./connection.ts"
import { HttpDate } from "./http-date.ts"

const second = 1_000

/** A socket whose other end is the test. */
class FakeSocket extends Duplex {
  sent = ""
  /** The client does not read: what is written stays. */
  isStuck = false
  #stuck: (() => void)[] = []

  constructor() {
    super({ allowHalfOpen: true })
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const write = (): void => {
      this.sent += chunk.toString("latin1")
      done()
    }
    if (this.isStuck) this.#stuck.push(write)
    else write()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error)
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }

  flow(): void {
    this.isStuck = false
    for (const write of this.#stuck.splice(0)) write()
  }
}

interface Scene {
  readonly socket: FakeSocket
  readonly connection: Http1CodecConnection
  readonly exchanges: readonly Exchange[]
  /** Events of all exchanges, in order. */
  readonly events: readonly string[]
  readonly failures: readonly string[]
  /** Receives bytes of the client. */
  receive(text: string): Promise<void>
}

/** A connection whose requests are handled as the test says. `spoil` may throw in any callback. */
function scene(onEvent: (exchange: Exchange, event: string) => void = () => {}): Scene {
  const socket = new FakeSocket()
  const events: string[] = []
  const failures: string[] = []
  const exchanges: Exchange[] = []
  const serve = (exchange: Exchange): void => {
    exchanges.push(exchange)
    const tell = (event: string): void => {
      events.push(`${exchange.head.target} ${event}`)
      onEvent(exchange, event)
    }
    tell("began")
    const listener: ExchangeListener = {
      data: (chunk) => tell(`data ${Buffer.from(chunk).toString("latin1")}`),
      end: () => tell("end"),
      gone: () => tell("gone"),
      drained: () => tell("drained"),
      tooFragmented: () => tell("tooFragmented"),
      leavingUnseen: () => tell("leavingUnseen"),
      crashed: (cause) => {
        events.push(`${exchange.head.target} crashed ${(cause as Error).message}`)
        answer(exchange)
      },
    }
    exchange.start(listener)
  }
  const options = {
    headTimeoutMs: 10 * second,
    keepAliveTimeoutMs: 60 * second,
    maxHeadBytes: 10_000,
    maxFields: 100,
    names: new FieldNames(),
    date: new HttpDate(),
    drainState: { isDraining: false },
    observer: { ...combineObservers([]), connectionFailed: (reason: string) => failures.push(reason) },
    serve,
  }
  const peer = { address: "127.0.0.1:1", carrier: "http1", isTls: false } as const
  const connection = new Http1CodecConnection(socket as never, peer, options)
  const receive = async (text: string): Promise<void> => {
    socket.push(Buffer.from(text, "latin1"))
    for (let turns = 0; turns < 3; turns++) await turn()
  }
  return { socket, connection, exchanges, events, failures, receive }
}

function answer(exchange: Exchange): void {
  exchange.respond({ status: 200, fields: [] })
  exchange.end([Buffer.from(exchange.head.target)], null)
}

const answerAtEnd = (exchange: Exchange, event: string): void => {
  if (event === "end") answer(exchange)
}

const get = (target: string): string => `GET ${target} HTTP/1.1\r\n\r\n`
const post = (target: string, body: string): string =>
  `POST ${target} HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const answers = ({ socket }: Scene): number => socket.sent.split("HTTP/1.1 200").length - 1

describe("a connection of our own HTTP/1.1", () => {
  it("goes on behind a request whose listener has thrown, at the first byte after it", async () => {
    const one = scene((exchange, event) => {
      if (event.startsWith("data") && exchange.head.target === "/1") throw new Error("injected")
      answerAtEnd(exchange, event)
    })
    await one.receive(post("/1", "abc") + get("/2"))
    expect(one.events).toEqual(["/1 began", "/1 data abc", "/1 crashed injected", "/2 began", "/2 end"])
    expect(answers(one)).toBe(2)
  })

  it("is cut when the code that begins requests throws, since nothing would ever answer", async () => {
    const one = scene((_exchange, event) => {
      if (event === "began") throw new Error("injected")
    })
    await one.receive(get("/1"))
    expect(one.socket.destroyed).toBe(true)
  })

  it("serves no request that waited when the client has closed its side", async () => {
    const one = scene(answerAtEnd)
    one.socket.isStuck = true
    await one.receive(get("/1") + get("/2"))
    one.socket.push(null)
    await turn()
    one.socket.flow()
    for (let turns = 0; turns < 4; turns++) await turn()
    expect(one.events).toEqual(["/1 began", "/1 end", "/1 drained"])
    expect(answers(one)).toBe(1)
    expect(one.socket.destroyed).toBe(true)
  })

  it("reports that an answer was lost, not that it was sent, when the socket fails before", async () => {
    const one = scene(answerAtEnd)
    one.socket.isStuck = true
    await one.receive(get("/1"))
    one.socket.destroy()
    for (let turns = 0; turns < 3; turns++) await turn()
    expect(one.events).toEqual(["/1 began", "/1 end", "/1 gone"])
  })

  it("ends the call at once whose request cannot be read on, and asks for no upload behind the refusal", async () => {
    const one = scene()
    await one.receive("POST /1 HTTP/1.1\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\nz")
    expect(one.events).toEqual(["/1 began", "/1 gone"])
    expect(one.socket.sent).toMatch(/^HTTP\/1\.1 400 /)
    expect(one.socket.sent).not.toContain("100 Continue")
    expect(one.socket.destroyed).toBe(false)
  })

  it("closes its side, and reads on, when the rest of an answered upload cannot be read", async () => {
    const one = scene((exchange, event) => {
      if (event === "began") setImmediate(() => answer(exchange))
    })
    await one.receive("POST /1 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")
    await one.receive("z")
    expect(one.failures).toEqual(["unreadable"])
    expect(one.socket.sent).toMatch(/^HTTP\/1\.1 200 .*\/1$/s)
    expect([one.socket.writableEnded, one.socket.destroyed]).toEqual([true, false])
    one.socket.push(null)
    await turn()
    expect(one.socket.destroyed).toBe(true)
  })

  it("lets an exchange that has ended touch neither the next answer nor the next upload", async () => {
    const one = scene((exchange, event) => {
      if (exchange.head.target === "/1") answerAtEnd(exchange, event)
    })
    await one.receive(get("/1") + post("/2", "abc"))
    const [first, next] = one.exchanges
    next.pause()
    first.resume()
    expect(one.socket.isPaused()).toBe(true)
    next.resume()
    first.pause()
    expect(one.socket.isPaused()).toBe(false)
    expect([first.write([Buffer.from("secret")]), first.end([Buffer.from("secret")], null)]).toEqual([true, true])
    answer(next)
    expect(one.socket.sent).not.toContain("secret")
    expect(answers(one)).toBe(2)
  })

  it.each(["", "\r\n", "\r\nGE"])("is refused after --head-timeout if %j is all that comes", async (text) => {
    const one = scene()
    await one.receive(text)
    const now = performance.now()
    one.connection.closeIfIdle(now + 9 * second)
    expect(one.failures).toEqual([])
    one.connection.closeIfIdle(now + 10 * second)
    expect(one.failures).toEqual(["slow-head"])
    expect(one.socket.sent).toMatch(/^HTTP\/1\.1 408 /)
  })

  it("closes --keep-alive-timeout after its last request, however many blank lines come", async () => {
    const one = scene(answerAtEnd)
    await one.receive(get("/1"))
    const served = performance.now()
    while (performance.now() < served + 2) await one.receive("\r\n")
    one.connection.closeIfIdle(served + 59 * second)
    expect(one.socket.writableEnded).toBe(false)
    one.connection.closeIfIdle(served + 60 * second)
    expect(one.socket.writableEnded).toBe(true)
  })

  it("gives a head its whole time, even if it begins at the end of the idle time", async () => {
    const one = scene(answerAtEnd)
    await one.receive(get("/1"))
    await one.receive("\r\nG")
    one.connection.closeIfIdle(performance.now() + 9 * second)
    expect(one.failures).toEqual([])
    await one.receive("ET /2 HTTP/1.1\r\n\r\n")
    expect(answers(one)).toBe(2)
  })
})
