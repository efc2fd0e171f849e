import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { BridgeError } from "../core/errors.ts"
import { NonGrpcBody, nonGrpcAnswer } from "./non-grpc-body.ts"

function scene(contentType: string | null = "text/plain", throws = false) {
  const errors: BridgeError[] = []
  const crashes: unknown[] = []
  const body = new NonGrpcBody(503, contentType, {
    nonGrpc(error) {
      errors.push(error)
      if (throws) throw new Error("injected")
    },
    crashed: (cause) => crashes.push(cause),
  })
  return { body, errors, crashes }
}

describe("NonGrpcBody", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("reports the text once, at the end of the body", () => {
    const { body, errors } = scene()
    body.push(Buffer.from("no healthy "))
    body.push(Buffer.from("upstream"))
    expect(errors).toEqual([])
    body.end()
    body.end()
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ reason: "backend-not-grpc", code: 14 })
    expect(errors[0].message).toContain("HTTP 503 (text/plain)")
    expect(errors[0].message).toContain("no healthy upstream")
    expect(vi.getTimerCount()).toBe(0)
  })

  it("reports after 4 KiB or after a second, whichever is first", () => {
    const long = scene()
    long.body.push(Buffer.alloc(4_096, "x"))
    expect(long.errors).toHaveLength(1)
    const slow = scene()
    slow.body.push(Buffer.from("x"))
    vi.advanceTimersByTime(999)
    expect(slow.errors).toEqual([])
    vi.advanceTimersByTime(1)
    expect(slow.errors).toHaveLength(1)
  })

  it("reports nothing once it is cancelled", () => {
    const { body, errors } = scene()
    body.cancel()
    body.end()
    vi.advanceTimersByTime(5_000)
    expect(errors).toEqual([])
  })

  it("passes on an error that its reader throws in the timer, which nothing else would catch", () => {
    const { crashes } = scene("text/plain", true)
    vi.advanceTimersByTime(1_000)
    expect(crashes).toEqual([expect.objectContaining({ message: "injected" })])
  })
})

describe("nonGrpcAnswer", () => {
  it.each([
    ["text/html", "<html><head><title> 502 Bad\n Gateway </title></head>", ": 502 Bad Gateway"],
    ["text/html", "<h1>no title</h1>", "not gRPC"],
    ["no content type", "<html><title>sniffed</title>", ": sniffed"],
    ["application/json", '{"error":"x"}', ': {"error":"x"}'],
    ["text/plain", "", "not gRPC"],
  ])("makes a message of %s %j", (type, body, end) => {
    expect(nonGrpcAnswer(502, type, Buffer.from(body)).message.endsWith(end)).toBe(true)
  })

  it.each(["<title", "<title>", "< ", "\n \t"])(
    "takes a megabyte of %j at once: steps grow with its length alone",
    (piece) => {
      // Quadratic time would take minutes.
      expect(nonGrpcAnswer(502, "text/html", Buffer.from(piece.repeat(200_000))).code).toBe(14)
      expect(nonGrpcAnswer(502, "text/plain", Buffer.from(piece.repeat(200_000))).code).toBe(14)
    },
  )

  it("is bounded, whatever the body is", () => {
    const error = nonGrpcAnswer(200, "x".repeat(10_000), Buffer.alloc(4_096, 0xff))
    expect(error.message.length).toBeLessThan(500)
    expect(error.code).toBe(2)
  })
})
