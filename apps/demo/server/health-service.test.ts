import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@causeway/proto/grpc/health/v1/health_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { failure, next, startTestServer } from "./start-test-server.ts"

describe("health", () => {
  it("is serving as a whole and per service", async () => {
    const { client } = await startTestServer()
    for (const service of ["", "api.v1.UserService", "api.v1.AuditService"]) {
      expect((await client(Health).check({ service })).status).toBe(ServingStatus.SERVING)
    }
    const { statuses } = await client(Health).list({})
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(["", "api.v1.ImportService", "api.v1.SupportService"]))
  })

  it("does not know other services: NOT_FOUND from Check, SERVICE_UNKNOWN from Watch", async () => {
    const { client } = await startTestServer()
    expect((await failure(client(Health).check({ service: "api.v1.Nothing" }))).code).toBe(Code.NotFound)
    const watching = client(Health).watch({ service: "api.v1.Nothing" })[Symbol.asyncIterator]()
    expect((await next(watching)).status).toBe(ServingStatus.SERVICE_UNKNOWN)
  })

  it("tells watchers when the server stops", async () => {
    const { client, server } = await startTestServer()
    const watching = client(Health).watch({})[Symbol.asyncIterator]()
    expect((await next(watching)).status).toBe(ServingStatus.SERVING)
    const closing = server.close()
    expect((await next(watching)).status).toBe(ServingStatus.NOT_SERVING)
    expect((await failure(watching.next())).code).toBe(Code.Unavailable)
    await closing
  })
})
