import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MetadataList } from "@causeway/protocol"
import { CallRecord } from "../core/call-record.ts"
import { BridgeError } from "../core/errors.ts"
import { accessLine, createTimestamp } from "./access-line.ts"

/** Any UTF-16 code unit, including lone surrogates. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))

const time = "2026-01-02T03:04:05.006Z"

function recordOf(path: string, fields: Partial<CallRecord> = {}): CallRecord {
  const record = new CallRecord(7, 1_000, { address: "127.0.0.1:5", carrier: "http1", isTls: false }, "POST", path)
  return Object.assign(record, { endedAt: 1_012.3456, code: 0 }, fields)
}

describe("a call's line", () => {
  it("has all known facts of a call", () => {
    const line = accessLine(
      recordOf("/a.B/C", {
        wire: "grpc-web",
        upstream: "http://b:1",
        origin: "https://app.example",
        attempts: 1,
        requestBytes: 10,
        replyBytes: 20,
        replyMessages: 2,
        requestMetadata: new MetadataList([
          ...["x-request-id", "r-1", "authorization", "Bearer secret"],
          ...["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        ]),
      }),
      time,
    )
    expect(line).toBe(
      '{"time":"2026-01-02T03:04:05.006Z","level":"info","msg":"call","id":7,' +
        '"requestId":"r-1","traceId":"0af7651916cd43dd8448eb211c80319c","client":"127.0.0.1","peer":"127.0.0.1:5","carrier":"http1",' +
        '"wire":"grpc-web","httpMethod":"POST","method":"/a.B/C","code":"OK","durationMs":12.346,"requestBytes":10,' +
        '"replyBytes":20,"replyMessages":2,"upstream":"http://b:1","attempts":1,"origin":"https://app.example"}\n',
    )
  })

  it("has the reason and the message if the bridge ended the call, and only the code of the cause", () => {
    const reset = Object.assign(new Error("read: secret bytes"), { code: "ECONNRESET" })
    const error = new BridgeError("backend-lost", "The backend is gone", {
      cause: new Error("stream", { cause: reset }),
    })
    const line = JSON.parse(accessLine(recordOf("/a.B/C", { code: 14, error }), time)) as Record<string, unknown>
    expect(line).toMatchObject({
      code: "UNAVAILABLE",
      reason: "backend-lost",
      message: "The backend is gone",
      cause: "ECONNRESET",
    })
    expect(JSON.stringify(line)).not.toContain("secret")
  })

  it("has the ends of the attempts before the last one, and the reason why that was not repeated", () => {
    const attemptEnds = [
      { endpoint: "http://b:1", code: 14, why: "backend-status" },
      { endpoint: null, code: 14, why: "backend-unreachable" },
    ] as const
    const fields = { attempts: 3, attemptEnds, notRetried: "attempts-used-up", endpoint: "http://b:3" }
    const line = JSON.parse(accessLine(recordOf("/a.B/C", fields), time)) as Record<string, unknown>
    expect(line).toMatchObject({
      endpoint: "http://b:3",
      attempts: 3,
      attemptEnds: [
        { endpoint: "http://b:1", code: "UNAVAILABLE", why: "backend-status" },
        { code: "UNAVAILABLE", why: "backend-unreachable" },
      ],
      notRetried: "attempts-used-up",
    })
  })

  it("omits the fields that a refused request never had", () => {
    const line = JSON.parse(accessLine(recordOf("/favicon.ico", { code: 12 }), time)) as Record<string, unknown>
    expect(line).toMatchObject({ method: "/favicon.ico", code: "UNIMPLEMENTED" })
    for (const field of [
      "requestId",
      "traceId",
      "wire",
      "upstream",
      "origin",
      "reason",
      "message",
      "cause",
      "attemptEnds",
      "notRetried",
    ])
      expect(line).not.toHaveProperty(field)
  })

  it("stays one line and one object, whatever a stranger sends", () => {
    const hostile = fc.oneof(
      fc.string({ unit: anyUnit }),
      fc.string({
        unit: fc.constantFrom('"', "\\", "\n", "\r", "\0", "\u2028", "\ud800", "é", "{", "}", ",", ":", "a"),
      }),
    )
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (path, origin, message, id) => {
        const requestMetadata = new MetadataList(["x-request-id", id, "traceparent", id])
        const error = new BridgeError("origin-refused", message)
        const line = accessLine(recordOf(path, { origin, error, requestMetadata }), time)
        expect(line.indexOf("\n")).toBe(line.length - 1)
        expect(line).not.toMatch(/[\0\r]/)
        const read = JSON.parse(line) as Record<string, unknown>
        expect(read).toMatchObject({
          msg: "call",
          level: "info",
          method: path,
          origin,
          message,
          reason: "origin-refused",
        })
      }),
    )
  })
})

describe("a line's time", () => {
  it("equals Date's, in ISO 8601", () => {
    const timestamp = createTimestamp()
    const wallMs = fc.integer({ min: 0, max: 4e12 })
    fc.assert(
      fc.property(wallMs, (ms) => {
        expect(timestamp(ms)).toBe(new Date(ms).toISOString())
      }),
    )
  })

  it("is right within and across seconds, and after the clock is set back", () => {
    const timestamp = createTimestamp()
    for (const ms of [999, 1_000, 1_001, 1_099, 1_999, 2_000, 500]) {
      expect(timestamp(ms)).toBe(new Date(ms).toISOString())
    }
  })
})
