import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"

import { lastLines } from "./log-tail.ts"

async function writeLog(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "causeway-log-"))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, "bridge.log")
  await writeFile(file, text)
  return file
}

it("gives the last five lines", async () => {
  expect(await lastLines(await writeLog("1\n2\n3\n4\n5\n6\n"), 0)).toBe("2\n3\n4\n5\n6")
})

it("leaves out what an earlier run wrote", async () => {
  const earlier = "earlier\n"
  expect(await lastLines(await writeLog(`${earlier}now\n`), earlier.length)).toBe("now")
  expect(await lastLines(await writeLog(earlier), earlier.length)).toBe("")
})

it("reads only the end of a long log", async () => {
  const long = "x".repeat(100_000)
  const words = await lastLines(await writeLog(`${long}\nthe end\n`), 0)
  expect(words).toMatch(/^x+\nthe end$/)
  expect(words.length).toBeLessThan(65_537)
})

it("gives nothing of a log that was cut in the meantime", async () => {
  expect(await lastLines(await writeLog("short\n"), 1_000)).toBe("")
})
