import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { trailerFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { found, refused, unavailable, retrying } from "../../test/retry-setup.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { retry } from "./retry.ts"

describe("the budget of an origin", () => {
  it("Q25: limits each call to one attempt when a server is down", async () => {
    const { users, requests } = retrying([unavailable])
    for (let call = 0; call < 20; call++) await errorOf(users.getUser({}))
    // 10 tokens: the first call takes 3, the second 2 and then finds half of them gone.
    expect(requests).toHaveLength(3 + 2 + 18)
  })

  it("grows by a tenth of a token with each success, and allows retries above one half", async () => {
    const down = Array.from({ length: 6 }, () => unavailable)
    const { users, requests } = retrying([...down, ...Array.from({ length: 11 }, () => found), unavailable, found])
    await errorOf(users.getUser({}))
    await errorOf(users.getUser({}))
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(6)
    // 4 tokens are left. Eleven successes make 5.1 of them, and the next failure takes one.
    for (let call = 0; call < 11; call++) await users.getUser({})
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(18)
  })

  it("is not reduced by failures that say nothing about the server, but is by a pushback that forbids a retry", async () => {
    const { users, requests } = retrying([...Array.from({ length: 20 }, () => refused(Code.NotFound)), unavailable])
    for (let call = 0; call < 20; call++) await errorOf(users.getUser({}))
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(23)

    const no = refused(Code.Internal, { "grpc-retry-pushback-ms": "-1" })
    const pushed = retrying([no, no, no, no, no, unavailable])
    for (let call = 0; call < 5; call++) await errorOf(pushed.users.getUser({}))
    await errorOf(pushed.users.getUser({}))
    expect(pushed.requests).toHaveLength(6)
  })

  it("is not refilled by streams, whose outcome is known only at their end", async () => {
    const late: Script = { body: [trailerFrame("grpc-status:14")] }
    const down = Array.from({ length: 4 }, () => unavailable)
    const lates = Array.from({ length: 30 }, () => late)
    const { users, audit, requests } = retrying([...down, ...lates, unavailable], { maxAttempts: 4 })
    await errorOf(users.getUser({}))
    for (let call = 0; call < 30; call++) await outcomeOf(audit.watch({}))
    expect(requests).toHaveLength(34)
    // 6 tokens are left, as before the streams: this failure takes the one that is needed.
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(35)
  })

  it("is separate for each origin", async () => {
    const interceptor = retry({ clock: { nowMs: () => 0, wait: async () => {} }, maxAttempts: 2 })
    const count = async (url: string): Promise<number> => {
      let attempts = 0
      const next = interceptor(async () => {
        attempts++
        throw new ConnectError("", Code.Unavailable)
      })
      const method = UserService.method.getUser
      const request = { stream: false, service: UserService, method, url, header: new Headers() }
      const { signal } = new AbortController()
      await next({ ...request, signal } as unknown as Parameters<typeof next>[0]).catch(() => {})
      return attempts
    }
    for (let call = 0; call < 10; call++) await count("https://a.test/api.v1.UserService/GetUser")
    expect(await count("https://a.test/other")).toBe(1)
    expect(await count("https://a.test:8443/api.v1.UserService/GetUser")).toBe(2)
    expect(await count("/api.v1.UserService/GetUser")).toBe(2)
  })
})
