import { UserService } from "@causeway/proto/api/v1/user_pb"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import type { Interceptor, UnaryRequest } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, vi } from "vitest"
import type { Clients } from "../../test/clients.ts"
import { scriptedClients, wordsOf } from "../../test/clients.ts"
import { join, messageFrame, okTrailer, trailerFrame, watchFrame } from "../../test/grpc-web-bytes.ts"
import { createHeldClock } from "../testing/held-clock.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script, SeenRequest } from "../../test/scripted-fetch.ts"
import { systemClock } from "../clock.ts"
import { createClient } from "../create-client.ts"
import { retry } from "./retry.ts"
import type { RetryOptions } from "./retry.ts"

const user = messageFrame(GetUserResponseSchema, { user: { id: "7" } })
const found: Script = { body: [join(user, okTrailer)] }

/** An answer of headers alone ("Trailers-Only"). */
function refused(code: Code, headers: Record<string, string> = {}): Script {
  return { headers: { "grpc-status": String(code), ...headers }, body: [] }
}

const unavailable = refused(Code.Unavailable)

/** Clients that retry without waiting, and how long each wait would have been. */
function retrying(
  answers: Parameters<typeof scriptedFetch>[0],
  options: RetryOptions = {},
  inside: readonly Interceptor[] = [],
): Clients & { readonly requests: SeenRequest[]; readonly waitsMs: number[] } {
  const waitsMs: number[] = []
  let nowMs = 0
  const clock = {
    nowMs: () => nowMs,
    wait: async (ms: number) => {
      waitsMs.push(ms)
      nowMs += ms
    },
  }
  const interceptors = [retry({ clock, random: () => 1, ...options }), ...inside]
  return { ...scriptedClients(answers, { interceptors }), waitsMs }
}

const previousAttempts = (requests: readonly SeenRequest[]) =>
  requests.map(({ headers }) => headers.get("grpc-previous-rpc-attempts"))

describe("retry", () => {
  it("makes a read again that the server could not take, and numbers its attempts", async () => {
    const { users, requests } = retrying([unavailable, unavailable, found])
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    expect(previousAttempts(requests)).toEqual([null, "1", "2"])
    expect(requests.map(({ body }) => body)).toEqual([requests[0].body, requests[0].body, requests[0].body])
  })

  it("makes a read again that broke on the network, before an answer or in the middle of one", async () => {
    const broken: Script = { body: [user.subarray(0, 4), new TypeError("network error")] }
    const { users, requests } = retrying([new TypeError("Failed to fetch"), broken, found])
    expect((await users.getUser({ id: "7" })).user?.id).toBe("7")
    expect(requests).toHaveLength(3)
  })

  it("fails as the last attempt did", async () => {
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

  it("repeats after UNAVAILABLE alone, unless it is told otherwise", async () => {
    for (const code of [Code.Internal, Code.Unknown, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Aborted]) {
      const { users, requests } = retrying([refused(code)])
      expect((await errorOf(users.getUser({}))).code).toBe(code)
      expect(requests).toHaveLength(1)
    }
    const { users, requests } = retrying([refused(Code.Aborted), found], { retryableCodes: [Code.Aborted] })
    await users.getUser({})
    expect(requests).toHaveLength(2)
  })

  it("has a policy for each method, over the one for all", async () => {
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

  it("takes undefined for an option that is not given", async () => {
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

  it("is repeated when the bridge says that no backend took it up", async () => {
    for (const reason of ["backend-unreachable", "backend-busy", "backend-refused", "draining"]) {
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

  it("is repeated when its policy says that it may be, and a read is not when its policy says no", async () => {
    const forMethod = () => ({ mayRepeat: true })
    const { users, requests } = retrying([unavailable, found], { forMethod })
    await users.createUser({})
    expect(requests).toHaveLength(2)
    const careful = retrying([unavailable, found], { mayRepeat: false })
    await errorOf(careful.users.getUser({}))
    expect(careful.requests).toHaveLength(1)
  })
})

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

  it("is what the server says instead, and then begins anew (grpc-retry-pushback-ms)", async () => {
    const pushback = refused(Code.Unavailable, { "grpc-retry-pushback-ms": "1234" })
    const { users, waitsMs } = retrying([unavailable, pushback, unavailable, found], { maxAttempts: 5 })
    await users.getUser({})
    expect(waitsMs).toEqual([200, 1234, 200])
  })

  it("may be nothing at all, if the server says so", async () => {
    const { users, waitsMs } = retrying([refused(Code.Unavailable, { "grpc-retry-pushback-ms": "0" }), found])
    await users.getUser({})
    expect(waitsMs).toEqual([0])
  })

  it.each(["-1", "", "soon", "1.5", "1e3", "007", "2147483648", "99999999999999999999", "1, 2"])(
    "is not begun after a pushback of %j, which means: not again",
    async (value) => {
      const { users, requests } = retrying([refused(Code.Unavailable, { "grpc-retry-pushback-ms": value }), found])
      expect((await errorOf(users.getUser({}))).code).toBe(Code.Unavailable)
      expect(requests).toHaveLength(1)
    },
  )

  it("ends at once with one outcome when the caller aborts in it", async () => {
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

  it("that was ended is followed by no attempt, whatever stands inside", async () => {
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
  it("is what remains, also for a transport that writes it once", async () => {
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

describe("the budget of an origin", () => {
  it("Q25: lets a server that is down be asked once by each call, not several times", async () => {
    const { users, requests } = retrying([unavailable])
    for (let call = 0; call < 20; call++) await errorOf(users.getUser({}))
    // 10 tokens: the first call takes 3, the second 2 and then finds half of them gone.
    expect(requests).toHaveLength(3 + 2 + 18)
  })

  it("fills up by a tenth with each success, and opens above the half", async () => {
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

  it("is not spent by failures that say nothing of the server, and is by a pushback that says no", async () => {
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

  it("is not filled up by streams, which say at their end how they went", async () => {
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

  it("is one for each origin", async () => {
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

describe("a stream", () => {
  it("is opened again with the same request, as long as no headers have come", async () => {
    const { audit, requests } = retrying([unavailable, { body: [watchFrame("a"), okTrailer] }])
    const { messages, error } = await outcomeOf(audit.watch({ backlogSize: 3 }))
    expect(error).toBeUndefined()
    expect(wordsOf(messages)).toEqual(["a"])
    expect(requests).toHaveLength(2)
    expect(requests[1].body).toEqual(requests[0].body)
    expect(requests[0].body.length).toBeGreaterThan(5)
  })

  it("is committed when its headers have come, whatever follows them (gRFC A6)", async () => {
    const late: Script = { body: [trailerFrame("grpc-status:14")] }
    const { audit, requests } = retrying([late, { body: [okTrailer] }])
    expect((await outcomeOf(audit.watch({}))).error?.code).toBe(Code.Unavailable)
    expect(requests).toHaveLength(1)
  })

  it("of requests is not sent again once one was taken, whatever its policy says", async () => {
    const { imports, requests } = retrying([unavailable, found], { mayRepeat: true })
    async function* rows() {
      yield { user: { email: "a@x.test" } }
    }
    expect((await errorOf(imports.import(rows()))).code).toBe(Code.Unavailable)
    expect(requests).toHaveLength(1)
  })

  it("of requests is tried again as long as none was taken", async () => {
    let failures = 2
    const unready: Interceptor = (next) => (request) =>
      failures-- > 0 ? Promise.reject(new ConnectError("not yet", Code.Unavailable)) : next(request)
    const { support, requests } = retrying([{ body: [okTrailer] }], { mayRepeat: true }, [unready])
    async function* questions() {
      yield { text: "a" }
    }
    expect((await outcomeOf(support.chat(questions()))).error).toBeUndefined()
    expect(requests).toHaveLength(1)
    expect(previousAttempts(requests)).toEqual(["2"])
  })
})

it("without retry nothing is ever repeated", async () => {
  const { users, audit, requests } = scriptedClients([unavailable, new TypeError("Failed to fetch"), found])
  await errorOf(users.getUser({}))
  await errorOf(users.getUser({}))
  expect((await outcomeOf(audit.watch({}))).messages).toHaveLength(1)
  expect(requests).toHaveLength(3)
})
