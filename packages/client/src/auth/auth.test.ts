import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"
import { found, refused, withAuth, sentTokens } from "../../test/auth-setup.ts"
import { errorOf } from "../../test/outcome.ts"

describe("auth", () => {
  it("sends the token as a bearer token", async () => {
    const { users, requests } = withAuth([found], { getToken: async () => "t" })
    await users.getUser({})
    expect(sentTokens(requests)).toEqual(["Bearer t"])
  })

  it("sends the token in another header or with another scheme", async () => {
    const { users, requests } = withAuth([found], { getToken: () => "t", headerName: "x-api-key", scheme: "" })
    await users.getUser({})
    expect(requests[0].headers.get("x-api-key")).toBe("t")
    expect(sentTokens(requests)).toEqual([null])
  })

  it.each([null, undefined, ""])("sends no header without a token (%j)", async (token) => {
    const { users, requests } = withAuth([found], { getToken: () => token })
    await users.getUser({})
    expect(sentTokens(requests)).toEqual([null])
  })

  it("does not change a call that sets the header itself", async () => {
    const getToken = vi.fn(() => "t")
    const refreshToken = vi.fn(() => "u")
    const { users, requests } = withAuth([refused], { getToken, refreshToken })
    await errorOf(users.getUser({}, { headers: { Authorization: "Basic x" } }))
    expect(sentTokens(requests)).toEqual(["Basic x"])
    expect(getToken).not.toHaveBeenCalled()
    expect(refreshToken).not.toHaveBeenCalled()
  })

  it("without refreshToken, fails with the server's status", async () => {
    const { users, requests } = withAuth([refused, found], { getToken: () => "t" })
    expect(await errorOf(users.getUser({}))).toMatchObject({ code: Code.Unauthenticated, rawMessage: "who are you" })
    expect(requests).toHaveLength(1)
  })
})

it("no error contains a token, even if the token cannot be sent", async () => {
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
