import { randomBytes } from "node:crypto"
import type { DatabaseSync } from "node:sqlite"

import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import { UserRoleSchema, UserStateSchema } from "@causeway/proto/api/v1/user_pb"

import type { AuditChange, AuditLog } from "./audit-log.ts"
import { transact } from "./database.ts"
import type { UserFields } from "./user-rules.ts"
import type { StoredUser, UserStore } from "./user-store.ts"
import { Wastebasket } from "./wastebasket.ts"
import type { Violation } from "./violation.ts"

/** The result of a write. */
export type Outcome =
  | { readonly kind: "done"; readonly user: StoredUser }
  | { readonly kind: "unknown user" }
  | { readonly kind: "email taken"; readonly violation: Violation }

/** The stores that accounts use. */
export interface AccountsParts {
  readonly db: DatabaseSync
  readonly users: UserStore
  readonly audit: AuditLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Makes every change to an account. The change and its audit event are one transaction; the watchers are notified after
 * it.
 */
export class Accounts {
  readonly #parts: AccountsParts
  readonly #deleted: Wastebasket

  constructor(parts: AccountsParts) {
    this.#parts = parts
    this.#deleted = new Wastebasket(parts.now)
  }

  create(fields: UserFields, actor: string, action: AuditAction = AuditAction.USER_CREATED): Outcome {
    return this.#write(() => {
      if (this.#parts.users.getByEmail(fields.email) !== null) return emailTaken
      const nowMs = this.#parts.now()
      const id = `usr_${randomBytes(6).toString("hex")}`
      const user = { ...fields, id, storageBytes: 0, createMs: nowMs, updateMs: nowMs, lastSeenMs: null }
      this.#parts.users.insert(user)
      this.#append(action, actor, user)
      return { kind: "done", user }
    })
  }

  /** An update to equal values writes nothing. */
  update(id: string, change: Partial<UserFields>, actor: string): Outcome {
    return this.#write(() => {
      const before = this.#parts.users.get(id)
      if (before === null) return { kind: "unknown user" }
      const user = { ...before, ...change, updateMs: this.#parts.now() }
      const changes = differences(before, user)
      if (changes.length === 0) return { kind: "done", user: before }
      if (user.email !== before.email && this.#parts.users.getByEmail(user.email) !== null) return emailTaken
      this.#parts.users.update(user)
      this.#append(AuditAction.USER_UPDATED, actor, user, changes)
      return { kind: "done", user }
    })
  }

  delete(id: string, actor: string): Outcome {
    const outcome = this.#write((): Outcome => {
      const user = this.#parts.users.get(id)
      if (user === null) return { kind: "unknown user" }
      this.#parts.users.delete(id)
      this.#append(AuditAction.USER_DELETED, actor, user)
      return { kind: "done", user }
    })
    if (outcome.kind === "done") this.#deleted.put(outcome.user)
    return outcome
  }

  /** Undoes a delete while the user is in the wastebasket. */
  undelete(id: string, actor: string): Outcome {
    const user = this.#deleted.get(id)
    if (user === null) return { kind: "unknown user" }
    const outcome = this.#write((): Outcome => {
      if (this.#parts.users.getByEmail(user.email) !== null) return emailTaken
      this.#parts.users.insert(user)
      this.#append(AuditAction.USER_RESTORED, actor, user)
      return { kind: "done", user }
    })
    if (outcome.kind === "done") this.#deleted.remove(id)
    return outcome
  }

  signIn(user: StoredUser): void {
    this.#write(() => {
      this.#parts.users.setLastSeen(user.id, this.#parts.now())
      this.#append(AuditAction.SIGNED_IN, user.email, user)
    })
  }

  failSignIn(user: StoredUser): void {
    this.#write(() => this.#append(AuditAction.SIGN_IN_FAILED, user.email, user))
  }

  #write<T>(work: () => T): T {
    const result = transact(this.#parts.db, work)
    this.#parts.audit.announce()
    return result
  }

  #append(action: AuditAction, actor: string, user: StoredUser, changes: readonly AuditChange[] = []): void {
    const { id: userId, displayName: userDisplayName } = user
    this.#parts.audit.append({ timeMs: this.#parts.now(), action, actor, userId, userDisplayName, changes })
  }
}

const emailTaken: Outcome = {
  kind: "email taken",
  violation: { field: "user.email", reason: "EMAIL_TAKEN", description: "belongs to another user" },
}

function differences(before: UserFields, after: UserFields): AuditChange[] {
  const rows: AuditChange[] = [
    ["email", before.email, after.email],
    ["display_name", before.displayName, after.displayName],
    ["role", UserRoleSchema.value[before.role]?.name ?? "", UserRoleSchema.value[after.role]?.name ?? ""],
    ["state", UserStateSchema.value[before.state]?.name ?? "", UserStateSchema.value[after.state]?.name ?? ""],
    ["team", before.team, after.team],
  ]
  return rows.filter(([, oldValue, newValue]) => oldValue !== newValue)
}
