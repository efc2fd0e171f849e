import type { MessageInitShape } from "@bufbuild/protobuf"
import { type User, UserRole, type UserSchema, UserService, UserState } from "@causeway/proto/api/v1/user_pb"
import { ResourceInfoSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { type Client, Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { failure, startTestServer, violationsOf } from "./start-test-server.ts"

const newcomer = { email: "nia.doe@tidewater.example", displayName: "Nia Doe" }

async function userClient(): Promise<Client<typeof UserService>> {
  return (await startTestServer()).client(UserService)
}

async function createUser(
  client: Client<typeof UserService>,
  user: MessageInitShape<typeof UserSchema> = newcomer,
): Promise<User> {
  const created = await client.createUser({ user })
  if (created.user === undefined) throw new Error("no user in the response")
  return created.user
}

describe("GetUser", () => {
  it("returns a user as ListUsers does", async () => {
    const client = await userClient()
    const [user] = (await client.listUsers({})).users
    expect((await client.getUser({ id: user?.id ?? "" })).user).toEqual(user)
  })

  it("answers NOT_FOUND with the id in the message and the details", async () => {
    const error = await failure((await userClient()).getUser({ id: "usr_nobody" }))
    expect(error.code).toBe(Code.NotFound)
    expect(error.rawMessage).toContain('"usr_nobody"')
    expect(error.findDetails(ResourceInfoSchema)).toMatchObject([
      { resourceType: "api.v1.User", resourceName: "usr_nobody" },
    ])
  })

  it("answers NOT_FOUND for an id of any length", async () => {
    const error = await failure((await userClient()).getUser({ id: "é\n%".repeat(100_000) }))
    expect(error.code).toBe(Code.NotFound)
    expect(error.rawMessage.length).toBeLessThan(500)
  })

  it("refuses an empty id", async () => {
    const error = await failure((await userClient()).getUser({}))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(violationsOf(error)).toEqual(["id REQUIRED"])
  })
})

describe("CreateUser", () => {
  it("stores what was given in stored form, and sets the rest", async () => {
    const client = await userClient()
    const given = { email: " Nia.Doe@Tidewater.Example ", displayName: "  Nia Doe ", team: " Ops ", storageBytes: 5n }
    const user = await createUser(client, { ...given, id: "mine" })
    expect(user).toMatchObject({
      email: "nia.doe@tidewater.example",
      displayName: "Nia Doe",
      team: "Ops",
      role: UserRole.MEMBER,
      state: UserState.INVITED,
      storageBytes: 0n,
    })
    expect(user.id).toMatch(/^usr_[0-9a-f]{12}$/)
    expect(user.createTime).toEqual(user.updateTime)
    expect(user.lastSeenTime).toBeUndefined()
    expect((await client.getUser({ id: user.id })).user).toEqual(user)
  })

  it.each([
    [{}, ["user.email REQUIRED", "user.display_name REQUIRED"]],
    [{ ...newcomer, email: "nia" }, ["user.email EMAIL_FORMAT"]],
    [{ ...newcomer, email: "nia@localhost" }, ["user.email EMAIL_FORMAT"]],
    [{ ...newcomer, email: `${"n".repeat(250)}@a.example` }, ["user.email EMAIL_FORMAT"]],
    [{ ...newcomer, displayName: "  " }, ["user.display_name REQUIRED"]],
    [{ ...newcomer, displayName: "😀".repeat(81) }, ["user.display_name TOO_LONG"]],
    [{ ...newcomer, displayName: "Nia\nDoe" }, ["user.display_name CONTROL_CHARACTER"]],
    [{ ...newcomer, team: "t".repeat(41) }, ["user.team TOO_LONG"]],
    [
      { ...newcomer, role: 77 as UserRole, state: 88 as UserState },
      ["user.role UNKNOWN_VALUE", "user.state UNKNOWN_VALUE"],
    ],
  ])("refuses %o, naming each bad field", async (user, violations) => {
    const error = await failure((await userClient()).createUser({ user }))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(violationsOf(error)).toEqual(violations)
  })

  it("refuses a request without a user", async () => {
    expect(violationsOf(await failure((await userClient()).createUser({})))).toEqual(["user REQUIRED"])
  })

  it("takes a name of 80 characters of two UTF-16 units each", async () => {
    const user = await createUser(await userClient(), { ...newcomer, displayName: "😀".repeat(80) })
    expect(user.displayName).toHaveLength(160)
  })

  it("answers ALREADY_EXISTS for an email that is taken, however it is written", async () => {
    const client = await userClient()
    await createUser(client)
    const error = await failure(client.createUser({ user: { ...newcomer, email: newcomer.email.toUpperCase() } }))
    expect(error.code).toBe(Code.AlreadyExists)
    expect(violationsOf(error)).toEqual(["user.email EMAIL_TAKEN"])
  })
})

describe("UpdateUser", () => {
  it("changes the fields of the mask and leaves the others alone", async () => {
    const client = await userClient()
    const before = await createUser(client, { ...newcomer, team: "Ops" })
    const user = { id: before.id, displayName: "Nia Roe", role: UserRole.ADMIN, email: "ignored", team: "ignored" }
    const after = await client.updateUser({ user, updateMask: { paths: ["display_name", "role"] } })
    expect(after.user).toMatchObject({ displayName: "Nia Roe", role: UserRole.ADMIN, email: before.email, team: "Ops" })
    expect((await client.getUser({ id: before.id })).user).toEqual(after.user)
    expect((await client.listUsers({ filter: "roe nia.doe" })).users).toEqual([after.user])
  })

  it("can clear a field that may be empty", async () => {
    const client = await userClient()
    const { id } = await createUser(client, { ...newcomer, team: "Ops" })
    const { user } = await client.updateUser({ user: { id }, updateMask: { paths: ["team"] } })
    expect(user?.team).toBe("")
  })

  it.each([
    ["without a mask", {}, undefined, ["update_mask REQUIRED"]],
    ["with an unknown path", {}, ["team", "shoe_size"], ["update_mask.paths[1] UNKNOWN_FIELD"]],
    ["with a path below a field", {}, ["email.domain"], ["update_mask.paths[0] UNKNOWN_FIELD"]],
    ["of a field that the server sets", {}, ["storage_bytes"], ["update_mask.paths[0] READ_ONLY"]],
    ["with a bad email", { email: "nia@" }, ["email"], ["user.email EMAIL_FORMAT"]],
    ["with no role", {}, ["role"], ["user.role REQUIRED"]],
  ])("refuses a change %s", async (_, change, paths, violations) => {
    const client = await userClient()
    const { id } = await createUser(client)
    const updateMask = paths && { paths }
    const error = await failure(client.updateUser({ user: { id, ...change }, ...(updateMask && { updateMask }) }))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(violationsOf(error)).toEqual(violations)
  })

  it("refuses a request without a user, and one without an id", async () => {
    const client = await userClient()
    expect(violationsOf(await failure(client.updateUser({})))).toEqual(["user REQUIRED"])
    const noId = client.updateUser({ user: { team: "Ops" }, updateMask: { paths: ["team"] } })
    expect(violationsOf(await failure(noId))).toEqual(["user.id REQUIRED"])
  })

  it("answers NOT_FOUND for an unknown id", async () => {
    const client = await userClient()
    const error = await failure(client.updateUser({ user: { id: "usr_x" }, updateMask: { paths: ["team"] } }))
    expect(error.code).toBe(Code.NotFound)
    expect(error.rawMessage).toContain("usr_x")
  })

  it("answers ALREADY_EXISTS for another user's email, and takes the user's own", async () => {
    const client = await userClient()
    const { id } = await createUser(client)
    const other = await createUser(client, { email: "other@tidewater.example", displayName: "Other" })
    const updateMask = { paths: ["email"] }
    const error = await failure(client.updateUser({ user: { id, email: other.email }, updateMask }))
    expect(error.code).toBe(Code.AlreadyExists)
    expect(violationsOf(error)).toEqual(["user.email EMAIL_TAKEN"])
    const { user } = await client.updateUser({ user: { id, email: newcomer.email }, updateMask })
    expect(user?.email).toBe(newcomer.email)
  })
})

describe("DeleteUser", () => {
  it("removes the user", async () => {
    const client = await userClient()
    const { id } = await createUser(client)
    await client.deleteUser({ id })
    expect((await failure(client.getUser({ id }))).code).toBe(Code.NotFound)
    expect((await failure(client.deleteUser({ id }))).code).toBe(Code.NotFound)
    expect(violationsOf(await failure(client.deleteUser({})))).toEqual(["id REQUIRED"])
  })
})

describe("UndeleteUser", () => {
  it("gives the user back as it was, once", async () => {
    const client = await userClient()
    const user = await createUser(client)
    await client.deleteUser({ id: user.id })
    expect((await client.undeleteUser({ id: user.id })).user).toEqual(user)
    expect((await client.getUser({ id: user.id })).user).toEqual(user)
    expect((await failure(client.undeleteUser({ id: user.id }))).code).toBe(Code.NotFound)
  })

  it("answers NOT_FOUND for who was not deleted, and asks for an id", async () => {
    const client = await userClient()
    const { id } = await createUser(client)
    expect((await failure(client.undeleteUser({ id }))).code).toBe(Code.NotFound)
    expect(violationsOf(await failure(client.undeleteUser({})))).toEqual(["id REQUIRED"])
  })

  it("answers ALREADY_EXISTS when somebody else has the email, and works when that one is gone", async () => {
    const client = await userClient()
    const { id } = await createUser(client)
    await client.deleteUser({ id })
    const other = await createUser(client)
    const error = await failure(client.undeleteUser({ id }))
    expect(error.code).toBe(Code.AlreadyExists)
    expect(violationsOf(error)).toEqual(["user.email EMAIL_TAKEN"])
    await client.deleteUser({ id: other.id })
    expect((await client.undeleteUser({ id })).user?.id).toBe(id)
  })
})
