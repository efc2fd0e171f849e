import { expect, test } from "vitest"

import { callForTest, done } from "./call-for-test.ts"
import { createCallLog } from "./call-log.ts"
import { sampleCalls } from "./call-samples.ts"

const running = callForTest({ startedMs: 5, phase: { kind: "running" } })

test("calls that end at the same moment all count: the clocks of browsers are coarse", () => {
  const log = createCallLog()
  const samples = sampleCalls(log)
  for (const id of [log.add(running), log.add(running)]) log.change(id, () => ({ phase: { ...done, durationMs: 3 } }))
  expect(samples()).toHaveLength(2)
})

test("a call that changes after its end counts once", () => {
  const log = createCallLog()
  const samples = sampleCalls(log)
  const id = log.add(running)
  log.change(id, () => ({ phase: { ...done, durationMs: 3 } }))
  log.change(id, () => ({ httpVersion: "h2" }))
  expect(samples()).toEqual([{ id, endedMs: 8, durationMs: 3 }])
})
