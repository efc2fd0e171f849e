import { encodeFrame } from "@causeway/protocol"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { scriptedClients, wordsOf } from "../test/clients.ts"
import { bytes, join, trailerFrame, watchFrame } from "../test/grpc-web-bytes.ts"
import { outcomeOf } from "../test/outcome.ts"
import type { AnswerEnd } from "./final-status.ts"
import { statusError } from "./final-status.ts"

type Fields = Record<string, string>

function end(header: Fields, trailer: Fields | null, rest: Partial<AnswerEnd> = {}) {
  const headers = { header: new Headers(header), trailer: trailer && new Headers(trailer) }
  return statusError({ ...headers, httpStatus: 200, messageCount: 0, isEmpty: false, ...rest })
}

describe("the final status of an answer", () => {
  it("is the status of the trailers if they have one (C19)", () => {
    expect(end({ "grpc-status": "8" }, { "grpc-status": "9" })?.code).toBe(Code.FailedPrecondition)
    expect(end({ "grpc-status": "8" }, { "grpc-status": "0" })).toBeNull()
    expect(end({ "grpc-status": "0" }, { "grpc-status": "9" })?.code).toBe(Code.FailedPrecondition)
  })

  it("is not erased from the headers by an empty trailer frame (C18)", () => {
    expect(end({ "grpc-status": "3", "grpc-message": "no" }, {})).toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: "no",
    })
  })

  it("is the status of the headers if there is no other", () => {
    expect(end({ "grpc-status": "3" }, null)?.code).toBe(Code.InvalidArgument)
    expect(end({ "grpc-status": "0" }, null)).toBeNull()
  })

  it("is never an early OK in the headers of an answer that was cut after a message", () => {
    expect(end({ "grpc-status": "0" }, null, { messageCount: 1 })).toMatchObject({
      code: Code.Unavailable,
      source: "network",
    })
  })

  it.each(["abc", "", "-1", "1.5", "0x5", "99999999999", "0, 5", "0, 0"])(
    "is UNKNOWN if grpc-status is %j, never a success (C23)",
    (status) => {
      expect(end({}, { "grpc-status": status })).toMatchObject({ code: Code.Unknown, source: "protocol" })
    },
  )

  it("may be a code that has no name (C23)", () => {
    expect(end({}, { "grpc-status": "103" })).toMatchObject({ code: 103, source: "server" })
  })

  it("is UNKNOWN if the trailers have no status", () => {
    expect(end({}, { "x-trailer": "t" })).toMatchObject({ code: Code.Unknown, source: "protocol" })
  })

  it("is UNKNOWN if the headers have a status message but no code", () => {
    expect(end({ "grpc-message": "error" }, null)).toMatchObject({ code: Code.Unknown, source: "protocol" })
  })

  it.each([
    ["100% sure", "100% sure"],
    ["100%25 sure", "100% sure"],
    ["%E7%BC%BA%E5%B0%91 %F0%9F%98%80", "缺少 😀"],
    ["", ""],
  ])("has the message %j decoded (C24, C25)", (value, message) => {
    expect(end({}, { "grpc-status": "13", "grpc-message": value })?.rawMessage).toBe(message)
  })

  it("has the bridge's reason, from the headers or the trailers", () => {
    expect(end({ "grpc-status": "14", "x-causeway-reason": "upstream-refused" }, null)?.reason).toBe("upstream-refused")
    expect(end({}, { "grpc-status": "14", "x-causeway-reason": "upstream-reset" })?.reason).toBe("upstream-reset")
    expect(end({}, { "grpc-status": "14" })?.reason).toBeUndefined()
  })

  it("has headers and trailers together as metadata, and one status (C17)", () => {
    const error = end({ a: "1", both: "h", "grpc-status": "8" }, { b: "2", both: "t", "grpc-status": "9" })
    expect(Object.fromEntries(error?.metadata ?? [])).toEqual({ a: "1", b: "2", both: "h, t", "grpc-status": "9" })
  })
})

describe("the trailer frame", () => {
  async function outcome(...frames: Uint8Array[]) {
    const { audit } = scriptedClients([{ body: [join(...frames)] }])
    const { messages, error } = await outcomeOf(audit.watch({}))
    return { words: wordsOf(messages), error }
  }

  it.each(["grpc-status:0", "grpc-status: 0", "grpc-status:\t 0 \t", "Grpc-Status: 0", "GRPC-STATUS:0"])(
    "may contain %j (C15, C16)",
    async (line) => {
      expect(await outcome(watchFrame("a"), trailerFrame(line))).toEqual({ words: ["a"], error: undefined })
    },
  )

  it("may end its lines with LF, and the last one with nothing", async () => {
    const { error } = await outcome(encodeFrame(0x80, bytes("grpc-status:5\ngrpc-message:gone")))
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "gone" })
  })

  it("comes with messages in one chunk, and neither is lost (C14)", async () => {
    const { words, error } = await outcome(watchFrame("a"), watchFrame("b"), trailerFrame("grpc-status:10"))
    expect(words).toEqual(["a", "b"])
    expect(error?.code).toBe(Code.Aborted)
  })

  it("is never a success if it is unreadable", async () => {
    const { error } = await outcome(watchFrame("a"), encodeFrame(0x80, bytes("grpc-status 0")))
    expect(error).toMatchObject({ code: Code.Internal, source: "protocol" })
  })

  it("is never a success if it has two statuses", async () => {
    const { error } = await outcome(trailerFrame("grpc-status:0", "grpc-status:5"))
    expect(error).toMatchObject({ code: Code.Unknown, source: "protocol" })
  })
})
