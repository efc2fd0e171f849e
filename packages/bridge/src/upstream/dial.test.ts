import { Socket } from "node:net"
import { afterEach, describe, expect, it, vi } from "vitest"
import { addressOf, dial } from "./dial.ts"
import { upstreamTarget } from "./target.ts"

afterEach(() => void vi.restoreAllMocks())

describe("a socket to a backend", () => {
  it.each(["http://127.0.0.1:1", "https://127.0.0.1:1"])(
    "asks an idle host whether it is there, and sends at once: %s",
    (url) => {
      const keepAlive = vi.spyOn(Socket.prototype, "setKeepAlive")
      const noDelay = vi.spyOn(Socket.prototype, "setNoDelay")
      dial(upstreamTarget(url))
        .on("error", () => {})
        .destroy()
      expect(keepAlive).toHaveBeenCalledWith(true, 30_000)
      expect(noDelay).toHaveBeenCalledWith(true)
    },
  )

  it("that was closed at once has no address, rather than one that is made up", () => {
    expect(addressOf(upstreamTarget("https://127.0.0.1:1"), new Socket())).toBeNull()
  })
})
