import { UserService } from "@causeway/proto/api/v1/user_pb"
import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import type { UnaryRequest } from "@connectrpc/connect"
import { createGrpcWebTransport } from "@connectrpc/connect-web"
import { describe, expect, it, vi } from "vitest"
import type { Clients } from "../../test/clients.ts"
import { clientsOf, scriptedClients } from "../../test/clients.ts"
import { join, messageFrame, okTrailer, trailerFrame, watchFrame } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import { scriptedFetch } from "../../test/scripted-fetch.ts"
import type { Script, SeenRequest } from "../../test/scripted-fetch.ts"
import { createClient } from "../create-client.ts"
import { settle } from "../testing/held-clock.ts"
import { auth } from "./auth.ts"
import type { AuthOptions, Token } from "./auth.ts"

const found: Script = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }
const refused: Script = { headers: { "grpc-status": "16", "grpc-message": "who are you" }, body: [] }

type Answers = Parameters<typeof scriptedFetch>[0]
type Called = Clients & { readonly requests: SeenRequest[] }

function withAuth(answers: Answers, options: AuthOptions): Called {
  return scriptedClients(answers, { interceptors: [auth(options)] })
}

/** A server that takes one token alone, and a session that has an old one. */
function session(valid = "new") {
  const state = { token: "old" as Token }
  const refreshToken = vi.fn(async (_rejected: Token): Promise<Token> => (state.token = valid))
  const requests: (string | null)[] = []
  const fetch = async (_url: unknown, init: RequestInit = {}): Promise<Response> => {
    const sent = new Headers(init.headers).get("authorization")
    requests.push(sent)
    const { fetch: answer } = scriptedFetch([sent === `Bearer ${valid}` ? found : refused])
    return answer("https://api.test", init)
  }
  const interceptors = [auth({ getToken: () => state.token, refreshToken })]
  return { state, refreshToken, requests, clients: clientsOf({ baseUrl: "https://api.test", fetch, interceptors }) }
}

const sentTokens = (requests: readonly SeenRequest[]) => requests.map(({ headers }) => headers.get("authorization"))

describe("auth", () => {
  it("sends the token as a bearer token", async () => {
    const { users, requests } = withAuth([found], { getToken: async () => "t" })
    await users.getUser({})
    expect(sentTokens(requests)).toEqual(["Bearer t"])
  })

  it("sends it in another way if asked to", async () => {
    const { users, requests } = withAuth([found], { getToken: () => "t", headerName: "x-api-key", scheme: "" })
    await users.getUser({})
    expect(requests[0].headers.get("x-api-key")).toBe("t")
    expect(sentTokens(requests)).toEqual([null])
  })

  it.each([null, undefined, ""])("sends nothing where there is no token (%j)", async (token) => {
    const { users, requests } = withAuth([found], { getToken: () => token })
    await users.getUser({})
    expect(sentTokens(requests)).toEqual([null])
  })

  it("leaves a call alone that brings its own", async () => {
    const getToken = vi.fn(() => "t")
    const refreshToken = vi.fn(() => "u")
    const { users, requests } = withAuth([refused], { getToken, refreshToken })
    await errorOf(users.getUser({}, { headers: { Authorization: "Basic x" } }))
    expect(sentTokens(requests)).toEqual(["Basic x"])
    expect(getToken).not.toHaveBeenCalled()
    expect(refreshToken).not.toHaveBeenCalled()
  })

  it("without a way to renew the token fails as the server said", async () => {
    const { users, requests } = withAuth([refused, found], { getToken: () => "t" })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unauthenticated, rawMessage: "who are you" })
    expect(requests).toHaveLength(1)
  })
})

describe("a refused token", () => {
  it("is renewed once for all calls that it failed, and each of them is made once more", async () => {
    const { clients, refreshToken, requests } = session()
    const calls = Array.from({ length: 20 }, () => clients.users.getUser({}))
    expect((await Promise.all(calls)).map(({ user }) => user?.id)).toEqual(calls.map(() => "7"))
    expect(refreshToken).toHaveBeenCalledExactlyOnceWith("old")
    expect(requests).toHaveLength(40)
    expect(requests.filter((sent) => sent === "Bearer old")).toHaveLength(20)
  })

  it("is not renewed again by a call that comes back late with it", async () => {
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

  it("is not renewed again by a call whose getToken is slow, and says what was true before", async () => {
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

  it("is renewed too where a gateway says 401 in the server's place", async () => {
    const gateway: Script = { status: 401, headers: { "content-type": "text/html" }, body: [] }
    const { users, requests } = withAuth([gateway, found], { getToken: () => "t", refreshToken: () => "u" })
    await users.getUser({})
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
  })

  it("that comes back the same is not sent again: no loop", async () => {
    const refreshToken = vi.fn(() => "t")
    const { users, requests } = withAuth([refused], { getToken: () => "t", refreshToken })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unauthenticated, rawMessage: "who are you" })
    expect(requests).toHaveLength(1)
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  it("that was renewed and is refused again ends the call", async () => {
    let count = 0
    const refreshToken = vi.fn(() => `t${++count}`)
    const { users, requests } = withAuth([refused], { getToken: () => `t${count}`, refreshToken })
    expect((await errorOf(users.getUser({}))).code).toBe(Code.Unauthenticated)
    expect(sentTokens(requests)).toEqual(["Bearer t0", "Bearer t1"])
    expect(refreshToken).toHaveBeenCalledTimes(1)
  })

  it("that is gone ends the call as the server said", async () => {
    const { users, requests } = withAuth([refused], { getToken: () => "t", refreshToken: () => null })
    expect(await errorOf(users.getUser({}))).toMatchObject({ rawMessage: "who are you" })
    expect(requests).toHaveLength(1)
  })

  it("is not shared with the session of somebody else", async () => {
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

  it("is renewed for methods that may not run twice too: the server did not begin", async () => {
    const { users, requests } = withAuth([refused, found], { getToken: () => "t", refreshToken: () => "u" })
    await users.createUser({})
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
  })
})

describe("a renewal that fails", () => {
  it("is the cause of the call's error, for each that waited, and is tried anew by the next call", async () => {
    const cause = new RangeError("no network")
    const refreshToken = vi.fn(() => Promise.reject(cause))
    const { users } = withAuth([refused], { getToken: () => "t", refreshToken })
    const errors = await Promise.all([errorOf(users.getUser({})), errorOf(users.getUser({}))])
    for (const error of errors) expect(error).toMatchObject({ code: Code.Unauthenticated, source: "client", cause })
    expect(refreshToken).toHaveBeenCalledTimes(1)
    await errorOf(users.getUser({}))
    expect(refreshToken).toHaveBeenCalledTimes(2)
  })

  it("keeps the code of a call that was made for it: an outage is no end of the session", async () => {
    const cause = new ConnectError("down", Code.Unavailable)
    const { users } = withAuth([refused], { getToken: () => "t", refreshToken: () => Promise.reject(cause) })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unavailable, cause })
  })

  it("also where the token itself cannot be had", async () => {
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
  it("ends at once and alone", async () => {
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

  it("fails for that reason, and not for want of a token", async () => {
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

describe("a stream", () => {
  it("Q24: sends the token of the moment at each connect, not the one it began with", async () => {
    let token = "before"
    const { audit, requests } = withAuth([{ body: [watchFrame("a"), okTrailer] }], { getToken: () => token })
    await outcomeOf(audit.watch({}))
    token = "after"
    await outcomeOf(audit.watch({}))
    expect(sentTokens(requests)).toEqual(["Bearer before", "Bearer after"])
  })

  it("that is refused is opened once more with the same request", async () => {
    const { audit, requests } = withAuth([refused, { body: [watchFrame("a"), okTrailer] }], {
      getToken: () => "t",
      refreshToken: () => "u",
    })
    expect((await outcomeOf(audit.watch({ backlogSize: 3 }))).messages).toHaveLength(1)
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
    expect(requests[1].body).toEqual(requests[0].body)
  })

  it("that is refused after its headers, but before any message, is opened once more too", async () => {
    const late: Script = { headers: { "x-answer": "1" }, body: [trailerFrame("grpc-status:16", "x-first:1")] }
    const opened: Script = {
      headers: { "x-answer": "2" },
      body: [watchFrame("a"), trailerFrame("grpc-status:0", "x-second:2")],
    }
    const { audit, requests } = withAuth([late, opened], { getToken: () => "t", refreshToken: () => "u" })
    const seen: (string | null)[] = []
    const stream = audit.watch(
      { backlogSize: 3 },
      {
        onHeader: (header) => seen.push(header.get("x-answer")),
        onTrailer: (trailer) => seen.push(trailer.get("x-first"), trailer.get("x-second"), trailer.get("grpc-status")),
      },
    )
    expect((await outcomeOf(stream)).messages).toHaveLength(1)
    expect(sentTokens(requests)).toEqual(["Bearer t", "Bearer u"])
    expect(requests[1].body).toEqual(requests[0].body)
    expect(seen).toEqual(["1", null, "2", "0"])
  })

  it("that is refused once more, or after a message, fails", async () => {
    const late: Script = { body: [trailerFrame("grpc-status:16")] }
    const refusedTwice = withAuth([late], { getToken: () => "t", refreshToken: () => "u" })
    expect((await outcomeOf(refusedTwice.audit.watch({}))).error?.code).toBe(Code.Unauthenticated)
    expect(refusedTwice.requests).toHaveLength(2)
    const refreshToken = vi.fn(() => "u")
    const begun = withAuth([{ body: [watchFrame("a"), trailerFrame("grpc-status:16")] }], {
      getToken: () => "t",
      refreshToken,
    })
    const { messages, error } = await outcomeOf(begun.audit.watch({}))
    expect([messages.length, error?.code]).toEqual([1, Code.Unauthenticated])
    expect(refreshToken).not.toHaveBeenCalled()
  })

  it("ends its request when its reader leaves it", async () => {
    const { audit, requests } = withAuth([{ body: [watchFrame("a")], isOpen: true }], {
      getToken: () => "t",
      refreshToken: () => "u",
    })
    for await (const _ of audit.watch({})) break
    expect(requests[0].signal.aborted).toBe(true)
    expect(requests).toHaveLength(1)
  })

  it("of requests is not made again once one was taken", async () => {
    const refreshToken = vi.fn(() => "u")
    const { imports, requests } = withAuth([refused], { getToken: () => "t", refreshToken })
    async function* rows() {
      yield { user: { email: "a@x.test" } }
    }
    expect((await errorOf(imports.import(rows()))).code).toBe(Code.Unauthenticated)
    expect(requests).toHaveLength(1)
    expect(refreshToken).not.toHaveBeenCalled()
  })
})

it("no token is in an error, also of a token that cannot be sent", async () => {
  const secret = "s3cr3t\nx"
  const unsendable = withAuth([found], { getToken: () => secret })
  const error = await errorOf(unsendable.users.getUser({}))
  expect(error).toMatchObject({ code: Code.Unauthenticated, source: "client" })
  expect(error.message).toContain("authorization")
  expect(unsendable.requests).toEqual([])
  const refusedError = await errorOf(withAuth([refused], { getToken: () => "s3cr3t" }).users.getUser({}))
  for (const thrown of [error, refusedError]) {
    expect(`${thrown.stack} ${String(thrown.cause)} ${JSON.stringify([thrown, ...thrown.metadata])}`).not.toContain(
      "s3cr3t",
    )
  }
})
