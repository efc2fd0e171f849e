import type { AuditEvent, AuditService, WatchResponse } from "@causeway/proto/api/v1/audit_pb"
import { ImportService } from "@causeway/proto/api/v1/import_pb"
import type { Client } from "@connectrpc/connect"
import { onTestFinished } from "vitest"

import { next, type TestServer } from "./start-test-server.ts"

/** The stream's responses. The stream is cancelled when the test ends. */
export function watch(
  client: Client<typeof AuditService>,
  request: { cursor?: string; backlogSize?: number },
  abort = new AbortController(),
): AsyncIterator<WatchResponse> {
  onTestFinished(() => abort.abort())
  return client.watch(request, { signal: abort.signal })[Symbol.asyncIterator]()
}

/** A stream that has come to the end of its backlog, and the cursor it gave there. */
export async function watchLive(
  client: Client<typeof AuditService>,
  abort = new AbortController(),
): Promise<{ stream: AsyncIterator<WatchResponse>; cursor: string }> {
  const stream = watch(client, { backlogSize: -1 }, abort)
  const { caughtUp } = await next(stream)
  if (caughtUp === undefined) throw new Error("a backlog that was not asked for")
  return { stream, cursor: caughtUp.cursor }
}

/** The next message of the stream, which must be an event. */
export async function nextEvent(stream: AsyncIterator<WatchResponse>): Promise<AuditEvent> {
  const { event } = await next(stream)
  if (event === undefined) throw new Error("not an event")
  return event
}

/** Makes `count` events by importing as many users. */
export async function importUsers({ client }: TestServer, count: number): Promise<void> {
  async function* rows(): AsyncGenerator<{ user: { email: string; displayName: string } }> {
    for (let i = 0; i < count; i++) yield { user: { email: `row-${i}@import.example`, displayName: `Row ${i}` } }
  }
  const { createdCount } = await client(ImportService).import(rows())
  if (createdCount !== BigInt(count)) throw new Error(`${createdCount} of ${count} users were created`)
}
