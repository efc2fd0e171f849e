import { UserState } from "@causeway/proto/api/v1/user_pb"

import type { Accounts } from "./accounts.ts"
import type { Random } from "./random.ts"
import type { UserStore } from "./user-store.ts"

/** Milliseconds between two events. */
const PERIOD_MS = 2_000

/**
 * Writes a sign-in of a random user, or a failed one, every two seconds, so that the live stream has events to show.
 * Returns a function that stops it. The first failure, such as a full disk, is reported and also stops it; the server
 * continues.
 */
export function startBackgroundEvents(
  users: UserStore,
  accounts: Accounts,
  random: Random,
  report: (error: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    try {
      addBackgroundEvent(users, accounts, random)
    } catch (error) {
      clearInterval(timer)
      report(error)
    }
  }, PERIOD_MS)
  return () => clearInterval(timer)
}

/** Adds one event of a random user. Only active users can sign in, and one in twelve of them mistypes first. */
export function addBackgroundEvent(users: UserStore, accounts: Accounts, random: Random): void {
  const user = users.getAny()
  if (user === null) return
  const getsIn = user.state === UserState.ACTIVE && random.below(12) > 0
  if (getsIn) accounts.signIn(user)
  else accounts.failSignIn(user)
}
