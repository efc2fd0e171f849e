import { UserService } from "@causeway/proto/api/v1/user_pb"
import type { CallRecord } from "./call-record.ts"

/** How a call ended that was answered. */
export const done = { kind: "done", code: null, error: null, durationMs: 1 } as const

/** What a test puts into a call log: a call that was answered, but for what the test changes. */
export function callForTest(change: Partial<CallRecord> = {}): Omit<CallRecord, "id"> {
  return {
    method: UserService.method.getUser,
    url: "http://bridge.example/api.v1.UserService/GetUser",
    startTimeMs: 0,
    startedMs: 0,
    phase: done,
    attempts: 1,
    requestBytes: 0,
    responseBytes: 0,
    httpStatus: 200,
    httpVersion: null,
    requestHeader: [],
    responseHeader: [],
    trailer: [],
    requests: [],
    requestCount: 0,
    responses: [],
    responseCount: 0,
    ...change,
  }
}
