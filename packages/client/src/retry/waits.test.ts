import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import type { UnaryRequest } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, vi } from "vitest"
import { errorOf } from "../../test/outcome.ts"
import { found, refused, unavailable, retrying } from "../../test/retry-setup.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import { systemClock } from "../clock.ts"
import { createClient } from "../create-client.ts"
import { createHeldClock } from "../testing/held-clock.ts"
import { retry } from "./retry.ts"

describe("the back-off", () => {
  it("grows by the multiplier up to its ceiling", async () => {
    const options = { maxAttempts: 5, initialBackoffMs: 100, backoffMultiplier: 3, maxBackoffMs: 1_000 }
    const { users, waitsMs } = retrying([unavailable], options)
    await errorOf(users.getUser({}))
    expect(waitsMs).toEqual([100, 300, 900, 1_000])
  })

  it("Q25: is spread over the whole range (full jitter), not around its middle", async () => {
    const draws = [0, 0.25, 0.999]
    const { users, waitsMs } = retrying([unavailable], {
      maxAttempts: 4,
      initialBackoffMs: 100,
      random: () => draws.shift() ?? 1,
    })
    await errorOf(users.getUser({}))
    expect(waitsMs).toEqual([0, 50, 399.6])
  })

  it("is replaced by the server's pushback, and then starts again from its beginning (grpc-retry-pushback-ms)", async () => {
    const pushback = refused(Code.Unavailable, { "grpc-retry-pushback-ms": "1234" })
    const { users, waitsMs } = retrying([unavailable, pushback, unavailable, found], { maxAttempts: 5 })
    await users.getUser({})
    expect(waitsMs).toEqual([200, 1234, 200])
  })

  it("may be zero if the pushback is zero", async () => {
    const { users, waitsMs } = retrying([refused(Code.Unavailable, { "grpc-retry-pushback-ms": "0" }), found])
    await users.getUser({})
    expect(waitsMs).toEqual([0])
  })

  it.each(["-1", "", "soon", "1.5", "1e3", "007", "2147483648", "99999999999999999999", "1, 2"])(
    "does not start after a pushback of %j, which forbids a retry",
    async (value) => {
      const { users, requests } = retrying([refused(Code.Unavailable, { "grpc-retry-pushback-ms": value }), found])
      expect((await errorOf(users.getUser({}))).code).toBe(Code.Unavailable)
      expect(requests).toHaveLength(1)
    },
  )

  it("ends at once with one outcome when the caller aborts during it", async () => {
    const clock = createHeldClock()
    const { users, requests } = retrying([unavailable, found], { clock })
    const controller = new AbortController()
    const call = errorOf(users.getUser({}, { signal: controller.signal }))
    await clock.advance(0)
    expect(requests).toHaveLength(1)
    controller.abort(new Error("changed my mind"))
    expect(await call).toMatchObject({ code: Code.Canceled, rawMessage: "changed my mind" })
    await clock.advance(10_000)
    expect(requests).toHaveLength(1)
  })

  it("is followed by no attempt after an abort, whatever the inner interceptors do", async () => {
    const clock = createHeldClock()
    const next = vi.fn(() => Promise.reject(new ConnectError("", Code.Unavailable)))
    const controller = new AbortController()
    const request = { stream: false, url: "/", header: new Headers(), signal: controller.signal }
    const call = retry({ clock })(next)({ ...request, method: UserService.method.getUser } as unknown as UnaryRequest)
    const failure = call.catch((error: unknown) => error)
    await clock.advance(0)
    controller.abort(new Error("changed my mind"))
    expect(await failure).toMatchObject({ code: Code.Canceled, rawMessage: "changed my mind" })
    expect(next).toHaveBeenCalledTimes(1)
  })

  it("ends with the deadline, which holds for all attempts together", async () => {
    const pushback = refused(Code.Unavailable, { "grpc-retry-pushback-ms": "600000" })
    const { users, requests } = retrying([pushback], { clock: systemClock })
    const error = await errorOf(users.getUser({}, { timeoutMs: 500 }))
    expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
    expect(requests).toHaveLength(1)
  })
})

describe("the deadline in the headers", () => {
  it("is the remaining time, also for a transport that sets it once", async () => {
    const { fetch, requests } = scriptedFetch([unavailable, unavailable, found])
    let nowMs = 0
    const clock = { nowMs: () => nowMs, wait: async (ms: number) => void (nowMs += ms) }
    const transport = createGrpcWebTransport({
      baseUrl: "https://api.test",
      fetch,
      interceptors: [retry({ clock, random: () => 1 })],
    })
    await createClient(UserService, transport).getUser({}, { timeoutMs: 1_000 })
    expect(requests.map(({ headers }) => headers.get("grpc-timeout"))).toEqual(["1000m", "800000u", "400000u"])
  })
})
