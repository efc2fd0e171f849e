import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { refused, withAuth, sentTokens } from "../../test/auth-setup.ts"
import { okTrailer, trailerFrame, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import type { Script } from "../../test/scripted-fetch.ts"

describe("a stream", () => {
  it("Q24: sends the current token at each connect, not the first one", async () => {
    let token = "before"
    const { audit, requests } = withAuth([{ body: [watchFrame("a"), okTrailer] }], { getToken: () => token })
    await outcomeOf(audit.watch({}))
    token = "after"
    await outcomeOf(audit.watch({}))
    expect(sentTokens(requests)).toEqual(["Bearer before", "Bearer after"])
  })

  it("is opened once more with its request after a refusal", async () => {
    const { audit, requests } = withAuth([refused, { body: [watchFrame("a"), okTrailer] }], {
      getToken: () => "t",
      refreshToken: () => "u",
    })
    expect((await outcomeOf(audit.watch({ backlogSize: 3 }))).messages).toHaveLength(1)
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
    expect(requests[1].body).toEqual(requests[0].body)
  })

  it("is opened once more also after a refusal that follows its headers but no message", async () => {
    const late: Script = { headers: { "x-answer": "1" }, body: [trailerFrame("grpc-status:16", "x-first:1")] }
    const opened: Script = {
      headers: { "x-answer": "2" },
      body: [watchFrame("a"), trailerFrame("grpc-status:0", "x-second:2")],
    }
    const { audit, requests } = withAuth([late, opened], { getToken: () => "t", refreshToken: () => "u" })
    const seen: (string | null)[] = []
    const stream = audit.watch(
      { backlogSize: 3 },
      {
        onHeader: (header) => seen.push(header.get("x-answer")),
        onTrailer: (trailer) => seen.push(trailer.get("x-first"), trailer.get("x-second"), trailer.get("grpc-status")),
      },
    )
    expect((await outcomeOf(stream)).messages).toHaveLength(1)
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
    expect(requests[1].body).toEqual(requests[0].body)
    expect(seen).toEqual(["1", null, "2", "0"])
  })

  it("fails if it is refused again, or after a message", async () => {
    const late: Script = { body: [trailerFrame("grpc-status:16")] }
    const refusedTwice = withAuth([late], { getToken: () => "t", refreshToken: () => "u" })
    expect((await outcomeOf(refusedTwice.audit.watch({}))).error?.code).toBe(Code.Unauthenticated)
    expect(refusedTwice.requests).toHaveLength(2)
    const refreshToken = vi.fn(() => "u")
    const begun = withAuth([{ body: [watchFrame("a"), trailerFrame("grpc-status:16")] }], {
      getToken: () => "t",
      refreshToken,
    })
    const { messages, error } = await outcomeOf(begun.audit.watch({}))
    expect([messages.length, error?.code]).toEqual([1, Code.Unauthenticated])
    expect(refreshToken).not.toHaveBeenCalled()
  })

  it("ends its request when the consumer leaves", async () => {
    const { audit, requests } = withAuth([{ body: [watchFrame("a")], isOpen: true }], {
      getToken: () => "t",
      refreshToken: () => "u",
    })
    for await (const _ of audit.watch({})) break
    expect(requests[0].signal.aborted).toBe(true)
    expect(requests).toHaveLength(1)
  })

  it("of requests is not repeated once a request was read", async () => {
    const refreshToken = vi.fn(() => "u")
    const { imports, requests } = withAuth([refused], { getToken: () => "t", refreshToken })
    async function* rows() {
      yield { user: { email: "a@x.test" } }
    }
    expect((await errorOf(imports.import(rows()))).code).toBe(Code.Unauthenticated)
    expect(requests).toHaveLength(1)
    expect(refreshToken).not.toHaveBeenCalled()
  })
})
