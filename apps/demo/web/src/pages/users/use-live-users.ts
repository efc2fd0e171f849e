import { AuditAction, type WatchResponse } from "@causeway/proto/api/v1/audit_pb"
import { useStream } from "@causeway/client/react"
import { useQueryClient } from "@tanstack/react-query"
import { useEffect } from "react"

import { watchAudit } from "../../api/audit.ts"
import { userPagesKey } from "../../api/users.ts"

/**
 * Keeps the pages of users in step with what others do, in another tab or elsewhere: the audit stream tells of each change,
 * and the pages in hand are asked for again. Whether it is in step now.
 */
export function useLiveUsers(): boolean {
  const client = useQueryClient()
  const { value: changes, state } = useStream(watchFromNow, { reduce: countChanges, initial: 0 })
  const isOpen = state.kind === "open"
  // Once more after a cut, and at the start: between the page and the stream there may have been a change.
  useEffect(() => {
    if (isOpen) void client.invalidateQueries({ queryKey: userPagesKey })
  }, [client, changes, isOpen])
  return isOpen
}

function watchFromNow(signal: AbortSignal) {
  return watchAudit({ backlogSize: -1 }, signal, () => {})
}

/** Who signs in changes nothing but the time of that. */
const quiet = new Set<AuditAction | undefined>([AuditAction.SIGNED_IN, AuditAction.SIGN_IN_FAILED, undefined])

function countChanges(count: number, { event }: WatchResponse): number {
  return quiet.has(event?.action) ? count : count + 1
}
