import type { RequestHead } from "./exchange.ts"

/** Tells which fields the peer may set. */
export interface FieldTrust {
  /** False: the field is a proxy's statement about the client, and the peer is no trusted proxy. */
  trusts(name: string): boolean
}

/**
 * Value of a received field by its lower-case name, also of a field that the backend does not get. Several fields of one name
 * are joined by a comma (RFC 9110 §5.2), cookies by a semicolon (RFC 9113 §8.2.3). `host` is the request's authority, in lower
 * case. A field that `connection` lists is for this hop only (RFC 9110 §7.6.1): it counts as absent, since the backend does not
 * get it, and a route must not be chosen by it.
 */
export function receivedField(head: Pick<RequestHead, "authority" | "fields">, name: string): string | null {
  if (name === "host" && head.authority !== null) return head.authority.toLowerCase()
  const { fields } = head
  let value: string | null = null
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i].length !== name.length || fields[i].toLowerCase() !== name) continue
    value = value === null ? fields[i + 1] : `${value}${name === "cookie" ? "; " : ","}${fields[i + 1]}`
  }
  if (name === "host") return value === null ? null : value.toLowerCase()
  return value === null || isForThisHop(fields, name) ? null : value
}

/** True if a field `connection` lists this name. */
function isForThisHop(fields: readonly string[], name: string): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i].length !== 10 || fields[i].toLowerCase() !== "connection") continue
    const listed = fields[i + 1].toLowerCase().split(",")
    if (listed.some((one) => one.trim() === name)) return true
  }
  return false
}
