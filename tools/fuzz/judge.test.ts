import { expect, it } from "vitest"
import { judge, judgeSteps } from "./judge.ts"

const nothing = { reset: () => {}, largest: 0, total: 0 }

/** Keeps the CPU busy for this long. */
function burn(cpuMs: number): void {
  const since = process.threadCpuUsage()
  for (let used = 0; used < cpuMs * 1000;) {
    const { user, system } = process.threadCpuUsage(since)
    used = user + system
  }
}

it("does not judge a slow machine: an input that takes long is compared with its own first quarter", () => {
  const input = new Uint8Array(320)
  expect(judge({ name: "linear", run: ({ length }) => burn(length) }, input, nothing)).toBeNull()
  const quadratic = judge({ name: "quadratic", run: ({ length }) => burn((length / 17) ** 2) }, input, nothing)
  expect(quadratic?.problem).toMatch(/^takes \d+ ms of CPU for 320 bytes, \d+ for a quarter of them$/)
})

it("counts how often a part of the code runs, whatever time that takes", () => {
  expect(judgeSteps(4_096 * 8, new Uint8Array(4_096))).toBeNull()
  expect(judgeSteps(4_096 * 4_096, new Uint8Array(4_096))?.kind).toBe("time")
  expect(judgeSteps(4_096, new Uint8Array(0))).toBeNull()
})
