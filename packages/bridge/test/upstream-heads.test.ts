import { describe, expect, it } from "vitest"
import { dataFrame, grpcMessage, headersFrame, Type } from "./support/h2-frames.ts"
import { callPage, PageCall } from "./support/page-call.ts"
import { grpcScene, rawScene, replyScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"

const head = (id: number, ...more: string[]): Buffer =>
  headersFrame(id, [":status", "200", "content-type", "application/grpc", ...more])

describe("a long head of the backend", () => {
  it.each(carriers)("passes up to 64 KiB, of many fields or few (%s)", async (carrier) => {
    const { bridge } = await grpcScene((call) => {
      const many = Array.from({ length: 1_500 }, (_, i) => [`x-field-${i}`, "some words"]).flat()
      call.head(call.field("x-many") === null ? ["x-long", "a".repeat(64_000)] : many)
      call.message("m")
      call.end(0, "", ["x-end", "e".repeat(60_000)])
    })
    const long = await callPage(bridge.address, { carrier, fields: [] })
    expect(long).toMatchObject({ code: 0 })
    expect(long.trailers[0].get("x-end")).toHaveLength(60_000)
  })

  it.each([
    ["70 KB", 70_000],
    ["100 KB", 100_000],
  ])("of %s is RESOURCE_EXHAUSTED, and the page's connection and its other calls live on", async (_size, bytes) => {
    const { backend, bridge } = await grpcScene(async (call) => {
      await call.all()
      if (call.field("x-where") === "head") call.statusOnly(0, "", ["x-long", "a".repeat(bytes)])
      else if (call.field("x-where") === "trailers") {
        call.message("m")
        call.end(0, "", ["x-long", "a".repeat(bytes)])
      } else {
        call.message("m")
        call.end()
      }
    })
    const open = new PageCall(bridge.address, { message: null })
    open.send("hello")
    for (const where of ["head", "trailers"]) {
      const answer = await callPage(bridge.address, { carrier: "http2", fields: ["x-where", where] })
      expect(answer).toMatchObject({ code: 8, reason: "reply-head-too-large", isCut: false })
      expect(decodeURIComponent(answer.message)).toContain("65536 bytes")
    }
    open.end()
    expect(await open.answer).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(1)
  })
})

describe("interim heads (1xx)", () => {
  const interim = (id: number): Buffer => headersFrame(id, [":status", "103", "link", "</a>"])

  it("are dropped, up to ten", async () => {
    const { bridge, replyWith } = await replyScene()
    replyWith((id) => [
      ...Array.from({ length: 10 }, () => interim(id)),
      head(id),
      dataFrame(id, grpcMessage("m")),
      headersFrame(id, ["grpc-status", "0"], true),
    ])
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
  })

  it("end the call when more arrive, and a neighbour goes on", async () => {
    const { backend, bridge } = await rawScene()
    const neighbour = callPage(bridge.address)
    const peer = await backend.peer(1)
    const first = await peer.stream(1)
    const flooded = callPage(bridge.address)
    const second = await peer.stream(2)
    peer.send(...Array.from({ length: 11 }, () => interim(second)))
    expect(await flooded).toMatchObject({ code: 8, reason: "reply-head-too-large" })
    await peer.frame(Type.RstStream, second)
    peer.send(head(first, "grpc-status", "0"), headersFrame(first, ["grpc-status", "0"], true))
    expect(await neighbour).toMatchObject({ code: 0 })
  })
})

describe("a long head of the client", () => {
  it("of 100 KB, if the limit allows it, reaches the backend and harms no neighbour", async () => {
    const { backend, bridge } = await grpcScene(
      (call) => {
        call.message("m")
        call.end()
      },
      { maxHeadBytes: 131_072 },
    )
    const fields = Array.from({ length: 10 }, (_, i) => [`x-long-${i}`, "b".repeat(10_000)]).flat()
    expect(await callPage(bridge.address, { fields })).toMatchObject({ code: 0 })
    expect(backend.calls[0].field("x-long-9")).toHaveLength(10_000)
    expect(await callPage(bridge.address)).toMatchObject({ code: 0 })
    expect(backend.accepted).toBe(1)
  })
})
