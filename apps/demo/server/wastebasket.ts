import type { StoredUser } from "./user-store.ts"

const KEEP_MS = 10 * 60 * 1000
const MAX_USERS = 1000

/** Deleted users, kept in memory for ten minutes, so that a delete can be undone. */
export class Wastebasket {
  readonly #now: () => number
  /** In the order of their deletion. */
  readonly #users = new Map<string, { readonly user: StoredUser; readonly untilMs: number }>()

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Holds at most a thousand users; the one that was deleted first is dropped. */
  put(user: StoredUser): void {
    this.#users.set(user.id, { user, untilMs: this.#now() + KEEP_MS })
    const oldest = this.#users.keys().next()
    if (this.#users.size > MAX_USERS && oldest.done !== true) this.#users.delete(oldest.value)
  }

  /** Null if the user was never here or was dropped. */
  get(id: string): StoredUser | null {
    const found = this.#users.get(id)
    return found === undefined || found.untilMs <= this.#now() ? null : found.user
  }

  remove(id: string): void {
    this.#users.delete(id)
  }
}
