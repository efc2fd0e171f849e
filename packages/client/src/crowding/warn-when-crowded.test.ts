import { GetUserResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Clients } from "../../test/clients.ts"
import { scriptedClients } from "../../test/clients.ts"
import { join, messageFrame, okTrailer } from "../../test/grpc-web-bytes.ts"
import { errorOf, outcomeOf } from "../../test/outcome.ts"
import type { Script } from "../../test/scripted-fetch.ts"
import { warnWhenCrowded } from "./warn-when-crowded.ts"

const open: Script = { body: [], isOpen: true }
/** The result of a call that waits in the browser. */
const nothing = new Promise<Script>(() => {})
const found: Script = { body: [join(messageFrame(GetUserResponseSchema, { user: { id: "7" } }), okTrailer)] }
const baseUrl = "http://api.test"

beforeEach(() => {
  vi.stubGlobal("location", new URL("http://app.test/"))
  vi.spyOn(console, "warn").mockReturnValue()
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

interface Crowd extends Clients {
  /** Ends the stream with this index. */
  leave(index: number): Promise<unknown>
}

/** Opens `count` streams; `rest` answers the calls after them. */
async function crowd(count: number, rest: Script | Promise<Script>, url = baseUrl): Promise<Crowd> {
  const answers = [...Array<Script>(count).fill(open), rest]
  const clients = scriptedClients(answers, { baseUrl: url, interceptors: [warnWhenCrowded()] })
  const streams = Array.from({ length: count }, () => {
    const controller = new AbortController()
    return { controller, outcome: outcomeOf(clients.audit.watch({}, { signal: controller.signal })) }
  })
  await vi.waitFor(() => expect(clients.requests).toHaveLength(count))
  return {
    ...clients,
    async leave(index) {
      streams[index].controller.abort()
      return streams[index].outcome
    },
  }
}

describe("Q6: warnWhenCrowded", () => {
  it("warns once about calls that wait behind six streams, with the cause and the remedy", async () => {
    const { users, audit } = await crowd(6, found)
    expect(console.warn).not.toHaveBeenCalled()
    await users.getUser({})
    await outcomeOf(audit.watch({}, { timeoutMs: 200 }))
    expect(vi.mocked(console.warn).mock.calls).toEqual([
      [
        expect.stringMatching(
          /^api\.v1\.UserService\/GetUser waits: 6 streams are open to http:\/\/api\.test.*HTTP\/2/,
        ),
      ],
    ])
  })

  it.each(["getUser", "watch"] as const)(
    "names the cause if the deadline of %s passes during the wait",
    async (kind) => {
      const { users, audit } = await crowd(6, nothing)
      const options = { timeoutMs: 200 }
      const error = await (kind === "getUser"
        ? errorOf(users.getUser({}, options))
        : outcomeOf(audit.watch({}, options)).then((outcome) => outcome.error))
      expect(error).toMatchObject({ code: Code.DeadlineExceeded, source: "client" })
      expect(error?.message).toMatch(/the deadline has passed.*6 streams are open.*--tls-cert/)
    },
  )

  it("does not warn about five streams, nor after one of six has ended", async () => {
    const five = await crowd(5, nothing)
    const error = await errorOf(five.users.getUser({}, { timeoutMs: 200 }))
    expect(error.message).not.toContain("streams")
    const six = await crowd(6, found)
    await six.leave(3)
    await six.users.getUser({})
    expect(console.warn).not.toHaveBeenCalled()
  })

  it("does not blame the streams for a server that is slow after one of them has ended", async () => {
    const { users, leave } = await crowd(6, nothing)
    const call = errorOf(users.getUser({}, { timeoutMs: 200 }))
    await leave(0)
    expect((await call).message).not.toContain("streams")
  })

  it("does not change errors of the server", async () => {
    const { users } = await crowd(6, { headers: { "grpc-status": "4", "grpc-message": "mine" }, body: null })
    expect(await errorOf(users.getUser({}))).toMatchObject({ rawMessage: "mine", source: "server" })
  })

  it.each([
    ["over TLS, where the version cannot be seen", "https://api.test", "http://app.test/"],
    ["outside of browsers", "http://api.test", undefined],
  ])("is quiet %s", async (_where, url, page) => {
    vi.stubGlobal("location", page && new URL(page))
    const { users } = await crowd(6, found, url)
    await users.getUser({})
    expect(console.warn).not.toHaveBeenCalled()
  })

  it("leaves an invalid URL for the transport to report", async () => {
    const interceptors = [warnWhenCrowded()]
    const { users } = scriptedClients([new TypeError("no URL")], { baseUrl: "http://a b", interceptors })
    expect((await errorOf(users.getUser({}))).code).toBe(Code.InvalidArgument)
  })
})
