import { describe, expect, it } from "vitest"
import { callPage } from "./support/page-call.ts"
import { dataFrame, grpcMessage, headersFrame } from "./support/h2-frames.ts"
import { replyScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"

const head = [":status", "200", "content-type", "application/grpc+proto"]

describe("the metadata of a reply", () => {
  it.each(carriers)(
    "keeps duplicates and their order in head and trailers, also of -bin names (C17, %s)",
    async (carrier) => {
      const { bridge, replyWith } = await replyScene()
      const fields = ["x", "a", "y-bin", "AQ", "x", "b", "x", "a", "y-bin", "Ag==", "y-bin", "Aw,BA"]
      replyWith((id) => [
        headersFrame(id, [...head, ...fields]),
        dataFrame(id, grpcMessage("m")),
        headersFrame(id, ["grpc-status", "0", ...fields], true),
      ])
      const answer = await callPage(bridge.address, { carrier })
      expect(answer.fields.getAll("x")).toEqual(["a", "b", "a"])
      expect(answer.fields.getAll("y-bin")).toEqual(["AQ", "Ag==", "Aw", "BA"])
      const apart = [...fields.slice(0, -1), "Aw", "y-bin", "BA"] // a list of binary values is several (PROTOCOL-HTTP2)
      expect([...answer.trailers[0]].flat()).toEqual(["grpc-status", "0", ...apart])
    },
  )

  it("brings every trailer of the backend to the page, details too, and exposes fields of a head (C21, C49, C50)", async () => {
    const { bridge, replyWith } = await replyScene()
    const fields = ["x-foo", "1", "grpc-status-details-bin", "CAMSBG5vcGU", "grpc-retry-pushback-ms", "5"]
    const origin = ["origin", "https://app.example"]
    replyWith((id) => [headersFrame(id, head), headersFrame(id, ["grpc-status", "9", ...fields], true)])
    const late = await callPage(bridge.address, { fields: origin })
    expect([...late.trailers[0]].flat()).toEqual(["grpc-status", "9", ...fields])

    replyWith((id) => [headersFrame(id, [...head, "grpc-status", "9", ...fields], true)])
    const inHead = await callPage(bridge.address, { fields: origin })
    const exposed = inHead.fields.get("access-control-expose-headers")?.split(", ")
    for (const name of ["grpc-status", "grpc-message", ...fields.filter((_, i) => i % 2 === 0)]) {
      expect(exposed).toContain(name)
    }
    expect(inHead.fields.get("grpc-status-details-bin")).toBe("CAMSBG5vcGU")
  })

  it("omits fields of the backend's hop, and fields that only the bridge may set", async () => {
    const { bridge, replyWith } = await replyScene()
    const dropped = [
      "date",
      "server",
      "set-cookie",
      "content-language",
      "access-control-allow-origin",
      "vary",
      "trailer",
    ]
    replyWith((id) => [
      headersFrame(id, [...head, ...dropped.flatMap((name) => [name, "5"]), "grpc-status", "0", "x-kept", "1"]),
      dataFrame(id, grpcMessage("")),
      headersFrame(id, ["grpc-status", "5", ...dropped.flatMap((name) => [name, "5"])], true),
    ])
    const answer = await callPage(bridge.address)
    expect(answer.trailers.map((block) => [...block])).toEqual([[["grpc-status", "5"]]])
    expect(answer.fields.get("x-kept")).toBe("1")
    for (const name of [...dropped, "grpc-status"]) expect(answer.fields.getAll(name)).not.toContain("5")
  })

  it("passes bytes outside ASCII, and names that every object has", async () => {
    const { bridge, replyWith } = await replyScene()
    const fields = ["x-name", "Gr\u00fc\u00dfe", "__proto__", "p", "constructor", "c"]
    replyWith((id) => [headersFrame(id, [...head, ...fields]), headersFrame(id, ["grpc-status", "0", ...fields], true)])
    const answer = await callPage(bridge.address)
    expect([...answer.trailers[0]].flat()).toEqual(["grpc-status", "0", ...fields])
    expect(answer.fields.get("x-name")).toBe("Gr\u00fc\u00dfe")
    expect(answer.fields.get("constructor")).toBe("c")
  })

  // nghttp2 drops a field with CR, LF or NUL before Node shows it (Node 22–26). If that ever changes, readMetadata refuses the field.
  it.each(["\r", "\n", "\0", "\r\ngrpc-status:0\r\nx:"])(
    "never lets a value forge a line of the trailer block: %j",
    async (bad) => {
      const { bridge, replyWith } = await replyScene()
      replyWith((id) => [
        headersFrame(id, [...head, "x-head", `a${bad}b`]),
        dataFrame(id, grpcMessage("m")),
        headersFrame(id, ["grpc-status", "7", "x-last", `a${bad}b`, "x-after", "1"], true),
      ])
      const answer = await callPage(bridge.address)
      expect(answer).toMatchObject({ code: 7, isCut: false, openBytes: 0 })
      expect([...answer.trailers[0]].flat()).toEqual(["grpc-status", "7", "x-after", "1"])
      expect(answer.fields.has("x-head")).toBe(false)
    },
  )

  it("passes a hundred fields each way", async () => {
    const { bridge, replyWith } = await replyScene()
    const fields = Array.from({ length: 100 }, (_, i) => [`x-${i}`, "v".repeat(60)]).flat()
    replyWith((id) => [headersFrame(id, [...head, ...fields]), headersFrame(id, ["grpc-status", "0", ...fields], true)])
    const answer = await callPage(bridge.address)
    expect(answer.trailers[0].size).toBe(101)
    expect(answer.fields.get("x-99")).toBe("v".repeat(60))
  })
})
