import { Code, ConnectError } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf } from "../../test/outcome.ts"
import { failedFetch, setUp } from "../../test/page-setup.ts"

describe("the interceptor over streams", () => {
  it("listens to the page no longer than a stream lives", async () => {
    const { page } = setUp()
    let listeners = 0
    const counted = page.subscribe
    vi.spyOn(page, "subscribe").mockImplementation((listener) => {
      listeners++
      const unsubscribe = counted(listener)
      return () => {
        listeners--
        unsubscribe()
      }
    })
    const ends = [{ body: [watchFrame("a")], isOpen: true }, { body: [watchFrame("a")] }, failedFetch]
    for (const end of ends) {
      const { audit } = scriptedClients([end], { interceptors: [page.interceptor] })
      try {
        for await (const _ of audit.watch({})) if (end === ends[0]) break
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectError)
      }
    }
    expect(vi.mocked(page.subscribe)).toHaveBeenCalledTimes(3)
    await vi.waitFor(() => expect(listeners).toBe(0))
  })

  it("does not listen for a stream that was already aborted", async () => {
    const { page } = setUp()
    const subscribe = vi.spyOn(page, "subscribe")
    const late: Interceptor = (next) => async (request) => {
      controller.abort()
      return next(request)
    }
    const controller = new AbortController()
    const { audit, requests } = scriptedClients([{ body: [] }], { interceptors: [late, page.interceptor] })
    const error = await errorOf(audit.watch({}, { signal: controller.signal })[Symbol.asyncIterator]().next())
    expect(error.code).toBe(Code.Canceled)
    expect(subscribe).not.toHaveBeenCalled()
    expect(requests).toEqual([])
  })
})
