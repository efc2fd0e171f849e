import { describe, expect, it } from "vitest"
import { callPage } from "./support/page-call.ts"
import { dataFrame, H2Code, headersFrame } from "./support/h2-frames.ts"
import { nextTurn } from "./support/raw-h2.ts"
import { rawScene, replyScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"
import { waitFor } from "./support/wait-for.ts"

const html = ["content-type", "text/html; charset=utf-8"]
const page = Buffer.from(
  "<!doctype html><html><head><title>Service down</title></head><body><h1>sorry</h1></body></html>",
)
const origin = ["origin", "https://app.example"]

describe("an answer that is not gRPC", () => {
  it.each([
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [431, 2],
    [500, 2],
    [502, 14],
    [503, 14],
    [504, 14],
    [200, 2],
    [302, 2],
    [415, 2],
    [418, 2],
  ])("becomes a status of the gRPC table, always as HTTP 200 with CORS: HTTP %i is %i (C39)", async (http, code) => {
    const { bridge, replyWith } = await replyScene()
    const kinds = [html, ["content-type", "text/plain"], ["content-type", "application/json"], []]
    for (const type of kinds) {
      for (const hasBody of [true, false]) {
        const head = [":status", String(http), ...type]
        replyWith((id) => [headersFrame(id, head, !hasBody), ...(hasBody ? [dataFrame(id, page, true)] : [])])
        const answer = await callPage(bridge.address, { fields: origin, carrier: hasBody ? "http1" : "http2" })
        const wasSilent = http === 200 && !hasBody
        const reason = wasSilent ? "missing-status" : "backend-not-grpc"
        expect(answer).toMatchObject({ httpStatus: 200, code, reason, messages: [], isCut: false })
        expect(answer.fields.get("access-control-allow-origin")).toBe("https://app.example")
        expect(answer.fields.get("content-type")).toBe("application/grpc-web+proto")
        if (!wasSilent) expect(decodeURIComponent(answer.message)).toContain(`HTTP ${http}`)
      }
    }
  })

  it("shows the title of an HTML page, the beginning of a text, never the markup", async () => {
    const { bridge, replyWith } = await replyScene()
    replyWith((id) => [headersFrame(id, [":status", "503", ...html]), dataFrame(id, page, true)])
    const message = decodeURIComponent((await callPage(bridge.address)).message)
    expect(message).toContain("text/html")
    expect(message).toContain("Service down")
    expect(message).not.toContain("<")

    const text = Buffer.from(`no healthy\nupstream ${"x".repeat(5_000)}`)
    replyWith((id) => [headersFrame(id, [":status", "503", "content-type", "text/plain"]), dataFrame(id, text, true)])
    const plain = decodeURIComponent((await callPage(bridge.address)).message)
    expect(plain).toContain("no healthy upstream")
    expect(plain.length).toBeLessThan(400)
  })

  it.each([["text/html"], ["application/grpc-web+proto"], ["application/grpcx"], ["application/json"]])(
    "is told from gRPC by its content type, even with messages and an OK: %s",
    async (type) => {
      const { bridge, replyWith } = await replyScene()
      replyWith((id) => [
        headersFrame(id, [":status", "200", "content-type", type]),
        dataFrame(id, Buffer.alloc(5)),
        headersFrame(id, ["grpc-status", "0"], true),
      ])
      expect(await callPage(bridge.address)).toMatchObject({ code: 2, reason: "backend-not-grpc" })
    },
  )

  it("is bounded when its body never ends: the backend's stream is reset after 4 KiB", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    peer.send(headersFrame(id, [":status", "502", "content-type", "text/plain"]))
    for (let sent = 0; sent < 8; sent++) peer.send(dataFrame(id, Buffer.alloc(1_024, "y")))
    expect(await call).toMatchObject({ code: 14, reason: "backend-not-grpc" })
    expect(await peer.reset(id)).toBe(H2Code.Cancel)
  })

  it("is reported after a second when its body trickles", async () => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    peer.send(
      headersFrame(id, [":status", "404", "content-type", "text/plain"]),
      dataFrame(id, Buffer.from("no route")),
    )
    const answer = await call
    expect(answer).toMatchObject({ code: 12, reason: "backend-not-grpc" })
    expect(decodeURIComponent(answer.message)).toContain("no route")
    expect(await peer.reset(id)).toBe(H2Code.Cancel)
  })

  it.each(["reset", "connection"])("keeps its HTTP status when its body is lost by a %s", async (how) => {
    const { backend, bridge } = await rawScene()
    const call = callPage(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    peer.send(headersFrame(id, [":status", "503", ...html]), dataFrame(id, page.subarray(0, 60)))
    await nextTurn()
    if (how === "reset") peer.socket.end(Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, id, 0, 0, 0, 2]))
    else peer.resetConnection()
    expect(await call).toMatchObject({ code: 14, reason: "backend-not-grpc" })
  })

  it("is dropped with the call when the client leaves", async () => {
    const { backend, bridge } = await rawScene()
    const { PageCall } = await import("./support/page-call.ts")
    const call = new PageCall(bridge.address)
    const peer = await backend.peer(1)
    const id = await peer.stream(1)
    peer.send(headersFrame(id, [":status", "503", ...html]))
    await nextTurn()
    call.cancel()
    expect(await peer.reset(id)).toBe(H2Code.Cancel)
    await waitFor(() => bridge.records.length === 1)
    expect(bridge.records[0]).toMatchObject({ code: 1, error: { reason: "client-gone" } })
  })

  it.each(carriers)(
    "counts as gRPC with any HTTP status when the head itself carries a grpc-status (C29, %s)",
    async (carrier) => {
      const { bridge, replyWith } = await replyScene()
      for (const status of ["200", "204", "404", "500"]) {
        for (const type of [[], html, ["content-type", "application/grpc"]]) {
          replyWith((id) => [headersFrame(id, [":status", status, ...type, "grpc-status", "5"], true)])
          expect(await callPage(bridge.address, { carrier })).toMatchObject({ httpStatus: 200, code: 5, reason: null })
        }
      }
    },
  )
})
