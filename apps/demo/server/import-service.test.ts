import type { MessageInitShape } from "@bufbuild/protobuf"
import { type ImportRequestSchema, ImportService } from "@causeway/proto/api/v1/import_pb"
import { UserService } from "@causeway/proto/api/v1/user_pb"
import { Code } from "@connectrpc/connect"
import { describe, expect, it, vi } from "vitest"

import { failure, startTestServer } from "./start-test-server.ts"

type Row = MessageInitShape<typeof ImportRequestSchema>

async function* stream(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows
}

const good = (index: number): Row => ({ user: { email: `row-${index}@import.example`, displayName: `Row ${index}` } })

describe("Import", () => {
  it("creates the good rows and reports on the bad ones by number", async () => {
    const { client } = await startTestServer()
    const bad = { user: { email: "nope", displayName: "" } }
    const summary = await client(ImportService).import(stream([good(1), bad, good(3), {}, good(1)]))
    expect(summary).toMatchObject({ receivedCount: 5n, createdCount: 2n, failedCount: 3n })
    expect(summary.errors.map(({ row, email }) => [row, email])).toEqual([
      [2n, "nope"],
      [4n, ""],
      [5n, "row-1@import.example"],
    ])
    expect(summary.errors.map(({ violations }) => violations.map(({ field, reason }) => `${field} ${reason}`))).toEqual(
      [["user.email EMAIL_FORMAT", "user.display_name REQUIRED"], ["user REQUIRED"], ["user.email EMAIL_TAKEN"]],
    )
    const { users } = await client(UserService).listUsers({ filter: "import.example" })
    expect(users.map(({ displayName }) => displayName)).toEqual(["Row 1", "Row 3"])
  })

  it("takes an empty stream", async () => {
    const { client } = await startTestServer()
    expect(await client(ImportService).import(stream([]))).toMatchObject({ receivedCount: 0n, errors: [] })
  })

  it("counts all bad rows and lists the first hundred", async () => {
    const { client } = await startTestServer()
    const summary = await client(ImportService).import(stream(Array.from({ length: 150 }, () => ({}))))
    expect(summary.failedCount).toBe(150n)
    expect(summary.errors).toHaveLength(100)
  })

  it("keeps the rows that came before the caller went away", async () => {
    const { client } = await startTestServer()
    const isCancelled = Promise.withResolvers<void>()
    async function* endless(): AsyncGenerator<Row> {
      yield good(1)
      await isCancelled.promise
    }
    const abort = new AbortController()
    const importing = failure(client(ImportService).import(endless(), { signal: abort.signal }))
    await vi.waitUntil(async () => (await client(UserService).listUsers({ filter: "row-1@" })).totalSize === 1n, {
      timeout: 20_000,
    })
    abort.abort()
    isCancelled.resolve()
    expect((await importing).code).toBe(Code.Canceled)
    expect((await client(UserService).listUsers({ filter: "row-1@" })).totalSize).toBe(1n)
  })
})
