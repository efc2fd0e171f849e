import { AuditAction, type FieldChange } from "@causeway/proto/api/v1/audit_pb"
import { UserRoleSchema, UserStateSchema } from "@causeway/proto/api/v1/user_pb"

import type { IconName } from "../../ui/icon.tsx"
import { labelOf, roles, states } from "../users/user-words.ts"

/** How an action is told: what follows the user's name, and how it looks. */
export interface ActionWords {
  readonly did: string
  readonly icon: IconName
  readonly tone: "quiet" | "good" | "warn" | "bad" | "plain"
  /** Somebody did it to the user, and is named. */
  readonly hasActor: boolean
}

const words: Readonly<Record<number, ActionWords>> = {
  [AuditAction.SIGNED_IN]: { did: "signed in", icon: "signIn", tone: "quiet", hasActor: false },
  [AuditAction.SIGN_IN_FAILED]: { did: "failed to sign in", icon: "alert", tone: "warn", hasActor: false },
  [AuditAction.USER_CREATED]: { did: "was created", icon: "userPlus", tone: "good", hasActor: true },
  [AuditAction.USER_UPDATED]: { did: "was changed", icon: "edit", tone: "plain", hasActor: true },
  [AuditAction.USER_DELETED]: { did: "was deleted", icon: "userMinus", tone: "bad", hasActor: true },
  [AuditAction.USER_RESTORED]: { did: "was restored", icon: "undo", tone: "good", hasActor: true },
  [AuditAction.USER_IMPORTED]: { did: "was imported", icon: "userPlus", tone: "good", hasActor: true },
}

/** The words for an action; one that a newer server knows gets words that say so. */
export function actionWords(action: AuditAction): ActionWords {
  return words[action] ?? { did: `did something new (${action})`, icon: "users", tone: "quiet", hasActor: true }
}

const fieldLabels: Readonly<Record<string, string>> = {
  display_name: "Name",
  email: "Email",
  role: "Role",
  state: "State",
  team: "Team",
}

/** One field before and after, as a person reads it. */
export function changeWords({ field, oldValue, newValue }: FieldChange): { label: string; from: string; to: string } {
  return { label: fieldLabels[field] ?? field, from: valueWords(field, oldValue), to: valueWords(field, newValue) }
}

/** The log keeps enums by their names in the .proto file. */
function valueWords(field: string, value: string): string {
  const role = UserRoleSchema.values.find(({ name }) => name === value)
  if (field === "role" && role !== undefined) return labelOf(roles, role.number)
  const state = UserStateSchema.values.find(({ name }) => name === value)
  if (field === "state" && state !== undefined) return labelOf(states, state.number)
  return value === "" ? "none" : value
}

const timeOfDay = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" })
const dayAndTime = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
})

/** `14:03:22` today, `12 Nov, 14:03` before. */
export function formatEventTime(date: Date, now: Date = new Date()): string {
  return date.toDateString() === now.toDateString() ? timeOfDay.format(date) : dayAndTime.format(date)
}
