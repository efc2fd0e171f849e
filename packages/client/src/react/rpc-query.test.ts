import { create } from "@bufbuild/protobuf"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ListUsersRequestSchema, UserService } from "@causeway/proto/api/v1/user_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { MutationObserver, onlineManager, QueryClient } from "@tanstack/react-query"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createClient } from "../create-client.ts"
import { RpcError } from "../rpc-error.ts"
import { mockTransport } from "../testing/mock-transport.ts"
import type { MockService } from "../testing/mock-service.ts"
import { rpcMethodKey, rpcMutation, rpcQuery, shouldRetryMutation, shouldRetryQuery } from "./rpc-query.ts"

function mockUsers(methods: MockService<typeof UserService> = {}) {
  const transport = mockTransport().service(UserService, methods)
  return { transport, users: createClient(UserService, transport), queries: new QueryClient() }
}

afterEach(() => onlineManager.setOnline(true))

describe("rpcQuery", () => {
  it("calls the method, and finds the cached answer for an equal request", async () => {
    const { users, queries, transport } = mockUsers({ getUser: ({ id }) => ({ user: { id } }) })
    const answer = await queries.fetchQuery(rpcQuery(users.getUser, { id: "7" }))
    expect(answer.user?.id).toBe("7")
    await queries.fetchQuery({ ...rpcQuery(users.getUser, { id: "7" }), staleTime: 60_000 })
    expect(transport.calls).toHaveLength(1)
    expect(queries.getQueryData(rpcQuery(users.getUser, { id: "7" }).queryKey)).toBe(answer)
    expect(queries.getQueryData(rpcQuery(users.getUser, { id: "8" }).queryKey)).toBeUndefined()
  })

  it("has a key of the service, the method and the request", () => {
    const { users } = mockUsers()
    const [service, method, request] = rpcQuery(users.listUsers, { pageSize: 20 }).queryKey
    expect([service, method]).toEqual([UserService.typeName, "ListUsers"])
    expect(request).toMatchObject({ pageSize: 20 })
  })

  it("has equal keys for equal requests, however they are written", () => {
    const { users } = mockUsers()
    const keys = [
      rpcQuery(users.listUsers, {}),
      rpcQuery(users.listUsers, { pageSize: 0 }),
      rpcQuery(users.listUsers, create(ListUsersRequestSchema)),
    ].map(({ queryKey }) => JSON.stringify(queryKey))
    expect(new Set(keys).size).toBe(1)
  })

  it("passes the signal of the query to the call", async () => {
    const { users, queries, transport } = mockUsers({ getUser: () => new Promise(() => {}) })
    const query = rpcQuery(users.getUser, { id: "7" })
    const fetching = queries.fetchQuery(query).catch((error: unknown) => error)
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1))
    await queries.cancelQueries({ queryKey: rpcMethodKey(users.getUser) })
    await fetching
    expect(transport.calls[0].signal.aborted).toBe(true)
  })

  it("passes the call options to the call", async () => {
    const { users, queries, transport } = mockUsers({ getUser: () => ({}) })
    await queries.fetchQuery(rpcQuery(users.getUser, {}, { headers: { "x-a": "1" } }))
    expect(transport.calls[0].header.get("x-a")).toBe("1")
  })

  it("Q20: makes the first attempt even if the browser reports that it is offline", async () => {
    onlineManager.setOnline(false)
    const { users, queries } = mockUsers({ getUser: () => ({ user: { id: "7" } }) })
    expect((await queries.fetchQuery(rpcQuery(users.getUser, {}))).user?.id).toBe("7")
  })

  it("refuses a function that is not a method of a client", () => {
    expect(() => rpcQuery(async () => ({}), {})).toThrow(TypeError)
  })

  it("distinguishes the methods of different services", () => {
    const { transport, users } = mockUsers()
    const audit = createClient(AuditService, transport)
    expect(rpcMethodKey(users.getUser)).toEqual([UserService.typeName, "GetUser"])
    expect(Object.keys(audit.watch)).toEqual([])
  })
})

describe("rpcMutation", () => {
  it("calls the method with its variables as the request", async () => {
    const { users, queries, transport } = mockUsers({ deleteUser: () => ({}) })
    await new MutationObserver(queries, rpcMutation(users.deleteUser)).mutate({ id: "7" })
    expect(transport.requestsOf(UserService.method.deleteUser)).toMatchObject([{ id: "7" }])
  })
})

describe("a failed call", () => {
  const network = new RpcError("no answer", Code.Unavailable, { source: "network" })
  const unprocessed = new RpcError("", Code.Unavailable, { source: "server", reason: "backend-unreachable" })
  const pushedBack = new RpcError("", Code.Unavailable, {
    source: "server",
    reason: "backend-busy",
    metadata: { "grpc-retry-pushback-ms": "-1" },
  })
  const missing = new RpcError("", Code.NotFound, { source: "server" })

  it.each([
    ["that found no answer", network, true, false],
    ["that no service took up", unprocessed, true, true],
    ["that the service refused", missing, false, false],
    ["that the server does not want again", pushedBack, false, false],
    ["of another kind", new ConnectError("", Code.Unavailable), false, false],
  ])("%s is repeated: as a query %o, as a mutation %o", (_name, error, asQuery, asMutation) => {
    expect(shouldRetryQuery(0, error)).toBe(asQuery)
    expect(shouldRetryMutation(0, error)).toBe(asMutation)
  })

  it("is repeated at most three times", () => {
    expect([shouldRetryQuery(2, unprocessed), shouldRetryQuery(3, unprocessed)]).toEqual([true, false])
    expect([shouldRetryMutation(2, unprocessed), shouldRetryMutation(3, unprocessed)]).toEqual([true, false])
  })
})
