import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CallRecord } from "../core/call-record.ts"
import { createAccessLog } from "./access-log.ts"

const record = new CallRecord(1, 0, { address: "127.0.0.1:5", carrier: "http2", isTls: false }, "POST", "/a.B/C")

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "access-log-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

function open(path: string, failures: Error[] = []): NonNullable<ReturnType<typeof createAccessLog>> {
  const log = createAccessLog(path, (cause) => failures.push(cause))
  if (log === null) throw new Error("off")
  return log
}

describe("the access log", () => {
  it("does not exist if its target is null", () => {
    expect(createAccessLog(null, () => {})).toBeNull()
  })

  it("appends a line per call to its file, and all of them before it is closed", async () => {
    const path = join(directory, "calls.log")
    for (let round = 0; round < 2; round++) {
      const log = open(path)
      for (let i = 0; i < 1_000; i++) log.observer.callEnded(record)
      await log.close()
      expect(log.dropped).toBe(0)
    }
    const lines = readFileSync(path, "utf8").trimEnd().split("\n")
    expect(lines).toHaveLength(2_000)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ msg: "call", method: "/a.B/C" })
  })

  it("has written everything after a flush", async () => {
    const path = join(directory, "calls.log")
    const log = open(path)
    log.observer.callEnded(record)
    await log.flush()
    expect(readFileSync(path, "utf8")).toMatch(/^\{.*\}\n$/)
    await log.close()
  })

  it("refuses to start if its file cannot be opened, and names the file", () => {
    const path = join(directory, "missing", "calls.log")
    expect(() => open(path)).toThrow(expect.objectContaining({ code: "ENOENT", path }))
  })

  it.runIf(process.platform === "linux")(
    "counts what a full disk did not take, tells of it once, and harms no call",
    async () => {
      const failures: Error[] = []
      const log = open("/dev/full", failures)
      for (let i = 0; i < 3; i++) {
        log.observer.callEnded(record)
        await log.flush()
      }
      expect(log.dropped).toBe(3)
      expect(failures).toEqual([expect.objectContaining({ code: "ENOSPC" })])
      await log.close()
    },
  )

  it("leaves nothing behind on the process", async () => {
    const before = process.listenerCount("exit")
    const log = open(join(directory, "calls.log"))
    expect(process.listenerCount("exit")).toBe(before + 1)
    await log.close()
    expect(process.listenerCount("exit")).toBe(before)
  })
})
