import { create } from "@bufbuild/protobuf"
import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import {
  type ImportError,
  ImportErrorSchema,
  type ImportRequest,
  type ImportService,
} from "@causeway/proto/api/v1/import_pb"
import type { ServiceImpl } from "@connectrpc/connect"

import type { Accounts } from "./accounts.ts"
import { messagesUntilAborted } from "./messages-until-aborted.ts"
import { checkNewUser } from "./user-rules.ts"
import type { Violation } from "./violation.ts"

const MAX_ERRORS = 100

/** api.v1.ImportService: each row is a transaction of its own. */
export function createImportService(accounts: Accounts): ServiceImpl<typeof ImportService> {
  return {
    async import(rows, { signal }) {
      let receivedCount = 0n
      let failedCount = 0n
      const errors: ImportError[] = []
      for await (const row of messagesUntilAborted(rows, signal)) {
        receivedCount++
        const violations = importRow(accounts, row)
        if (violations.length === 0) continue
        failedCount++
        if (errors.length < MAX_ERRORS) errors.push(toError(receivedCount, row, violations))
      }
      return { receivedCount, failedCount, createdCount: receivedCount - failedCount, errors }
    },
  }
}

/** What is wrong with the row; when that is nothing the user has been created. */
function importRow(accounts: Accounts, { user }: ImportRequest): readonly Violation[] {
  const checked = checkNewUser(user)
  if (checked.kind === "invalid") return checked.violations
  const outcome = accounts.create(checked.value, "import", AuditAction.USER_IMPORTED)
  return outcome.kind === "email taken" ? [outcome.violation] : []
}

function toError(row: bigint, { user }: ImportRequest, violations: readonly Violation[]): ImportError {
  return create(ImportErrorSchema, {
    row,
    email: user?.email.slice(0, 254) ?? "",
    violations: violations.map(({ field, reason, description }) => ({ field, reason, description })),
  })
}
