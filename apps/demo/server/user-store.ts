import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"

import { create } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { type User, type UserOrder, UserSchema, type UserState } from "@causeway/proto/api/v1/user_pb"

import { fold } from "./fold.ts"
import { type PageEnd, type Sorting, sortings, type UserQuery } from "./user-pages.ts"
import type { UserFields } from "./user-rules.ts"

/** All that is stored of a user. Times are milliseconds since 1970. */
export interface StoredUser extends UserFields {
  readonly id: string
  readonly storageBytes: number
  readonly createMs: number
  readonly updateMs: number
  /** Null for one who has never signed in. */
  readonly lastSeenMs: number | null
}

/** Users found, and where the list goes on. */
export interface UserPage {
  readonly users: readonly StoredUser[]
  /** Null on the last page. */
  readonly end: PageEnd | null
}

const COLUMNS =
  "id, email, display_name AS displayName, role, state, team, storage_bytes AS storageBytes, " +
  "create_ms AS createMs, update_ms AS updateMs, last_seen_ms AS lastSeenMs"

// Words are passed as one JSON array, so that one statement serves any number of words.
const MATCHES = "NOT EXISTS (SELECT 1 FROM json_each(:words) WHERE instr(search_text, value) = 0)"

/** The table of users. It knows SQL and no rules; transactions are the caller's. */
export class UserStore {
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #delete: StatementSync
  readonly #byId: StatementSync
  readonly #byEmail: StatementSync
  readonly #any: StatementSync
  readonly #seen: StatementSync
  readonly #count: StatementSync
  readonly #countByState: StatementSync
  readonly #pages: ReadonlyMap<UserOrder, StatementSync>

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO user (id, email, display_name, role, state, team, storage_bytes, create_ms, update_ms, last_seen_ms,
         name_key, search_text)
       VALUES (:id, :email, :displayName, :role, :state, :team, :storageBytes, :createMs, :updateMs, :lastSeenMs,
         :nameKey, :searchText)`,
    )
    this.#update = db.prepare(
      `UPDATE user SET email = :email, display_name = :displayName, role = :role, state = :state, team = :team,
         update_ms = :updateMs, name_key = :nameKey, search_text = :searchText
       WHERE id = :id`,
    )
    this.#delete = db.prepare("DELETE FROM user WHERE id = ?")
    this.#byId = db.prepare(`SELECT ${COLUMNS} FROM user WHERE id = ?`)
    this.#byEmail = db.prepare(`SELECT ${COLUMNS} FROM user WHERE email = ?`)
    this.#any = db.prepare(`SELECT ${COLUMNS} FROM user ORDER BY random() LIMIT 1`)
    this.#seen = db.prepare("UPDATE user SET last_seen_ms = ? WHERE id = ?")
    this.#count = db.prepare(`SELECT count(*) AS size FROM user WHERE ${MATCHES}`)
    this.#countByState = db.prepare("SELECT state, count(*) AS size FROM user GROUP BY state")
    this.#pages = new Map([...sortings].map(([order, sorting]) => [order, db.prepare(pageSql(sorting))]))
  }

  insert(user: StoredUser): void {
    this.#insert.run({ ...user, ...derived(user) })
  }

  update(user: StoredUser): void {
    const { id, email, displayName, role, state, team, updateMs } = user
    this.#update.run({ id, email, displayName, role, state, team, updateMs, ...derived(user) })
  }

  delete(id: string): void {
    this.#delete.run(id)
  }

  setLastSeen(id: string, lastSeenMs: number): void {
    this.#seen.run(lastSeenMs, id)
  }

  get(id: string): StoredUser | null {
    return rowOrNull(this.#byId, id)
  }

  getByEmail(email: string): StoredUser | null {
    return rowOrNull(this.#byEmail, email)
  }

  /** One user by chance; null when there is none. */
  getAny(): StoredUser | null {
    return rowOrNull(this.#any)
  }

  /** At most `limit` users of the query, from the one after `after`. The query's order must be one of `sortings`. */
  page({ words, order }: UserQuery, after: PageEnd | null, limit: number): UserPage {
    const statement = this.#pages.get(order)
    if (statement === undefined) throw new RangeError(`no such order: ${order}`)
    const key = after?.key ?? null
    // Reads one more than requested, to know whether there is another page.
    const found = statement.all({ words: JSON.stringify(words), key, id: after?.id ?? null, limit: limit + 1 })
    const rows = found.slice(0, limit) as unknown as (StoredUser & { sortKey: string | number })[]
    const last = rows.at(-1)
    const end = found.length > limit && last !== undefined ? { key: last.sortKey, id: last.id } : null
    return { users: rows, end }
  }

  /** How many users match all of the words. */
  count(words: readonly string[]): number {
    return Number(this.#count.get({ words: JSON.stringify(words) })?.["size"])
  }

  /** How many users are in each state. */
  countByState(): Map<UserState, number> {
    return new Map(this.#countByState.all().map(({ state, size }) => [Number(state) as UserState, Number(size)]))
  }
}

/** The user as the API shows it. */
export function toMessage(user: StoredUser): User {
  return create(UserSchema, {
    id: user.id,
    email: user.email,
    displayName: user.displayName,
    role: user.role,
    state: user.state,
    team: user.team,
    storageBytes: BigInt(user.storageBytes),
    createTime: timestampFromMs(user.createMs),
    updateTime: timestampFromMs(user.updateMs),
    ...(user.lastSeenMs === null ? {} : { lastSeenTime: timestampFromMs(user.lastSeenMs) }),
  })
}

function pageSql({ key, direction }: Sorting): string {
  const beyond = direction === "ASC" ? ">" : "<"
  return `SELECT ${COLUMNS}, ${key} AS sortKey FROM user
    WHERE ${MATCHES} AND (:id IS NULL OR (${key}, id) ${beyond} (:key, :id))
    ORDER BY ${key} ${direction}, id ${direction} LIMIT :limit`
}

function derived({ displayName, email, team }: UserFields): Record<"nameKey" | "searchText", string> {
  // Line breaks, which no field and no word of a filter has, keep a word from matching across two fields.
  return { nameKey: fold(displayName), searchText: fold([displayName, email, team].join("\n")) }
}

function rowOrNull(statement: StatementSync, ...parameters: SQLInputValue[]): StoredUser | null {
  // The tables are STRICT and the columns named as the fields are: a row is a StoredUser.
  return (statement.get(...parameters) as unknown as StoredUser | undefined) ?? null
}
