import { GetUserRequestSchema, GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code, encodeBase64 } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import { scriptedClients, wordsOf } from "../test/clients.ts"
import { join, messageFrame, okTrailer, trailerFrame, watchFrame } from "../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../test/outcome.ts"
import { textFormat } from "./text-format.ts"

const format = textFormat()
const headers = { "content-type": "application/grpc-web-text+proto" }
const user = messageFrame(GetUserResponseSchema, { user: { id: "7" } })

describe("the text format", () => {
  it("sends base64, declares it, and accepts it", async () => {
    const { users, requests } = scriptedClients([{ headers, body: [encodeBase64(join(user, okTrailer))] }], { format })
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    expect(requests[0].body).toEqual(encodeBase64(messageFrame(GetUserRequestSchema, { id: "7" })))
    expect(requests[0].headers.get("content-type")).toBe("application/grpc-web-text+proto")
    expect(requests[0].headers.get("accept")).toBe("application/grpc-web-text+proto")
  })

  it.each([
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
    "APPLICATION/GRPC-WEB-TEXT; charset=utf-8",
    "application/grpc-web-text-base64",
  ])("reads an answer of %s", async (contentType) => {
    const script = { headers: { "content-type": contentType }, body: [encodeBase64(join(user, okTrailer))] }
    const { users } = scriptedClients([script], { format })
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
  })

  it("reads a binary answer all the same", async () => {
    const { users } = scriptedClients([{ body: [join(user, okTrailer)] }], { format })
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
  })

  it("refuses an answer of another content type, and a text answer without the format", async () => {
    const json = { headers: { "content-type": "application/grpc-web-text+json" }, body: [] }
    const { users } = scriptedClients([json], { format })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unknown, source: "http" })
    const binary = scriptedClients([{ headers, body: [encodeBase64(okTrailer)] }])
    expect(await errorOf(binary.users.getUser({}))).toMatchObject({ code: Code.Unknown, source: "http" })
  })

  it("has the same statuses, in the trailers and in the headers", async () => {
    const inTrailers = { headers, body: [encodeBase64(trailerFrame("grpc-status:5", "grpc-message:gone"))] }
    const inHeaders = { headers: { ...headers, "grpc-status": "9" }, body: null }
    const { users } = scriptedClients([inTrailers, inHeaders], { format })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.NotFound, rawMessage: "gone" })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.FailedPrecondition, source: "server" })
  })

  it("gives each message when its segment arrives, and releases the body when the consumer leaves", async () => {
    const body = [encodeBase64(watchFrame("a")), encodeBase64(watchFrame("b"))]
    const { audit, requests } = scriptedClients([{ headers, body, isOpen: true }], { format, onAbort: "ignore" })
    const words: (string | undefined)[] = []
    for await (const message of audit.watch({})) {
      words.push(...wordsOf([message]))
      if (words.length === 2) break
    }
    expect(words).toEqual(["a", "b"])
    expect(requests[0].isCanceled).toBe(true)
  })

  it("limits a message by its bytes, not by its base64 characters", async () => {
    const script = { headers, body: [encodeBase64(join(watchFrame("x".repeat(200)), okTrailer))] }
    const { audit } = scriptedClients([script], { format, maxMessageBytes: 100 })
    expect((await outcomeOf(audit.watch({}))).error).toMatchObject({ code: Code.ResourceExhausted })
  })
})
