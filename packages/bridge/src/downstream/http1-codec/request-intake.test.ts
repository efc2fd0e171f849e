import type { HeadProblem } from "@causeway/protocol/http1"
import { FieldNames } from "@causeway/protocol/http1"
import { describe, expect, it, vi } from "vitest"
import type { IntakeListener } from "./request-intake.ts"
import { RequestIntake } from "./request-intake.ts"

const limits = { maxBytes: 1_000, maxFields: 20 }

/** Writes down what the intake reports. Answers each request at once, or when the test says so. */
class Log implements IntakeListener {
  readonly events: string[] = []
  readonly intake: RequestIntake
  readonly #answersAtOnce: boolean

  constructor(answersAtOnce: boolean) {
    this.#answersAtOnce = answersAtOnce
    this.intake = new RequestIntake(limits, new FieldNames(), this)
  }

  request(head: { methodEnd: number; targetEnd: number }, bytes: Buffer): void {
    this.events.push(`request ${bytes.toString("latin1", head.methodEnd + 1, head.targetEnd)}`)
  }

  body(piece: Buffer): void {
    const before = this.events.at(-1) ?? ""
    const text = piece.toString("latin1")
    if (before.startsWith("body ")) this.events[this.events.length - 1] = before + text
    else this.events.push(`body ${text}`)
  }

  requestEnded(): void {
    this.events.push("end")
    if (this.#answersAtOnce) this.intake.release()
  }

  unreadable({ status }: HeadProblem): void {
    this.events.push(`unreadable ${status}`)
  }

  tooMuchWaits(): void {
    this.events.push("too much")
  }

  ignored(bytes: number): void {
    this.events.push(`ignored ${bytes}`)
  }
}

function feed(log: Log, ...pieces: string[]): readonly string[] {
  for (const piece of pieces) log.intake.feed(Buffer.from(piece, "latin1"))
  return log.events
}

const empty = "GET /1 HTTP/1.1\r\n\r\n"
const sized = "POST /2 HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello"
const chunked = "POST /3 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
const three = ["request /1", "end", "request /2", "body hello", "end", "request /3", "body hello", "end"]

describe("the intake of a connection", () => {
  it("divides its bytes into requests, wherever they are cut", () => {
    const text = empty + sized + chunked
    for (let cut = 0; cut <= text.length; cut++) {
      expect(feed(new Log(true), text.slice(0, cut), text.slice(cut)), `cut at ${cut}`).toEqual(three)
    }
    expect(feed(new Log(true), ...text)).toEqual(three)
  })

  it("lets a request wait while another is answered", () => {
    const log = new Log(false)
    feed(log, sized + empty, chunked)
    expect(log.events).toEqual(["request /2", "body hello", "end"])
    expect(log.intake.hasWaiting).toBe(true)
    log.intake.release()
    log.intake.readWaiting()
    expect(log.events.slice(3)).toEqual(["request /1", "end"])
    log.intake.release()
    log.intake.readWaiting()
    expect(log.events.slice(5)).toEqual(["request /3", "body hello", "end"])
    expect(log.intake.hasWaiting).toBe(false)
  })

  it("keeps 64 KiB of what waits, and no more", () => {
    const log = new Log(false)
    feed(log, empty, "x".repeat(65_536))
    expect(log.events).toEqual(["request /1", "end"])
    feed(log, "x")
    expect(log.events.at(-1)).toBe("too much")
    expect(log.intake.hasWaiting).toBe(false)
  })

  it("keeps few of the pieces that wait, since each costs memory however small it is", () => {
    const log = new Log(false)
    feed(log, empty, ..."x".repeat(300))
    expect(log.events).toContain("too much")
  })

  it("keeps no blank lines, however many come and wherever they are cut", () => {
    const alloc = vi.spyOn(Buffer, "allocUnsafe")
    const log = new Log(true)
    feed(log, "\r", ...Array.from({ length: 1_000 }, () => "\n\r\n\r\n\r"), "\n", empty)
    const largest = Math.max(...alloc.mock.calls.map(([size]) => size))
    alloc.mockRestore()
    expect(log.events).toEqual(["request /1", "end"])
    expect(largest).toBeLessThanOrEqual(2_048)
  })

  it("reads on rightly when each listener overwrites the memory of what it was given", () => {
    const log = new Log(true)
    const poisoned: IntakeListener = {
      request: (head, bytes) => {
        log.request(head, bytes)
        bytes.fill("\0", head.start, head.end)
      },
      body: (piece) => {
        log.body(piece)
        piece.fill("\0")
      },
      requestEnded: () => {
        log.events.push("end")
        intake.release()
      },
      unreadable: (problem) => log.unreadable(problem),
      tooMuchWaits: () => log.tooMuchWaits(),
      ignored: (bytes) => log.ignored(bytes),
    }
    let intake = new RequestIntake(limits, new FieldNames(), poisoned)
    const text = empty + sized + chunked
    for (let cut = 0; cut <= text.length; cut++) {
      log.events.length = 0
      intake = new RequestIntake(limits, new FieldNames(), poisoned)
      for (const piece of [text.slice(0, cut), text.slice(cut)]) {
        const bytes = Buffer.from(piece, "latin1")
        intake.feed(bytes)
      }
      expect(log.events, `cut at ${cut}`).toEqual(three)
    }
  })

  it.each([
    ["a head", "GARBAGE\r\n", 400],
    ["a head without end", "a".repeat(1_001), 431],
    ["a chunk", "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nz", 400],
  ])("reports %s that cannot be read, and reads nothing after it", (_what, bytes, status) => {
    const log = new Log(true)
    feed(log, bytes, empty)
    expect(log.events.filter((event) => !event.startsWith("request /"))).toContain(`unreadable ${status}`)
    expect(log.events.at(-1)).toBe(`ignored ${empty.length}`)
  })

  it("does not keep a head beyond its limit, however small the pieces", () => {
    const log = new Log(true)
    feed(log, ...`GET / HTTP/1.1\r\na: ${"b".repeat(2_000)}`)
    expect(log.events[0]).toBe("unreadable 431")
  })

  it("knows whether it is inside a head or a body", () => {
    const { intake } = new Log(true)
    expect([intake.isInsideHead, intake.isInsideBody]).toEqual([false, false])
    intake.feed(Buffer.from("POST / HTTP/1.1\r\nco"))
    expect([intake.isInsideHead, intake.isInsideBody]).toEqual([true, false])
    intake.feed(Buffer.from("ntent-length: 2\r\n\r\na"))
    expect([intake.isInsideHead, intake.isInsideBody]).toEqual([false, true])
    intake.feed(Buffer.from("b"))
    expect([intake.isInsideHead, intake.isInsideBody]).toEqual([false, false])
  })
})
