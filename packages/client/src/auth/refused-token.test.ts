import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import type { UnaryRequest } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, vi } from "vitest"
import { found, refused, withAuth, session, sentTokens } from "../../test/auth-setup.ts"
import { errorOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { createClient } from "../create-client.ts"
import { settle } from "../testing/held-clock.ts"
import { auth } from "./auth.ts"
import type { Token } from "./auth.ts"

describe("a refused token", () => {
  it("is renewed once for all calls that failed with it, and each of them is made once more", async () => {
    const { clients, refreshToken, requests } = session()
    const calls = Array.from({ length: 20 }, () => clients.users.getUser({}))
    expect((await Promise.all(calls)).map(({ user }) => user?.id)).toEqual(calls.map(() => "7"))
    expect(refreshToken).toHaveBeenCalledExactlyOnceWith("old")
    expect(requests).toHaveLength(40)
    expect(requests.filter((sent) => sent === "Bearer old")).toHaveLength(20)
  })

  it("is not renewed again by a call that is refused late", async () => {
    let answerLate = (_answer: Script): void => {}
    const late = new Promise<Script>((resolve) => (answerLate = resolve))
    const state = { token: "old" }
    const refreshToken = vi.fn(() => (state.token = "new"))
    const { users, requests } = withAuth([late, refused, found, found], { getToken: () => state.token, refreshToken })
    const first = users.getUser({})
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    await users.getUser({})
    answerLate(refused)
    await first
    expect(refreshToken).toHaveBeenCalledTimes(1)
    expect(sentTokens(requests)).toEqual(["Bearer old", "Bearer old", "Bearer new", "Bearer new"])
  })

  it("is not renewed again by a call whose getToken is slow and returns the old token", async () => {
    const state = { token: "old" }
    const refreshToken = vi.fn(() => (state.token = "new"))
    let asked = 0
    let answerSlowly = (): void => {}
    const slow = new Promise<void>((resolve) => (answerSlowly = resolve))
    const getToken = async (): Promise<Token> => {
      const { token } = state
      // Two for the first attempts; the third belongs to whichever call is refused first.
      if (++asked === 3) await slow
      return token
    }
    const { users, requests } = withAuth([refused, refused, found], { getToken, refreshToken })
    const calls = Promise.all([users.getUser({}), users.getUser({})])
    await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual(3))
    await settle()
    answerSlowly()
    await calls
    expect(refreshToken).toHaveBeenCalledExactlyOnceWith("old")
    expect(sentTokens(requests)).toEqual(["Bearer old", "Bearer old", "Bearer new", "Bearer new"])
  })

  it("is renewed too if a gateway answers 401 in the server's place", async () => {
    const gateway: Script = { status: 401, headers: { "content-type": "text/html" }, body: [] }
    const { users, requests } = withAuth([gateway, found], { getToken: () => "t", refreshToken: () => "u" })
    await users.getUser({})
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
  })

  it("is not sent again if the renewal returns an equal token: no loop", async () => {
    const refreshToken = vi.fn(() => "t")
    const { users, requests } = withAuth([refused], { getToken: () => "t", refreshToken })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unauthenticated, rawMessage: "who are you" })
    expect(requests).toHaveLength(1)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  it("ends the call if the renewed token is refused too", async () => {
    let count = 0
    const refreshToken = vi.fn(() => `t${++count}`)
    const { users, requests } = withAuth([refused], { getToken: () => `t${count}`, refreshToken })
    expect((await errorOf(users.getUser({}))).code).toBe(Code.Unauthenticated)
    expect(sentTokens(requests)).toEqual(["Bearer t0", "Bearer t1"])
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  it("ends the call with the server's status if the renewal returns no token", async () => {
    const { users, requests } = withAuth([refused], { getToken: () => "t", refreshToken: () => null })
    expect(await errorOf(users.getUser({}))).toMatchObject({ rawMessage: "who are you" })
    expect(requests).toHaveLength(1)
  })

  it("is not shared with another user's session", async () => {
    const state = { token: "a-old" }
    const renewals = new Map<Token, (token: string) => void>()
    const refreshToken = (rejected: Token) =>
      new Promise<Token>((resolve) => renewals.set(rejected, (token) => resolve((state.token = token))))
    const { users, requests } = withAuth([refused, refused, found], { getToken: () => state.token, refreshToken })
    const ofA = users.getUser({})
    await vi.waitFor(() => expect([...renewals.keys()]).toEqual(["a-old"]))
    state.token = "b-old"
    const ofB = users.getUser({})
    await vi.waitFor(() => expect([...renewals.keys()]).toEqual(["a-old", "b-old"]))
    renewals.get("b-old")?.("b-new")
    await ofB
    expect(sentTokens(requests).at(-1)).toBe("Bearer b-new")
    renewals.get("a-old")?.("a-new")
    await ofA
    expect(sentTokens(requests).at(-1)).toBe("Bearer a-new")
  })

  it("is renewed also for methods that may not run twice, because the server did not begin", async () => {
    const { users, requests } = withAuth([refused, found], { getToken: () => "t", refreshToken: () => "u" })
    await users.createUser({})
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
  })
})

describe("a renewal that fails", () => {
  it("is the cause of the error of each waiting call, and the next call tries again", async () => {
    const cause = new RangeError("no network")
    const refreshToken = vi.fn(() => Promise.reject(cause))
    const { users } = withAuth([refused], { getToken: () => "t", refreshToken })
    const errors = await Promise.all([errorOf(users.getUser({})), errorOf(users.getUser({}))])
    for (const error of errors) expect(error).toMatchObject({ code: Code.Unauthenticated, source: "client", cause })
    expect(refreshToken).toHaveBeenCalledTimes(1)
    await errorOf(users.getUser({}))
    expect(refreshToken).toHaveBeenCalledTimes(2)
  })

  it("keeps the code of the failed renewal call: an outage does not end the session", async () => {
    const cause = new ConnectError("down", Code.Unavailable)
    const { users } = withAuth([refused], { getToken: () => "t", refreshToken: () => Promise.reject(cause) })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unavailable, cause })
  })

  it("also keeps the code if getToken fails", async () => {
    const cause = new Error("storage is blocked")
    const { users, requests } = withAuth([found], {
      getToken: () => {
        throw cause
      },
    })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unauthenticated, cause })
    expect(requests).toEqual([])
  })
})

describe("a call that is aborted while its token is renewed", () => {
  it("ends at once, without affecting others", async () => {
    let renew = (_token: string): void => {}
    const refreshToken = vi.fn(() => new Promise<Token>((resolve) => (renew = resolve)))
    const { users, requests } = withAuth([refused, refused, found], { getToken: () => "t", refreshToken })
    const controller = new AbortController()
    const leaving = errorOf(users.getUser({}, { signal: controller.signal }))
    const staying = users.getUser({})
    await vi.waitFor(() => expect(requests).toHaveLength(2))
    await vi.waitFor(() => expect(refreshToken).toHaveBeenCalledTimes(1))
    controller.abort()
    expect((await leaving).code).toBe(Code.Canceled)
    renew("u")
    expect((await staying).user?.id).toBe("7")
    expect(requests).toHaveLength(3)
  })

  it("fails with the reason of the abort, not with a missing token", async () => {
    const controller = new AbortController()
    const request = { stream: false, header: new Headers(), signal: controller.signal }
    const next = vi.fn(() => Promise.reject(new Error("was called")))
    const call = auth({ getToken: () => new Promise<Token>(() => {}) })(next)(request as unknown as UnaryRequest)
    const failure = call.catch((error: unknown) => error)
    controller.abort(new Error("changed my mind"))
    expect(await failure).toMatchObject({ code: Code.Canceled, rawMessage: "changed my mind" })
    expect(next).not.toHaveBeenCalled()
  })

  it("ends by its deadline too, over a transport of connect's", async () => {
    const { fetch } = scriptedFetch([refused])
    const interceptors = [auth({ getToken: () => "t", refreshToken: () => new Promise<Token>(() => {}) })]
    const transport = createGrpcWebTransport({ baseUrl: "https://api.test", fetch, interceptors })
    const call = createClient(UserService, transport).getUser({}, { timeoutMs: 50 })
    await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded })
  })
})
