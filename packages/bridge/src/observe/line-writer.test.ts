import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { LineSink } from "./line-writer.ts"
import { LineWriter } from "./line-writer.ts"

/** A sink that holds each batch until the test reports its result. */
class HeldSink implements LineSink {
  readonly batches: string[] = []
  readonly syncBatches: string[] = []
  isClosed = false
  #done: ((error: Error | null) => void) | null = null

  write(text: string, done: (error: Error | null) => void): void {
    if (this.#done !== null) throw new Error("two batches at once")
    this.batches.push(text)
    this.#done = done
  }

  writeSync(text: string): void {
    this.syncBatches.push(text)
  }

  close(): void {
    this.isClosed = true
  }

  answer(error: Error | null = null): void {
    const done = this.#done
    this.#done = null
    done?.(error)
  }
}

let sink: HeldSink
let failures: Error[]

function createWriter(gatherMs: number): LineWriter {
  return new LineWriter(sink, { gatherMs, onFailure: (cause) => failures.push(cause) })
}

beforeEach(() => {
  vi.useFakeTimers()
  sink = new HeldSink()
  failures = []
})
afterEach(() => vi.useRealTimers())

describe("a writer of lines", () => {
  it("collects lines until the time has passed", () => {
    const writer = createWriter(100)
    writer.write("a\n")
    vi.advanceTimersByTime(99)
    writer.write("b\n")
    expect(sink.batches).toEqual([])
    vi.advanceTimersByTime(1)
    expect(sink.batches).toEqual(["a\nb\n"])
  })

  it("writes 64 KiB at once", () => {
    const writer = createWriter(100)
    writer.write("x".repeat(65_535))
    expect(sink.batches).toHaveLength(0)
    writer.write("\n")
    expect(sink.batches).toHaveLength(1)
  })

  it("writes every line at once if it does not collect", () => {
    createWriter(0).write("a\n")
    expect(sink.batches).toEqual(["a\n"])
  })

  it("writes one batch at a time, and collects the lines that come meanwhile", () => {
    const writer = createWriter(100)
    writer.write("a\n")
    vi.advanceTimersByTime(100)
    writer.write("b\n")
    vi.advanceTimersByTime(500)
    expect(sink.batches).toEqual(["a\n"])
    sink.answer()
    writer.write("c\n")
    expect(sink.batches).toEqual(["a\n"])
    vi.advanceTimersByTime(100)
    expect(sink.batches).toEqual(["a\n", "b\nc\n"])
  })

  it("holds at most 1 MiB for a blocked sink, and counts the dropped lines", () => {
    const writer = createWriter(0)
    const line = `${"x".repeat(1_023)}\n`
    for (let i = 0; i < 1 + 1_024 + 5; i++) writer.write(line)
    expect(writer.dropped).toBe(5)
    sink.answer()
    expect(sink.batches[1]).toHaveLength(1_048_576)
  })

  it("counts the lines of a failed batch, reports only the first failure, and goes on", () => {
    const writer = createWriter(0)
    const full = new Error("disk full")
    writer.write("a\n")
    writer.write("b\n")
    writer.write("c\n")
    sink.answer(full)
    sink.answer(full)
    expect([writer.dropped, failures]).toEqual([3, [full]])
    writer.write("d\n")
    sink.answer()
    writer.write("e\n")
    sink.answer(full)
    expect([writer.dropped, failures]).toEqual([4, [full, full]])
  })

  it("begins a new line after a failure, which may have left half a line", () => {
    const writer = createWriter(0)
    writer.write("a\n")
    sink.answer(new Error("disk full"))
    writer.write("b\n")
    sink.answer()
    writer.write("c\n")
    expect(sink.batches).toEqual(["a\n", "\nb\n", "c\n"])
  })
})

describe("flush", () => {
  it("resolves when everything has been written", async () => {
    const writer = createWriter(100)
    writer.write("a\n")
    const flushed = writer.flush()
    writer.write("b\n")
    sink.answer()
    sink.answer()
    await flushed
    expect(sink.batches).toEqual(["a\n", "b\n"])
  })

  it("resolves at once when nothing waits", async () => {
    await createWriter(100).flush()
    expect(sink.batches).toEqual([])
  })

  it("gives up on a blocked sink after a second", async () => {
    const writer = createWriter(100)
    writer.write("a\n")
    const flushed = writer.flush()
    await vi.advanceTimersByTimeAsync(1_000)
    await flushed
  })

  it("comes before the sink is closed", async () => {
    const writer = createWriter(100)
    writer.write("a\n")
    const closed = writer.close()
    expect(sink.isClosed).toBe(false)
    sink.answer()
    await closed
    expect([sink.isClosed, sink.batches]).toEqual([true, ["a\n"]])
  })

  it("writes waiting lines synchronously when the process ends at once, and never throws", () => {
    const writer = createWriter(100)
    writer.write("a\n")
    writer.flushSync()
    expect(sink.syncBatches).toEqual(["a\n"])
    writer.flushSync()
    sink.writeSync = () => {
      throw new Error("gone")
    }
    writer.write("b\n")
    writer.flushSync()
    expect([sink.syncBatches, writer.dropped]).toEqual([["a\n"], 1])
  })
})
