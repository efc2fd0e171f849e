import { Code } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { nonGrpcAnswer } from "./non-grpc-answer.ts"

function respond(status: number, contentType: string, body: BodyInit | null): Response {
  return new Response(body, { status, headers: { "content-type": contentType, "x-causeway-reason": "bad-host" } })
}

describe("an answer that is not gRPC-Web", () => {
  it("is shown on one line, and only its beginning", async () => {
    const error = await nonGrpcAnswer(respond(500, "text/plain", `first\n\n  second ${"x".repeat(1_000)}`))
    expect(error.message).toMatch(/beginning with "first second x{67}"/)
  })

  it("carries its HTTP status, headers and the bridge's reason", async () => {
    const error = await nonGrpcAnswer(respond(403, "application/json", "{}"))
    expect(error).toMatchObject({
      code: Code.PermissionDenied,
      source: "http",
      httpStatus: 403,
      reason: "bad-host",
    })
    expect(error.metadata.get("content-type")).toBe("application/json")
  })

  it.each([
    [200, "text/html", "A web page came"],
    [404, "text/plain", "is baseUrl the bridge's?"],
    [502, "text/html", "A proxy on the way could not reach the bridge"],
    [200, "application/json", "baseUrl is not the bridge's"],
  ])("HTTP %i of %s: %s", async (status, contentType, hint) => {
    expect((await nonGrpcAnswer(respond(status, contentType, "x"))).message).toContain(hint)
  })

  it("without a body has an error without an excerpt", async () => {
    expect((await nonGrpcAnswer(respond(503, "text/plain", null))).message).not.toContain("beginning with")
  })

  it("whose body does not arrive is reported within the grace time, and its body is canceled", async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const cancel = vi.fn()
    const told = nonGrpcAnswer(respond(503, "text/plain", new ReadableStream({ cancel })))
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await told).code).toBe(Code.Unavailable)
    expect(cancel).toHaveBeenCalled()
  })
})
