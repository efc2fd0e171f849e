import type { StoredUser } from "./user-store.ts"

const KEEP_MS = 10 * 60 * 1000
const MAX_USERS = 1000

/** Users that were deleted, for ten minutes and in memory alone: long enough to undo a slip. */
export class Wastebasket {
  readonly #now: () => number
  /** In the order of their deletion. */
  readonly #users = new Map<string, { readonly user: StoredUser; readonly untilMs: number }>()

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Above a thousand the one that was deleted first is forgotten. */
  put(user: StoredUser): void {
    this.#users.set(user.id, { user, untilMs: this.#now() + KEEP_MS })
    const oldest = this.#users.keys().next()
    if (this.#users.size > MAX_USERS && oldest.done !== true) this.#users.delete(oldest.value)
  }

  /** Null when it was never here, or is here no longer. */
  get(id: string): StoredUser | null {
    const found = this.#users.get(id)
    return found === undefined || found.untilMs <= this.#now() ? null : found.user
  }

  remove(id: string): void {
    this.#users.delete(id)
  }
}
