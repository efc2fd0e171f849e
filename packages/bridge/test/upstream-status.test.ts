import { describe, expect, it } from "vitest"
import type { PageAnswer } from "./support/page-call.ts"
import { callPage } from "./support/page-call.ts"
import { dataFrame, grpcMessage, headersFrame } from "./support/h2-frames.ts"
import type { ReplyScene } from "./support/scene.ts"
import { replyScene } from "./support/scene.ts"
import { carriers } from "./support/web-call.ts"

const head = [":status", "200", "content-type", "application/grpc+proto"]

/** Answers with a message and these trailers, then with the same fields as a Trailers-Only answer. */
async function bothWays({ bridge, replyWith }: ReplyScene, fields: readonly string[]): Promise<PageAnswer[]> {
  const answers: PageAnswer[] = []
  for (const carrier of carriers) {
    replyWith((id) => [headersFrame(id, head), dataFrame(id, grpcMessage("m")), headersFrame(id, fields, true)])
    answers.push(await callPage(bridge.address, { carrier }))
    replyWith((id) => [headersFrame(id, [...head, ...fields], true)])
    answers.push(await callPage(bridge.address, { carrier }))
  }
  for (const answer of answers) expect(answer.isCut).toBe(false)
  return answers
}

describe("the final status of a call", () => {
  it("is the trailers', after any number of messages, and never an OK of the head (C22)", async () => {
    const { bridge, replyWith } = await replyScene()
    replyWith((id) => [
      headersFrame(id, [...head, "grpc-status", "0", "grpc-message", "fine"]),
      dataFrame(id, Buffer.concat([grpcMessage("1"), grpcMessage("2")])),
      headersFrame(id, ["grpc-status", "10", "grpc-message", "raced"], true),
    ])
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 10, message: "raced", reason: null })
    expect(answer.messages.map(String)).toEqual(["1", "2"])
    expect(answer.fields.has("grpc-status")).toBe(false)
  })

  it.each(["1", "16", "17", "99", "103", "2147483647"])("passes code %s as it is (C23)", async (code) => {
    const answers = await bothWays(await replyScene(), ["grpc-status", code])
    for (const answer of answers) expect(answer).toMatchObject({ code: Number(code), reason: null })
  })

  it.each(["abc", "-1", "+0", "0x0", "1.0", "1e0", "0 0", "0,0", "0;", "99999999999", "٠", "NaN", ""])(
    "is UNKNOWN when the backend says grpc-status %j (C23)",
    async (value) => {
      const answers = await bothWays(await replyScene(), ["grpc-status", Buffer.from(value).toString("latin1")])
      for (const answer of answers) expect(answer).toMatchObject({ code: 2, reason: "bad-status" })
    },
  )

  it.each([
    ["missing-status", []],
    ["missing-status", ["x-foo", "1"]],
    ["missing-status", ["grpc-message", "all went well"]],
    ["bad-status", ["grpc-status", "0", "grpc-status", "0"]],
    ["bad-status", ["grpc-status", "0", "grpc-status", "13"]],
  ])("is UNKNOWN with the reason %s when the trailers are %j", async (reason, fields) => {
    const scene = await replyScene()
    const answers = await bothWays(scene, fields.length === 0 ? ["x-bar", "2"] : fields)
    for (const answer of answers) expect(answer).toMatchObject({ code: 2, reason })
    expect(scene.bridge.records.at(-1)).toMatchObject({ code: 2, error: { reason } })
  })

  it.each(carriers)("is UNKNOWN when the stream ends after a message without trailers (%s)", async (carrier) => {
    const { bridge, replyWith } = await replyScene()
    replyWith((id) => [headersFrame(id, head), dataFrame(id, grpcMessage("m"), true)])
    expect(await callPage(bridge.address, { carrier })).toMatchObject({
      code: 2,
      reason: "missing-status",
      isCut: false,
    })
    replyWith((id) => [headersFrame(id, head, true)])
    expect(await callPage(bridge.address, { carrier })).toMatchObject({
      code: 2,
      reason: "missing-status",
      isCut: false,
    })
    replyWith((id) => [headersFrame(id, [...head, "grpc-status", "0"]), dataFrame(id, Buffer.alloc(0), true)])
    expect(await callPage(bridge.address, { carrier })).toMatchObject({
      code: 2,
      reason: "missing-status",
      isCut: false,
    })
  })
})

describe("the number of messages", () => {
  it.each([0, 2])("is not checked: %i with an OK pass on, and the client decides (C63)", async (count) => {
    const { bridge, replyWith } = await replyScene()
    const messages = (id: number): Buffer[] => Array.from({ length: count }, () => dataFrame(id, grpcMessage("m")))
    replyWith((id) => [headersFrame(id, head), ...messages(id), headersFrame(id, ["grpc-status", "0"], true)])
    const answer = await callPage(bridge.address)
    expect(answer).toMatchObject({ code: 0, isCut: false })
    expect(answer.messages).toHaveLength(count)
    expect(answer.trailers).toHaveLength(1)
  })
})

describe("grpc-message", () => {
  it.each([
    ["100% sure", "100%25 sure"], // C24
    ["%E7%BC%BA%E5%B0%91 %F0%9F%98%80", "%E7%BC%BA%E5%B0%91 %F0%9F%98%80"], // C25
    ["缺少 😀", "%E7%BC%BA%E5%B0%91 %F0%9F%98%80"], // C25, from a backend that does not encode
    ["%ff%fe", "%EF%BF%BD%EF%BF%BD"],
    ["%", "%25"],
    ["%zz%4", "%25zz%254"],
    ["a%0D%0Agrpc-status:0", "a%0D%0Agrpc-status:0"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ])("travels percent-encoded once, whatever the backend sends: %j", async (sent, expected) => {
    const raw = Buffer.from(sent).toString("latin1")
    const answers = await bothWays(await replyScene(), ["grpc-status", "3", "grpc-message", raw])
    for (const answer of answers) {
      expect(answer).toMatchObject({ code: 3, message: expected })
      expect(() => decodeURIComponent(answer.message)).not.toThrow()
    }
  })
})
