import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { failure, next, startTestServer, violationsOf } from "./start-test-server.ts"

/** A stream of texts that are given one by one. */
function dialogue(): { say: (text: string) => void; hangUp: () => void; texts: AsyncGenerator<{ text: string }> } {
  const { readable, writable } = new TransformStream<{ text: string }, { text: string }>()
  const writer = writable.getWriter()
  async function* texts(): AsyncGenerator<{ text: string }> {
    yield* readable
  }
  return { say: (text) => void writer.write({ text }), hangUp: () => void writer.close(), texts: texts() }
}

describe("Chat", () => {
  it("greets before the caller has said anything, answers each message as it comes, and ends with the caller", async () => {
    const { client } = await startTestServer()
    const { say, hangUp, texts } = dialogue()
    const answers = client(SupportService).chat(texts)[Symbol.asyncIterator]()
    expect(await next(answers)).toMatchObject({ author: "Ada", inReplyTo: 0n })
    say("How many users are there?")
    expect(await next(answers)).toMatchObject({ inReplyTo: 1n, text: expect.stringMatching(/^There are \d+ active/) })
    say("What may an admin do?")
    expect(await next(answers)).toMatchObject({ inReplyTo: 2n, text: expect.stringContaining("admins manage users") })
    say("Will it rain?")
    expect(await next(answers)).toMatchObject({ inReplyTo: 3n, text: expect.stringContaining("do not know") })
    hangUp()
    expect((await answers.next()).done).toBe(true)
  })

  it.each([
    ["an empty message", "  ", "text REQUIRED"],
    ["a message that is too long", "x".repeat(1001), "text TOO_LONG"],
  ])("refuses %s", async (_, text, violation) => {
    const { client } = await startTestServer()
    const { say, texts } = dialogue()
    const answers = client(SupportService).chat(texts)[Symbol.asyncIterator]()
    await next(answers)
    say(text)
    const error = await failure(answers.next())
    expect(error.code).toBe(Code.InvalidArgument)
    expect(violationsOf(error)).toEqual([violation])
  })
})
