import { encodeFrame, MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import type { Status } from "../../core/reply.ts"
import { statusOf } from "../../core/reply.ts"
import { CorsPolicy } from "../cors.ts"
import { GrpcWebTextWriter } from "./grpc-web-text.ts"
import { GrpcWebWriter } from "./grpc-web.ts"
import { GrpcWriter } from "./grpc.ts"

const grant = new CorsPolicy(["https://app.example"], false).grant("https://app.example")
const ok: Status = {
  code: 0,
  message: "",
  metadata: new MetadataList(["x-a", "1", "x-a", "2", "x-b-bin", "AAE"]),
  error: null,
}
const notFound: Status = { code: 5, message: "no%20such", metadata: new MetadataList(["x-a", "1"]), error: null }
const early = new MetadataList(["x-early", "1"])
const streaming = ["x-content-type-options", "nosniff", "cache-control", "no-transform", "x-accel-buffering", "no"]
const trailerBlock = "grpc-status:0\r\nx-a:1\r\nx-a:2\r\nx-b-bin:AAE\r\n"

function trailerFrame(block: string): Buffer {
  return Buffer.from(encodeFrame(0x80, Buffer.from(block)))
}

describe("GrpcWebWriter", () => {
  const writer = new GrpcWebWriter("grpc-web", "+proto", grant)

  it("writes a head with the content type, fields for intermediaries, the backend's metadata and the CORS fields", () => {
    const { status, fields, hasTrailers } = writer.head(early, "application/grpc")
    expect([status, hasTrailers]).toEqual([200, undefined])
    expect(fields.slice(0, 10)).toEqual(["content-type", "application/grpc-web+proto", ...streaming, "x-early", "1"])
    expect(fields.slice(10, 14)).toEqual(["access-control-allow-origin", "https://app.example", "vary", "Origin"])
    expect(fields.at(-1)).toMatch(/, x-early$/)
  })

  it("uses the backend's suffix if there is one, and otherwise the request's", () => {
    expect(writer.head(early, "application/grpc+json").fields[1]).toBe("application/grpc-web+json")
    expect(new GrpcWebWriter("grpc-web", "", null).head(early, "application/grpc").fields[1]).toBe(
      "application/grpc-web",
    )
  })

  it("passes messages unchanged", () => {
    const frames = encodeFrame(0, Buffer.from("x"))
    expect(writer.data(frames)).toBe(frames)
  })

  it("C17: ends with one frame of trailers, with order and duplicates kept, and base64 values unchanged", () => {
    expect(writer.end(ok)).toEqual({ body: expect.anything(), trailers: null })
    expect(Buffer.from(writer.end(ok).body)).toEqual(trailerFrame(trailerBlock))
  })

  it("adds the bridge's reason to a status after messages", () => {
    const block = Buffer.from(writer.end(statusOf(new BridgeError("slow-reader", "too slow"))).body).subarray(5)
    expect(block.toString()).toBe("grpc-status:8\r\ngrpc-message:too slow\r\nx-causeway-reason:slow-reader\r\n")
  })

  it("C18: writes a status without messages into the head, and exposes all of it", () => {
    const { fields } = writer.statusOnly(early, notFound)
    expect(fields.slice(8, 16)).toEqual(["x-early", "1", "grpc-status", "5", "grpc-message", "no%20such", "x-a", "1"])
    expect(fields.at(-1)).toMatch(/, x-early, x-a$/)
  })

  it("tells caches that even an answer without an origin depends on it", () => {
    expect(new GrpcWebWriter("grpc-web", "", null).head(early, "application/grpc").fields.slice(-2)).toEqual([
      "vary",
      "Origin",
    ])
  })
})

describe("GrpcWebTextWriter", () => {
  const writer = new GrpcWebTextWriter("grpc-web-text", "+proto", null)

  it("has its own content type", () => {
    expect(writer.head(early, "application/grpc").fields[1]).toBe("application/grpc-web-text+proto")
  })

  it("C5: writes each piece as a padded segment of its own", () => {
    for (let size = 0; size < 5; size++) {
      const frames = encodeFrame(0, Buffer.alloc(size, "x"))
      expect(Buffer.from(writer.data(frames)).toString()).toBe(Buffer.from(frames).toString("base64"))
    }
  })

  it("C26: writes the trailer frame in base64, with no further layer around binary values", () => {
    const body = Buffer.from(writer.end(ok).body).toString()
    expect(Buffer.from(body, "base64")).toEqual(trailerFrame(trailerBlock))
  })
})

describe("GrpcWriter", () => {
  const writer = new GrpcWriter("+proto", null)

  it("leaves content type and messages as the backend sent them, and announces HTTP trailers", () => {
    expect(writer.head(early, "application/grpc+x")).toEqual({
      status: 200,
      fields: ["content-type", "application/grpc+x", "x-early", "1"],
      hasTrailers: true,
      omitsDate: true,
    })
  })

  it("ends with HTTP trailers", () => {
    const { body, trailers } = writer.end(ok)
    expect(body).toBeNull()
    expect([...trailers].flat()).toEqual(["grpc-status", "0", "x-a", "1", "x-a", "2", "x-b-bin", "AAE"])
  })

  it("writes a status without messages into the head, and announces no trailers", () => {
    expect(writer.statusOnly(early, notFound)).toEqual({
      status: 200,
      fields: [
        ...["content-type", "application/grpc+proto", "x-early", "1"],
        ...["grpc-status", "5", "grpc-message", "no%20such", "x-a", "1"],
      ],
      omitsDate: true,
    })
  })
})
