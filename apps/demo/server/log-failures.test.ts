import { UserService } from "@causeway/proto/api/v1/user_pb"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect"
import { describe, expect, it } from "vitest"

import { logFailures } from "./log-failures.ts"
import { failure, next } from "./start-test-server.ts"

function serve(error: unknown) {
  const reports: [string, unknown][] = []
  const interceptors = [logFailures((method, reported) => reports.push([method, reported]))]
  const transport = createRouterTransport(
    (router) => {
      router.service(UserService, {
        getUser: () => {
          throw error
        },
      })
      router.service(AuditService, {
        async *watch() {
          yield {}
          throw error
        },
      })
    },
    { router: { interceptors } },
  )
  return { users: createClient(UserService, transport), audit: createClient(AuditService, transport), reports }
}

describe("logFailures", () => {
  it("reports what a handler throws by mistake, in a unary call and in the middle of a stream", async () => {
    const mistake = new TypeError("x is not a function")
    const { users, audit, reports } = serve(mistake)
    await failure(users.getUser({}))
    const stream = audit.watch({})[Symbol.asyncIterator]()
    await next(stream)
    await failure(stream.next())
    expect(reports).toEqual([
      ["api.v1.UserService/GetUser", mistake],
      ["api.v1.AuditService/Watch", mistake],
    ])
  })

  it("does not report that a caller has gone, which a handler learns from its signal", async () => {
    const reports: unknown[] = []
    const ended = Promise.withResolvers<void>()
    const transport = createRouterTransport(
      (router) =>
        router.service(AuditService, {
          async *watch(_, { signal }) {
            try {
              yield {}
              await new Promise((_resolve, reject) =>
                signal.addEventListener("abort", () => reject(signal.reason as Error)),
              )
            } finally {
              ended.resolve()
            }
          },
        }),
      { router: { interceptors: [logFailures((_method, error) => reports.push(error))] } },
    )
    const leave = new AbortController()
    const stream = createClient(AuditService, transport).watch({}, { signal: leave.signal })[Symbol.asyncIterator]()
    await next(stream)
    const failed = failure(stream.next())
    leave.abort(new DOMException("This operation was aborted", "AbortError"))
    await failed
    await ended.promise
    // The report, if there were one, stands right behind.
    await new Promise((resolve) => setImmediate(resolve))
    expect(reports).toEqual([])
  })

  it("does not report answers", async () => {
    const { users, reports } = serve(new ConnectError("no such user", Code.NotFound))
    expect((await failure(users.getUser({}))).code).toBe(Code.NotFound)
    expect(reports).toEqual([])
  })
})
