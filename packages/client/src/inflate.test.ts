import { deflateSync, gzipSync } from "node:zlib"
import { Code } from "@connectrpc/connect"
import { encodeFrame } from "@causeway/protocol"
import { afterEach, describe, expect, it, vi } from "vitest"
import { scriptedClients } from "../test/clients.ts"
import { bytes, join, watchFrame } from "../test/grpc-web-bytes.ts"
import { outcomeOf } from "../test/outcome.ts"
import { decompression } from "./decompression.ts"
import { inflate } from "./inflate.ts"

const text = bytes("a message, a message, a message")

describe("a compressed payload", () => {
  afterEach(() => void vi.unstubAllGlobals())

  it.each([
    ["gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["deflate", deflateSync(text)],
  ])("under %s is inflated", async (encoding, payload) => {
    expect(await inflate(payload, encoding, 100)).toEqual(text)
  })

  it("may inflate to the limit, and to no byte more", async () => {
    const payload = gzipSync(text)
    expect(await inflate(payload, "gzip", text.length)).toEqual(text)
    await expect(inflate(payload, "gzip", text.length - 1)).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      source: "client",
    })
  })

  it("that expands enormously is stopped at the limit (C56)", async () => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024))
    const before = process.memoryUsage().arrayBuffers
    await expect(inflate(bomb, "gzip", 1_000_000)).rejects.toMatchObject({ code: Code.ResourceExhausted })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
  })

  it.each([null, "identity", "zstd", "constructor"])(
    "under grpc-encoding %j is INTERNAL, and the error names the encoding",
    async (encoding) => {
      const error = inflate(gzipSync(text), encoding, 100)
      await expect(error).rejects.toMatchObject({ code: Code.Internal, source: "protocol" })
      await expect(error).rejects.toThrow(encoding ?? "without a grpc-encoding")
    },
  )

  it("that is damaged or cut is INTERNAL", async () => {
    const payload = gzipSync(text)
    await expect(inflate(payload.subarray(0, 20), "gzip", 100)).rejects.toMatchObject({ code: Code.Internal })
    await expect(inflate(text, "gzip", 100)).rejects.toMatchObject({ code: Code.Internal, source: "protocol" })
  })

  it("is UNIMPLEMENTED if the platform has no DecompressionStream", async () => {
    vi.stubGlobal("DecompressionStream", undefined)
    await expect(inflate(gzipSync(text), "gzip", 100)).rejects.toMatchObject({
      code: Code.Unimplemented,
      source: "client",
    })
  })

  it("may be the trailers (C27)", async () => {
    const trailer = encodeFrame(0x81, gzipSync(bytes("grpc-status:10\r\n")))
    const answers = [{ headers: { "grpc-encoding": "gzip" }, body: [join(watchFrame("a"), trailer)] }]
    const { audit } = scriptedClients(answers, { decompression: decompression() })
    const { messages, error } = await outcomeOf(audit.watch({}))
    expect(messages).toHaveLength(1)
    expect(error?.code).toBe(Code.Aborted)
  })
})
