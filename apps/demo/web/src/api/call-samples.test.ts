import { UserService } from "@causeway/proto/api/v1/user_pb"
import { expect, test } from "vitest"

import { createCallLog } from "./call-log.ts"
import type { CallPhase } from "./call-record.ts"
import { sampleCalls } from "./call-samples.ts"

const call = {
  method: UserService.method.getUser,
  url: "",
  startTimeMs: 0,
  startedMs: 5,
  phase: { kind: "running" },
  attempts: 1,
  requestBytes: 0,
  responseBytes: 0,
  httpStatus: null,
  httpVersion: null,
  requestHeader: [],
  responseHeader: [],
  trailer: [],
  requests: [],
  requestCount: 0,
  responses: [],
  responseCount: 0,
} as const

const done: CallPhase = { kind: "done", code: null, error: null, durationMs: 3 }

test("calls that end at the same moment all count: the clocks of browsers are coarse", () => {
  const log = createCallLog()
  const samples = sampleCalls(log)
  for (const id of [log.add(call), log.add(call)]) log.change(id, () => ({ phase: done }))
  expect(samples()).toHaveLength(2)
})

test("a call that changes after its end counts once", () => {
  const log = createCallLog()
  const samples = sampleCalls(log)
  const id = log.add(call)
  log.change(id, () => ({ phase: done }))
  log.change(id, () => ({ httpVersion: "h2" }))
  expect(samples()).toEqual([{ id, endedMs: 8, durationMs: 3 }])
})
