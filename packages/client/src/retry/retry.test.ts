import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import type { Interceptor } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"
import { scriptedClients } from "../../test/clients.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { found, refused, unavailable, retrying, previousAttempts, user } from "../../test/retry-setup.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { retry } from "./retry.ts"

describe("retry", () => {
  it("repeats a read that the server could not accept, and numbers its attempts", async () => {
    const { users, requests } = retrying([unavailable, unavailable, found])
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    expect(previousAttempts(requests)).toEqual([null, "1", "2"])
    expect(requests.map(({ body }) => body)).toEqual([requests[0].body, requests[0].body, requests[0].body])
  })

  it("repeats a read that broke on the network, before an answer or in the middle of one", async () => {
    const broken: Script = { body: [user.subarray(0, 4), new TypeError("network error")] }
    const { users, requests } = retrying([new TypeError("Failed to fetch"), broken, found])
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    expect(requests).toHaveLength(3)
  })

  it("fails with the error of the last attempt", async () => {
    const second = refused(Code.Unavailable, { "grpc-message": "second" })
    const { users, requests } = retrying([unavailable, second], { maxAttempts: 2 })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unavailable, rawMessage: "second" })
    expect(requests).toHaveLength(2)
  })

  it.each([
    [undefined, 3],
    [1, 1],
    [4, 4],
    [5, 5],
    [50, 5],
  ])("given maxAttempts %s makes %d attempts: never more than five (gRFC A6)", async (maxAttempts, count) => {
    const { users, requests } = retrying([unavailable], maxAttempts === undefined ? {} : { maxAttempts })
    expect((await errorOf(users.getUser({}))).code).toBe(Code.Unavailable)
    expect(requests).toHaveLength(count)
  })

  it("repeats only after UNAVAILABLE by default", async () => {
    for (const code of [Code.Internal, Code.Unknown, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Aborted]) {
      const { users, requests } = retrying([refused(code)])
      expect((await errorOf(users.getUser({}))).code).toBe(code)
      expect(requests).toHaveLength(1)
    }
    const { users, requests } = retrying([refused(Code.Aborted), found], { retryableCodes: [Code.Aborted] })
    await users.getUser({})
    expect(requests).toHaveLength(2)
  })

  it("applies the policy of a method over the common policy", async () => {
    const seen: string[] = []
    const { users, requests } = retrying([unavailable], {
      maxAttempts: 2,
      forMethod: (method) => {
        seen.push(`${method.parent.typeName}/${method.name}`)
        return method === UserService.method.listUsers ? { maxAttempts: 1 } : undefined
      },
    })
    await errorOf(users.listUsers({}))
    expect(requests).toHaveLength(1)
    await errorOf(users.getUser({}))
    expect(requests).toHaveLength(3)
    expect(seen).toEqual(["api.v1.UserService/ListUsers", "api.v1.UserService/GetUser"])
  })

  it("gives each attempt headers of its own", async () => {
    const appending: Interceptor = (next) => (request) => {
      request.header.append("x-once", "1")
      return next(request)
    }
    const { users, requests } = retrying([unavailable, found], {}, [appending])
    await users.getUser({}, { headers: { "x-mine": "m" } })
    expect(requests.map(({ headers }) => [headers.get("x-once"), headers.get("x-mine")])).toEqual([
      ["1", "m"],
      ["1", "m"],
    ])
  })

  it("treats undefined as an omitted option", async () => {
    const { users, requests } = retrying([unavailable, found], { maxAttempts: undefined, retryableCodes: undefined })
    await users.getUser({})
    expect(requests).toHaveLength(2)
  })

  it.each([
    { maxAttempts: 0 },
    { maxAttempts: 1.5 },
    { maxAttempts: NaN },
    { initialBackoffMs: 0 },
    { maxBackoffMs: Infinity },
    { backoffMultiplier: -1 },
  ])("refuses options that cannot work: %o", (options) => {
    expect(() => retry(options)).toThrow(TypeError)
    expect(() => retry(options)).toThrow(Object.keys(options)[0])
  })
})

describe("a method that may not run twice", () => {
  it.each([
    ["UNAVAILABLE of the service", unavailable],
    ["a lost backend", refused(Code.Unavailable, { "x-causeway-reason": "backend-lost" })],
    ["a bridge that cut the call", refused(Code.Unavailable, { "x-causeway-reason": "shut-down" })],
    ["no answer, in a browser", new TypeError("Failed to fetch")],
    ["a proxy's 503", { status: 503, headers: { "content-type": "text/html" }, body: [] }],
  ])("is not repeated after %s", async (_what, answer) => {
    const { users, requests } = retrying([answer])
    expect((await errorOf(users.createUser({}))).code).toBe(Code.Unavailable)
    expect(requests).toHaveLength(1)
  })

  it("is repeated when the bridge says that no backend has processed it", async () => {
    for (const reason of ["backend-unreachable", "backend-busy", "backend-refused", "client-busy", "draining"]) {
      const { users, requests } = retrying([refused(Code.Unavailable, { "x-causeway-reason": reason }), found])
      await users.createUser({})
      expect(requests).toHaveLength(2)
    }
  })

  it("is repeated when Node says that there was no connection", async () => {
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]) {
      const cause = Object.assign(new Error(code), { code })
      const { users, requests } = retrying([new TypeError("fetch failed", { cause }), found])
      await users.createUser({})
      expect(requests).toHaveLength(2)
    }
    const cause = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" })
    const { users, requests } = retrying([new TypeError("fetch failed", { cause }), found])
    await errorOf(users.createUser({}))
    expect(requests).toHaveLength(1)
  })

  it("is repeated if its policy allows it, and a read is not if its policy forbids it", async () => {
    const forMethod = () => ({ mayRepeat: true })
    const { users, requests } = retrying([unavailable, found], { forMethod })
    await users.createUser({})
    expect(requests).toHaveLength(2)
    const careful = retrying([unavailable, found], { mayRepeat: false })
    await errorOf(careful.users.getUser({}))
    expect(careful.requests).toHaveLength(1)
  })
})

it("without retry nothing is ever repeated", async () => {
  const { users, audit, requests } = scriptedClients([unavailable, new TypeError("Failed to fetch"), found])
  await errorOf(users.getUser({}))
  await errorOf(users.getUser({}))
  expect((await outcomeOf(audit.watch({}))).messages).toHaveLength(1)
  expect(requests).toHaveLength(3)
})
