import { create } from "@bufbuild/protobuf"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader } from "@connectrpc/connect"
import type { HandlerContext } from "@connectrpc/connect"
import type { ClientKind } from "./pages/calls.ts"
import { expect, test } from "./support/test.ts"
import { WatchScript } from "./support/watch-script.ts"

const bytes = Uint8Array.of(0, 1, 127, 128, 254, 255)

/** Answers with all kinds of metadata, and with what it received. */
function describeCall({ id }: { id: string }, context: HandlerContext): { user: { displayName: string } } {
  const { requestHeader, responseHeader, responseTrailer } = context
  responseHeader.set("x-region", "north")
  responseHeader.set("x-region-bin", encodeBinaryHeader(bytes))
  responseTrailer.set("x-cost", "7")
  responseTrailer.set("x-cost-bin", encodeBinaryHeader(bytes))
  const tag = decodeBinaryHeader(requestHeader.get("x-tag-bin") ?? "")
  return { user: { displayName: `${id} ${requestHeader.get("x-tag")} ${tag.join()}` } }
}

function refuse(): never {
  const violation = { field: "id", description: "is “naïve”, 你好" }
  const value = create(BadRequestSchema, { fieldViolations: [violation] })
  const metadata = { "x-hint": "try another", "x-hint-bin": encodeBinaryHeader(bytes) }
  throw new ConnectError("no: “naïve”, 100 % 你好", Code.FailedPrecondition, metadata, [
    { desc: BadRequestSchema, value },
  ])
}

const kinds: readonly ClientKind[] = ["causeway", "text", "stock"]
for (const kind of kinds) {
  test.describe(`the ${kind} client`, () => {
    test("reads an answer's headers and trailers across origins, binary ones too", async ({
      scriptBackend,
      bridgeTo,
      openCalls,
    }) => {
      const bridge = await bridgeTo(await scriptBackend({ users: { getUser: describeCall } }))
      const calls = await openCalls(bridge, kind)
      const headers = { "x-tag": "blue", "x-tag-bin": encodeBinaryHeader(bytes) }
      const { name, header, trailer, error } = await calls.getUser("42", { headers })
      expect(error).toBeNull()
      expect(name).toBe(`42 blue ${bytes.join()}`)
      expect(header["x-region"]).toBe("north")
      expect(decodeBinaryHeader(header["x-region-bin"] ?? "")).toEqual(bytes)
      expect(trailer["x-cost"]).toBe("7")
      expect(decodeBinaryHeader(trailer["x-cost-bin"] ?? "")).toEqual(bytes)
    })

    test("reads an error's message, details and metadata across origins", async ({
      scriptBackend,
      bridgeTo,
      openCalls,
    }) => {
      const bridge = await bridgeTo(await scriptBackend({ users: { getUser: refuse } }))
      const calls = await openCalls(bridge, kind)
      const { error } = await calls.getUser("42")
      expect(error).toMatchObject({
        code: Code.FailedPrecondition,
        message: "no: “naïve”, 100 % 你好",
        violations: ["id: is “naïve”, 你好"],
      })
      expect(error?.metadata["x-hint"]).toBe("try another")
      expect(decodeBinaryHeader(error?.metadata["x-hint-bin"] ?? "")).toEqual(bytes)
    })

    test("takes a stream message by message, and cancels it", async ({ scriptBackend, bridgeTo, openCalls }) => {
      const script = new WatchScript()
      const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
      const calls = await openCalls(bridge, kind)
      await calls.watch("stream")
      const watch = await script.call(1)
      for (const sequence of [1, 2, 3]) {
        watch.send(sequence)
        expect(await calls.seen("stream", sequence)).toHaveLength(sequence)
      }
      await calls.abort("stream")
      await watch.expectCancelled()
      expect((await calls.ended("stream")).error).toMatchObject({ code: Code.Canceled })
    })

    test("takes a stream that ends with an error after its last message", async ({
      scriptBackend,
      bridgeTo,
      openCalls,
    }) => {
      const script = new WatchScript()
      const bridge = await bridgeTo(await scriptBackend({ audit: script.service }))
      const calls = await openCalls(bridge, kind)
      await calls.watch("stream")
      const watch = await script.call(1)
      watch.send(1, 2, 3)
      watch.fail(new ConnectError("the log is gone", Code.OutOfRange))
      const { sequences, error } = await calls.ended("stream")
      expect(sequences).toEqual([1, 2, 3])
      expect(error).toMatchObject({ code: Code.OutOfRange, message: "the log is gone" })
    })
  })
}

test("an answer just below the limit of 4 MiB arrives completely", async ({ scriptBackend, bridgeTo, openCalls }) => {
  const displayName = "0123456789ab".repeat(349_500)
  const bridge = await bridgeTo(await scriptBackend({ users: { getUser: () => ({ user: { displayName } }) } }))
  const calls = await openCalls(bridge)
  const { name, error } = await calls.getUser("1")
  expect(error).toBeNull()
  expect(name === displayName, "the name came as it was sent").toBe(true)
})

test("an answer above the limit is refused by the bridge with its reason", async ({
  scriptBackend,
  bridgeTo,
  openCalls,
}) => {
  const users = { getUser: () => ({ user: { displayName: "x".repeat(2_000) } }) }
  const bridge = await bridgeTo(await scriptBackend({ users }), { maxReplyMessageBytes: 1_000 })
  const calls = await openCalls(bridge)
  const { error } = await calls.getUser("1")
  expect(error).toMatchObject({ code: Code.ResourceExhausted, source: "server", reason: "reply-too-large" })
})
