import { EventEmitter } from "node:events"
import { constants } from "node:http2"
import type { ClientHttp2Stream } from "node:http2"
import { describe, expect, it } from "vitest"
import type { UpstreamListener } from "../../core/upstream-stream.ts"
import { Clients } from "../clients.ts"
import type { StreamOwner } from "../http2-connection.ts"
import { NodeStream } from "./stream.ts"

const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const nothing = (): void => {}
const listener: UpstreamListener = {
  head: nothing,
  data: nothing,
  end: nothing,
  lost: nothing,
  drained: nothing,
  crashed: nothing,
}
const owner: StreamOwner = {
  streamClosed: nothing,
  streamReset: nothing,
  streamReceived: nothing,
  howLost: () => ({ kind: "reset", code: 0, wasProcessed: "maybe", cause: null }),
}

/** A stream of Node that has not taken everything, and the codes that it was closed with. */
class Unsent extends EventEmitter {
  writableLength = 6
  readonly closed = false
  readonly destroyed = false
  readonly codes: number[] = []

  close(code: number): void {
    this.codes.push(code)
  }
}

function open(): { readonly node: Unsent; readonly stream: NodeStream } {
  const node = new Unsent()
  const client = new Clients().at("192.0.2.1")
  return { node, stream: new NodeStream(node as unknown as ClientHttp2Stream, listener, owner, client) }
}

describe("a reset", () => {
  it("comes at once where nothing waits", () => {
    const { node, stream } = open()
    node.writableLength = 0
    stream.reset(constants.NGHTTP2_CANCEL)
    expect(node.codes).toEqual([constants.NGHTTP2_CANCEL])
  })

  it("lets what was written before it leave first", async () => {
    const { node, stream } = open()
    stream.reset(constants.NGHTTP2_CANCEL)
    await turnEnd()
    expect(node.codes).toEqual([])
    node.writableLength = 0
    await turnEnd()
    expect(node.codes).toEqual([constants.NGHTTP2_CANCEL])
  })

  it("waits some turns and no longer for a backend that does not read", async () => {
    const { node, stream } = open()
    stream.reset(constants.NGHTTP2_CANCEL)
    for (let turn = 0; turn < 5; turn++) await turnEnd()
    expect(node.codes).toEqual([constants.NGHTTP2_CANCEL])
  })
})
