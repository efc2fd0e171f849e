import { AuditService } from "@causeway/proto/api/v1/audit_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { expect, it } from "vitest"

import { failure, next, startTestServer } from "./start-test-server.ts"
import { watch } from "./watch-for-test.ts"

it("holds the calls of users for as long as it is told, and no others", async () => {
  let delayMs = 60_000
  const { client } = await startTestServer({ delayMs: () => delayMs })
  const slow = await failure(client(UserService).listUsers({}, { timeoutMs: 50 }))
  expect(slow.code).toBe(Code.DeadlineExceeded)
  expect(await next(watch(client(AuditService), { backlogSize: -1 }))).toHaveProperty("caughtUp")
  delayMs = 0
  expect((await client(UserService).listUsers({})).totalSize).toBeGreaterThan(0n)
})

it("lets a held call go when the server stops", async () => {
  let asked = () => {}
  const isHeld = new Promise<void>((resolve) => (asked = resolve))
  const { client, server } = await startTestServer({
    delayMs() {
      asked()
      return 60_000
    },
  })
  const held = failure(client(UserService).listUsers({}))
  await isHeld
  await server.close(60_000)
  expect((await held).code).toBe(Code.Unavailable)
})
