import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import { SupportService } from "@causeway/proto/api/v1/support_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { BadRequestSchema } from "@causeway/proto/google/rpc/error_details_pb"
import { Code, ConnectError } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import { beforeEach, describe, expect, it, vi } from "vitest"
import type { Clients } from "./clients.ts"
import { clientsOf, wordsOf } from "./clients.ts"
import { serve } from "./http-server.ts"
import { errorOf, outcomeOf } from "./outcome.ts"

describe("against an independent gRPC-Web server (connect-node)", () => {
  const canceled = vi.fn()
  let clients: Clients

  beforeEach(async () => {
    canceled.mockClear()
    const listener = connectNodeAdapter({
      grpc: false,
      connect: false,
      routes: ({ service }) => {
        service(UserService, {
          getUser: ({ id }, context) => {
            context.responseHeader.set("x-header", "h")
            context.responseTrailer.set("x-trailer", context.requestHeader.get("x-request") ?? "")
            return { user: { id } }
          },
          createUser: () => {
            const value = { fieldViolations: [{ field: "user.email", description: "is no address" }] }
            throw new ConnectError("naïve 😀", Code.InvalidArgument, { "x-meta": "m" }, [
              { desc: BadRequestSchema, value },
            ])
          },
          deleteUser: (_request, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener("abort", () => reject(signal.reason as Error))
            }),
        })
        service(AuditService, {
          async *watch({ backlogSize }, { signal }) {
            for (let at = 0; at < backlogSize; at++) yield { caughtUp: { cursor: String(at) } }
            await new Promise((resolve) => signal.addEventListener("abort", resolve))
            canceled()
          },
        })
        service(ImportService, {
          async import(requests) {
            let createdCount = 0n
            for await (const _ of requests) createdCount++
            return { createdCount }
          },
        })
        service(SupportService, { async *chat() {} })
      },
    })
    const { baseUrl } = await serve(listener)
    clients = clientsOf({ baseUrl })
  })

  it("a unary call brings headers and trailers there and back", async () => {
    const seen: (string | null)[] = []
    const response = await clients.users.getUser(
      { id: "7" },
      {
        headers: { "x-request": "r" },
        onHeader: (header) => seen.push(header.get("x-header")),
        onTrailer: (trailer) => seen.push(trailer.get("x-trailer")),
      },
    )
    expect(response.user?.id).toBe("7")
    expect(seen).toEqual(["h", "r"])
  })

  it("an error brings its message, metadata and details", async () => {
    const error = await errorOf(clients.users.createUser({}))
    expect(error).toMatchObject({ code: Code.InvalidArgument, source: "server", rawMessage: "naïve 😀" })
    expect(error.metadata.get("x-meta")).toBe("m")
    expect(error.findDetails(BadRequestSchema)[0].fieldViolations[0].field).toBe("user.email")
  })

  it("a missing method is UNIMPLEMENTED", async () => {
    expect((await errorOf(clients.users.updateUser({}))).code).toBe(Code.Unimplemented)
  })

  it("a deadline ends a call that hangs", async () => {
    const error = await errorOf(clients.users.deleteUser({ id: "7" }, { timeoutMs: 50 }))
    expect(error.code).toBe(Code.DeadlineExceeded)
  })

  it("leaving a stream cancels the handler", async () => {
    const words: (string | undefined)[] = []
    for await (const message of clients.audit.watch({ backlogSize: 3 })) {
      words.push(...wordsOf([message]))
      if (words.length === 3) break
    }
    expect(words).toEqual(["0", "1", "2"])
    await vi.waitFor(() => expect(canceled).toHaveBeenCalledTimes(1))
  })

  it("a stream of requests arrives completely", async () => {
    async function* rows() {
      for (let at = 0; at < 1_000; at++) yield { user: { email: `${at}@x.test` } }
    }
    expect((await clients.imports.import(rows())).createdCount).toBe(1_000n)
  })

  it("a bidi call, which the server refuses over HTTP/1.1, fails with an error that explains this", async () => {
    async function* questions() {
      yield { text: "a" }
    }
    const { error } = await outcomeOf(clients.support.chat(questions()))
    expect(error).toMatchObject({ code: Code.Unknown, source: "http", httpStatus: 505 })
    expect(error?.message).toContain("bidi calls over HTTP/2 only")
  })
})
