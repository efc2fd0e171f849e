import { AuditAction, type WatchResponse } from "@causeway/proto/api/v1/audit_pb"
import { useStream } from "@causeway/client/react"
import { useQueryClient } from "@tanstack/react-query"
import { useEffect } from "react"

import { watchAudit } from "../../api/audit.ts"
import { userPagesKey } from "../../api/users.ts"

/**
 * Keeps the pages of users up to date with changes from other tabs and clients: the audit stream reports each change,
 * and the loaded pages are requested again. Returns whether the stream is connected.
 */
export function useLiveUsers(): boolean {
  const client = useQueryClient()
  const { value: changes, state } = useStream(watchFromNow, { reduce: countChanges, initial: 0 })
  const isOpen = state.kind === "open"
  // Reloads also after a cut and at the start: there may have been a change between the page and the stream.
  useEffect(() => {
    if (isOpen) void client.invalidateQueries({ queryKey: userPagesKey })
  }, [client, changes, isOpen])
  return isOpen
}

function watchFromNow(signal: AbortSignal) {
  return watchAudit({ backlogSize: -1 }, signal, () => {})
}

/** A sign-in changes only the time of the last sign-in. */
const quiet = new Set<AuditAction | undefined>([AuditAction.SIGNED_IN, AuditAction.SIGN_IN_FAILED, undefined])

function countChanges(count: number, { event }: WatchResponse): number {
  return quiet.has(event?.action) ? count : count + 1
}
