import { once } from "node:events"
import { connect } from "node:http2"
import { buffer } from "node:stream/consumers"

import { fromBinary } from "@bufbuild/protobuf"
import { ListUsersResponseSchema, type User, UserOrder, UserService } from "@causeway/proto/api/v1/user_pb"
import { type Client, Code } from "@connectrpc/connect"
import { describe, expect, it, onTestFinished } from "vitest"

import { fold } from "./fold.ts"
import { SEED_USER_COUNT } from "./seed.ts"
import { failure, startTestServer, violationsOf } from "./start-test-server.ts"

async function userClient(): Promise<Client<typeof UserService>> {
  return (await startTestServer()).client(UserService)
}

describe("ListUsers", () => {
  it("answers an empty request frame with the first page", async () => {
    const { server } = await startTestServer()
    const session = connect(server.address)
    onTestFinished(() => session.destroy())
    const stream = session.request({
      ":method": "POST",
      ":path": "/api.v1.UserService/ListUsers",
      "content-type": "application/grpc",
      te: "trailers",
    })
    stream.end(Buffer.from("0000000000", "hex"))
    const trailers = once(stream, "trailers")
    const body = await buffer(stream)

    expect((await trailers)[0]).toMatchObject({ "grpc-status": "0" })
    const response = fromBinary(ListUsersResponseSchema, body.subarray(5))
    expect(response.users).toHaveLength(50)
    expect(response.totalSize).toBe(BigInt(SEED_USER_COUNT))
  })

  const orders: [name: string, order: UserOrder, key: (user: User) => string | number, direction: string][] = [
    ["by display name", UserOrder.DISPLAY_NAME, (user) => fold(user.displayName), "rising"],
    ["by email", UserOrder.EMAIL, (user) => user.email, "rising"],
    ["the newest first", UserOrder.NEWEST, (user) => Number(user.createTime?.seconds), "falling"],
    ["the last seen first", UserOrder.LAST_SEEN, (user) => Number(user.lastSeenTime?.seconds ?? -1), "falling"],
    ["the largest first", UserOrder.STORAGE, (user) => Number(user.storageBytes), "falling"],
  ]
  it.each(orders)("gives every user once, %s, over all pages", async (_, order, key, direction) => {
    const client = await userClient()
    const users: User[] = []
    let pageToken = ""
    do {
      const page = await client.listUsers({ order, pageToken, pageSize: 33 })
      users.push(...page.users)
      pageToken = page.nextPageToken
    } while (pageToken !== "")

    expect(new Set(users.map(({ id }) => id)).size).toBe(SEED_USER_COUNT)
    expect(users).toHaveLength(SEED_USER_COUNT)
    const keys = users.map(key)
    if (direction === "falling") keys.reverse()
    expect(keys.every((value, index) => index === 0 || (keys[index - 1] ?? "") <= value)).toBe(true)
  })

  it("finds users by words in name, email and team, without regard to case and accents", async () => {
    const client = await userClient()
    const { user } = await client.createUser({
      user: { email: "lz@elsewhere.example", displayName: "Łucja Żółć", team: "Ops" },
    })
    for (const filter of ["lucja", "ZOLC łucja", "ops zolc", "lz@elsewhere", "  elsewhere  ops "]) {
      const { users, totalSize } = await client.listUsers({ filter })
      expect(users).toEqual([user])
      expect(totalSize).toBe(1n)
    }
    expect((await client.listUsers({ filter: "lucja nowhere" })).users).toEqual([])
    expect((await client.listUsers({ filter: "%" })).users).toEqual([])
  })

  it("does not shift pages when a user on an earlier page is deleted", async () => {
    const client = await userClient()
    const first = await client.listUsers({ pageSize: 10 })
    const second = await client.listUsers({ pageSize: 10, pageToken: first.nextPageToken })
    await client.deleteUser({ id: first.users[3]?.id ?? "" })
    expect(await client.listUsers({ pageSize: 10, pageToken: first.nextPageToken })).toMatchObject({
      users: second.users,
    })
  })

  it("refuses a page token that it did not give for this list", async () => {
    const client = await userClient()
    const { nextPageToken } = await client.listUsers({ filter: "a", pageSize: 5 })
    const requests = [
      { pageToken: "garbage" },
      { pageToken: nextPageToken, filter: "b" },
      { pageToken: nextPageToken, filter: "a", order: UserOrder.EMAIL },
      { pageToken: `${nextPageToken}A`, filter: "a" },
    ]
    for (const request of requests) {
      const error = await failure(client.listUsers(request))
      expect(error.code).toBe(Code.InvalidArgument)
      expect(violationsOf(error)).toEqual(["page_token PAGE_TOKEN"])
    }
  })

  it("names every bad field of a request", async () => {
    const client = await userClient()
    const error = await failure(client.listUsers({ pageSize: -1, filter: "x".repeat(101), order: 99 as UserOrder }))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(violationsOf(error)).toEqual(["page_size NEGATIVE", "filter TOO_LONG", "order UNKNOWN_VALUE"])
  })

  it("gives at most 200 users a page", async () => {
    const client = await userClient()
    expect((await client.listUsers({ pageSize: 2_000_000_000 })).users).toHaveLength(200)
  })
})
