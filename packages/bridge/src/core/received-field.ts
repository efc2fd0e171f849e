import type { RequestHead } from "./exchange.ts"

/**
 * Value of a received field by its lower-case name, also of a field that the backend does not get. Several fields of one name
 * are joined by a comma (RFC 9110 §5.2), cookies by a semicolon (RFC 9113 §8.2.3). `host` is the request's authority.
 */
export function receivedField(head: RequestHead, name: string): string | null {
  if (name === "host" && head.authority !== null) return head.authority
  const { fields } = head
  let value: string | null = null
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i].length !== name.length || fields[i].toLowerCase() !== name) continue
    value = value === null ? fields[i + 1] : `${value}${name === "cookie" ? "; " : ","}${fields[i + 1]}`
  }
  return value
}
