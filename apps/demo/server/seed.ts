import type { DatabaseSync } from "node:sqlite"

import { AuditAction } from "@causeway/proto/api/v1/audit_pb"
import { UserRole, UserState } from "@causeway/proto/api/v1/user_pb"

import { type AuditEntry, AuditLog } from "./audit-log.ts"
import { fold } from "./fold.ts"
import { createRandom, type Random } from "./random.ts"
import { namePools, nativeScriptNames, teams } from "./seed-names.ts"
import { type StoredUser, UserStore } from "./user-store.ts"

/** How many users a new database has. */
export const SEED_USER_COUNT = 320

const EVENT_COUNT = 240
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/**
 * Fills a new database with made-up users and a log of their last two days. The same people each time; times count back
 * from `nowMs`, so that a fresh demo does not look abandoned.
 */
export function seed(db: DatabaseSync, nowMs: number): void {
  const random = createRandom(20_260_101)
  const users = makeUsers(random, nowMs)
  const store = new UserStore(db)
  for (const user of users) store.insert(user)
  const log = new AuditLog(db)
  for (const event of makeEvents(random, users, nowMs)) log.append(event)
}

function makeUsers(random: Random, nowMs: number): StoredUser[] {
  const mailboxes = new Set<string>()
  const users = nativeScriptNames.map(([displayName, mailbox]) => makeUser(random, nowMs, displayName, mailbox))
  while (users.length < SEED_USER_COUNT) {
    const { given, family } = random.pick(namePools)
    const displayName = `${random.pick(given)} ${random.pick(family)}`
    const mailbox = fold(displayName)
      .replace(" ", ".")
      .replaceAll(/[^a-z.-]/g, "")
    if (mailboxes.has(mailbox)) continue
    mailboxes.add(mailbox)
    users.push(makeUser(random, nowMs, displayName, mailbox))
  }
  return users
}

function makeUser(random: Random, nowMs: number, displayName: string, mailbox: string): StoredUser {
  const state = weighted(random, [UserState.ACTIVE, 84], [UserState.INVITED, 9], [UserState.SUSPENDED, 7])
  const role = weighted(random, [UserRole.MEMBER, 66], [UserRole.VIEWER, 24], [UserRole.ADMIN, 8], [UserRole.OWNER, 2])
  const isInvited = state === UserState.INVITED
  const ageMs = Math.round((isInvited ? 14 : 1100) * DAY_MS * random.fraction()) + 3 * DAY_MS
  // Most people were here in the last days, the suspended some time ago.
  const absenceMs = Math.round(ageMs * random.fraction() ** (state === UserState.SUSPENDED ? 1 : 12))
  return {
    id: `usr_${hex(random, 6)}`,
    email: `${mailbox}@tidewater.example`,
    displayName,
    role,
    state,
    team: random.pick(teams),
    // From some kilobytes to some tens of gigabytes, as many below as above a few megabytes.
    storageBytes: isInvited ? 0 : Math.round(2 ** (12 + 23 * random.fraction())),
    createMs: nowMs - ageMs,
    updateMs: nowMs - Math.round(ageMs * random.fraction()),
    lastSeenMs: isInvited ? null : nowMs - absenceMs,
  }
}

/** Events at growing times, the last one a minute ago. They tell of sign-ins and of changes long since overtaken. */
function makeEvents(random: Random, users: readonly StoredUser[], nowMs: number): AuditEntry[] {
  const active = users.filter(({ state }) => state === UserState.ACTIVE)
  const admins = active.filter(({ role }) => role === UserRole.ADMIN || role === UserRole.OWNER)
  const stepMs = (2 * DAY_MS) / EVENT_COUNT
  return Array.from({ length: EVENT_COUNT }, (_, index) => {
    const user = random.pick(active)
    const timeMs = Math.round(nowMs - MINUTE_MS - (EVENT_COUNT - 1 - index + 0.8 * random.fraction()) * stepMs)
    const about = { timeMs, userId: user.id, userDisplayName: user.displayName }
    const kind = random.below(20)
    if (kind === 0) return { ...about, action: AuditAction.SIGN_IN_FAILED, actor: user.email, changes: [] }
    if (kind > 3) return { ...about, action: AuditAction.SIGNED_IN, actor: user.email, changes: [] }
    const changes = [["team", otherTeam(random, user.team), user.team]] as const
    return { ...about, action: AuditAction.USER_UPDATED, actor: random.pick(admins).email, changes }
  })
}

function otherTeam(random: Random, team: string): string {
  return random.pick(teams.filter((other) => other !== team))
}

function weighted<T>(random: Random, ...choices: readonly (readonly [T, number])[]): T {
  return random.pick(choices.flatMap(([value, weight]) => Array.from({ length: weight }, () => value)))
}

function hex(random: Random, byteCount: number): string {
  return Array.from({ length: byteCount * 2 }, () => random.below(16).toString(16)).join("")
}
