import { createHash } from "node:crypto"

import { UserOrder } from "@causeway/proto/api/v1/user_pb"

import { fold } from "./fold.ts"

/** The filter and the order of a list. All its pages share them. */
export interface UserQuery {
  /** Folded words, all of which a user must match. */
  readonly words: readonly string[]
  readonly order: UserOrder
}

/**
 * The last user of a page. The next page begins after this user, so that pages do not shift when users are added or
 * deleted.
 */
export interface PageEnd {
  /** The value the list is sorted by. */
  readonly key: string | number
  readonly id: string
}

/** How an order sorts, in SQL; users with the same key are sorted by id in the same direction. */
export interface Sorting {
  readonly key: string
  readonly direction: "ASC" | "DESC"
}

const byName: Sorting = { key: "name_key", direction: "ASC" }

/** The sorting of each order of the API. */
export const sortings: ReadonlyMap<UserOrder, Sorting> = new Map([
  [UserOrder.UNSPECIFIED, byName],
  [UserOrder.DISPLAY_NAME, byName],
  [UserOrder.EMAIL, { key: "email", direction: "ASC" }],
  [UserOrder.NEWEST, { key: "create_ms", direction: "DESC" }],
  [UserOrder.LAST_SEEN, { key: "coalesce(last_seen_ms, -1)", direction: "DESC" }],
  [UserOrder.STORAGE, { key: "storage_bytes", direction: "DESC" }],
])

/** The words of a filter as they are compared. */
export function filterWords(filter: string): string[] {
  return fold(filter)
    .split(/\s+/)
    .filter((word) => word !== "")
}

/** The token that asks for what comes after `end`. It holds for this query only. */
export function encodePageToken(query: UserQuery, end: PageEnd): string {
  const text = JSON.stringify([digest(query, end), end.key, end.id])
  return Buffer.from(text).toString("base64url")
}

/** Reads a token of `encodePageToken`; null for anything else, also for a token of another query. */
export function decodePageToken(query: UserQuery, token: string): PageEnd | null {
  const parts = parseJson(Buffer.from(token, "base64url").toString())
  if (!Array.isArray(parts)) return null
  const [, key, id] = parts as unknown[]
  if ((typeof key !== "string" && typeof key !== "number") || typeof id !== "string") return null
  const end = { key, id }
  return encodePageToken(query, end) === token ? end : null
}

/** A checksum against mistakes, not a signature: a forged token gives nothing to a caller who may list users anyway. */
function digest({ words, order }: UserQuery, { key, id }: PageEnd): string {
  return createHash("sha256")
    .update(JSON.stringify([words, order, key, id]))
    .digest("base64url")
    .slice(0, 8)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
