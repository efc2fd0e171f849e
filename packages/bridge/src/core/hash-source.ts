import { hashOf } from "./hash.ts"

/** A part of a call that stays the same for one user. */
export type HashSource =
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "cookie"; readonly name: string }

/** The received fields of a call. */
interface ReceivedFields {
  /** First value of a field. Null: there is none. */
  header(name: string): string | null
}

/** Hash of the part of a call that the source names. Null: the call does not have it, or it is empty. */
export function hashOfSource(source: HashSource, call: ReceivedFields): number | null {
  const value = source.kind === "header" ? call.header(source.name) : cookieOf(call.header("cookie"), source.name)
  return value === null || value === "" ? null : hashOf(value)
}

/** Like `hashOfSource`. A call without that part gets any hash: one endpoint for all of them would be overrun. */
export function hashOrAny(source: HashSource, call: ReceivedFields): number {
  return hashOfSource(source, call) ?? Math.floor(Math.random() * 2 ** 32)
}

/** Value of a cookie in a `cookie` field (RFC 6265 §4.2.1), as it was sent. Of two with one name the first counts. */
function cookieOf(field: string | null, name: string): string | null {
  if (field === null) return null
  let equals = -1
  for (let at = 0; at < field.length;) {
    const next = field.indexOf(";", at)
    const end = next < 0 ? field.length : next
    // Many pairs may have none, and a search at each of them would read the whole field each time.
    if (equals < at) equals = field.indexOf("=", at)
    if (equals < 0) return null
    if (equals < end && field.slice(at, equals).trim() === name) return field.slice(equals + 1, end).trim()
    at = end + 1
  }
  return null
}
