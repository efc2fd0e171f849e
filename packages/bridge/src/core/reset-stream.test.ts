import { expect, it, vi } from "vitest"
import { resetStream } from "./reset-stream.ts"

it("a stream is reset with its code, and its writable side then ends without sending anything", () => {
  const sendsEnd = vi.fn<(done: (error?: Error | null) => void) => void>()
  const stream = { _final: sendsEnd, close: vi.fn<(code: number) => void>() }
  resetStream(stream, 8)
  expect(stream.close.mock.calls).toEqual([[8]])
  const done = vi.fn<(error?: Error | null) => void>()
  stream._final(done)
  expect(done.mock.calls).toEqual([[]])
  expect(sendsEnd).not.toHaveBeenCalled()
})
