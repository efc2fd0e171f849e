import { afterEach, describe, expect, it, vi } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { errorOf } from "../../test/outcome.ts"
import { cut, failedFetch, setUp, setUpStream } from "../../test/page-setup.ts"
import { settle } from "../testing/held-clock.ts"

afterEach(() => void vi.unstubAllGlobals())

describe("Q20: a page whose browser says that it is offline", () => {
  it("makes the first attempt of a stream all the same, and cuts the wait short when the page is online", async () => {
    vi.stubGlobal("navigator", { onLine: false })
    const setup = setUp()
    setup.fire("offline")
    const { calls, call, clock, fire, stream } = await setUpStream()
    expect(calls).toHaveLength(1)
    await call().end(cut)
    expect(stream.state).toMatchObject({ kind: "waiting", untilMs: 500 })
    fire("online")
    await settle()
    expect(calls).toHaveLength(2)
    expect(clock.nowMs()).toBe(0)
  })

  it("makes a call through the interceptor all the same", async () => {
    vi.stubGlobal("navigator", { onLine: false })
    const { page, fire } = setUp()
    const { users, requests } = scriptedClients([failedFetch], { interceptors: [page.interceptor] })
    fire("offline")
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(1)
  })
})
