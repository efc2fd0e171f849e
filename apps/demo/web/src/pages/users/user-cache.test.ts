import { create } from "@bufbuild/protobuf"
import { type ListUsersResponse, ListUsersResponseSchema } from "@causeway/proto/api/v1/user_pb"
import { QueryClient } from "@tanstack/react-query"
import { beforeEach, describe, expect, it } from "vitest"

import { showAtOnce } from "./user-cache.ts"

const pagesKey = ["api.v1.UserService", "ListUsers"]
const first = [...pagesKey, "first"]
const second = [...pagesKey, "second"]
const page = (...names: readonly string[]) =>
  create(ListUsersResponseSchema, { users: names.map((name) => ({ id: name, displayName: name })), totalSize: 40n })

let client: QueryClient
beforeEach(() => {
  client = new QueryClient()
  client.setQueryData(first, page("ada", "bob"))
  client.setQueryData(second, page("cyd"))
})

const names = (key: readonly string[]) =>
  client.getQueryData<ListUsersResponse>(key)?.users.map(({ displayName }) => displayName)

describe("showAtOnce", () => {
  it("changes the user wherever it is shown, and takes that back", async () => {
    const rollback = await showAtOnce(client, pagesKey, "bob", (user) => ({ ...user, displayName: "Robert" }))
    expect(names(first)).toEqual(["ada", "Robert"])
    expect(names(second)).toEqual(["cyd"])
    rollback()
    expect(names(first)).toEqual(["ada", "bob"])
  })

  it("counts one less for a user that will be gone, and takes that back", async () => {
    const rollback = await showAtOnce(client, pagesKey, "ada", () => null)
    expect(names(first)).toEqual(["bob"])
    expect(client.getQueryData<ListUsersResponse>(first)?.totalSize).toBe(39n)
    expect(client.getQueryData<ListUsersResponse>(second)?.totalSize).toBe(40n)
    rollback()
    expect(client.getQueryData<ListUsersResponse>(first)?.totalSize).toBe(40n)
  })

  it("cancels an answer that is on its way", async () => {
    let wasAborted = false
    const asked = client.fetchQuery({
      queryKey: first,
      queryFn: ({ signal }) =>
        new Promise<ListUsersResponse>((_, reject) =>
          signal.addEventListener("abort", () => {
            wasAborted = true
            reject(new Error("cancelled"))
          }),
        ),
    })
    await showAtOnce(client, pagesKey, "ada", () => null)
    await asked
    expect(wasAborted).toBe(true)
    expect(names(first)).toEqual(["bob"])
  })
})
