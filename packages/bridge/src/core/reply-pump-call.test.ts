import { emptyMetadata, MetadataList } from "@causeway/protocol"
import { describe, expect, it } from "vitest"
import type { BridgeError } from "./errors.ts"
import type { ReplySource } from "./reply.ts"
import { frame, gone, lost, ok, replyScene } from "../../test/support/reply-scene.ts"

describe("ReplyPump and the facts of a call", () => {
  const metadata = (...flat: string[]): MetadataList => new MetadataList(flat)
  const startOf = (events: string[]): object => ({
    unreadBytes: 0,
    start: () => void events.push("start"),
    deliverUnread() {},
    pause() {},
    resume() {},
    cancel: (why: BridgeError) => void events.push(`cancel ${why.reason}`),
  })

  it("answers a status without a stream by a head alone", () => {
    const { pump, events, text } = replyScene()
    pump.reply({ kind: "status", metadata: emptyMetadata, status: gone })
    expect([text(), events]).toEqual(["=5", ["end", "ended 5"]])
  })

  it("cancels a reply that comes once the call is over, and writes nothing of it", () => {
    const { pump, call, events, text } = replyScene()
    call.fail(lost)
    const before = text()
    const source = startOf(events) as ReplySource
    pump.reply({ kind: "stream", metadata: emptyMetadata, contentType: "application/grpc", source })
    pump.reply({ kind: "status", metadata: emptyMetadata, status: ok })
    expect(text()).toBe(before)
    expect(events).toEqual(["end", "ended 14", "cancel client-gone"])
  })

  it.each([
    [metadata("grpc-encoding", "gzip"), "end,ended 0"],
    [metadata("grpc-encoding", "identity"), "cancel backend-bad-frame,end,ended 13"],
    [emptyMetadata, "cancel backend-bad-frame,end,ended 13"],
  ])("passes compressed messages only where the head names an encoding: %#", (fields, happens) => {
    const { pump, events } = replyScene()
    const source = startOf(events) as ReplySource
    pump.reply({ kind: "stream", metadata: fields, contentType: "application/grpc", source })
    pump.data(Buffer.concat([Buffer.of(1), frame(3).subarray(1)]))
    pump.end(ok)
    expect(events.join()).toBe(`start,${happens}`)
  })

  it("counts the bytes and the messages of the reply", () => {
    const { pump, stream, record } = replyScene()
    stream()
    pump.data(frame(3))
    pump.data(Buffer.concat([frame(4), frame(5).subarray(0, 6)]))
    pump.end(gone)
    expect([record.replyBytes, record.replyMessages]).toEqual([8 + 9 + 6, 2])
  })

  it("reports a source that throws, and ends the call with a status", () => {
    const { pump, events, text } = replyScene()
    const source = startOf(events) as ReplySource
    source.start = () => {
      throw new Error("thrown")
    }
    pump.reply({ kind: "stream", metadata: emptyMetadata, contentType: "application/grpc", source })
    expect(events).toEqual(["crash reply", "cancel internal", "end", "ended 13"])
    expect(text()).toBe("<>13")
  })

  it("cuts the exchange as the last resort, and waits for nobody any more", () => {
    const { pump, events, stream, stalls, isFree } = replyScene()
    stream()
    isFree(false)
    pump.data(frame(3))
    pump.flush()
    expect(stalls.size).toBe(1)
    pump.cut(lost)
    expect(events.slice(-2)).toEqual(["ended 14", "abort backend-lost"])
    expect(stalls.size).toBe(0)
    pump.data(frame(3))
    pump.clientGone()
    expect(events.slice(-2)).toEqual(["ended 14", "abort backend-lost"])
  })

  it("waits for a client that has not taken the end of its answer, no longer than the stall timeout", () => {
    const { pump, events, stream, stalls } = replyScene({ takesEnd: false })
    stream()
    pump.end(ok)
    expect([stalls.size, events]).toEqual([1, ["end", "ended 0"]])
    pump.stalled("too-long")
    expect(events).toEqual(["end", "ended 0", "abort slow-reader"])
    pump.clientDrained()
    expect(stalls.size).toBe(0)
  })
})
