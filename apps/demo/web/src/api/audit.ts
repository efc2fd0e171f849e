import { createClient } from "@causeway/client"
import { AuditService } from "@causeway/proto/api/v1/audit_pb"

import { resumingWatch, type WatchAudit } from "./audit-watch.ts"
import { pageLife } from "./page-life.ts"
import { transport } from "./transport.ts"

const client = createClient(AuditService, transport)

/** The audit stream over this page's transport. */
export const watchAudit: WatchAudit = resumingWatch(client.watch, { lifecycle: pageLife })

/** The number of the newest event in the log. */
export async function auditHead(signal: AbortSignal): Promise<bigint> {
  return (await client.getHead({}, { signal })).sequence
}
