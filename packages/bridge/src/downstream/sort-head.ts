import { appendBinaryValues, MetadataList } from "@causeway/protocol"
import type { RequestHead } from "../core/exchange.ts"
import type { FieldTrust } from "../core/received-field.ts"
import type { HeaderNames } from "./header-names.ts"
import type { Slot } from "./request-fields.ts"

/** A request head, divided into fields for the bridge and fields for the backend. */
export interface SortedHead {
  /** Fields that the bridge acts on: the first value, or for a list all values joined. */
  readonly slots: { readonly [name in Slot]?: string }
  /** Fields that may pass, in the order received. */
  readonly metadata: MetadataList
  /** Tells which fields routes may be chosen by. Null: all. */
  readonly trust: FieldTrust | null
  /** Size in HTTP/2's terms: 32 bytes more for each field (RFC 9113 §6.5.2). */
  readonly bytes: number
  /** The reason why the head is refused. Null: it is accepted. */
  readonly problem: string | null
}

/** Sorts a head in one pass over its fields. `isFromProxy`: a trusted proxy sent it. Never throws. */
export function sortHead(head: RequestHead, names: HeaderNames, isFromProxy: boolean): SortedHead {
  const { fields } = head
  const slots: { [name in Slot]?: string } = {}
  const passed: string[] = []
  let bytes = head.target.length
  // CONNECT has no path. It is refused for its method.
  let problem: string | null =
    head.target.startsWith("/") || head.method === "CONNECT" ? null : "its target is not a path"
  for (let i = 0; i < fields.length; i += 2) {
    const { name, treatment, isBinary } = names.lookUp(fields[i])
    const value = fields[i + 1]
    bytes += name.length + value.length + 32
    if (treatment === "pass" || (treatment === "passFromProxy" && isFromProxy)) {
      if (!isBinary || !value.includes(",")) passed.push(name, value)
      else bytes += (appendBinaryValues(name, value, passed) - 1) * (name.length + 32)
    } else if (treatment === "slot") problem = setSlot(slots, name as Slot, value, head) ?? problem
    else if (treatment === "refuse") problem = `the field name "${name}" has characters other than 0-9 a-z _ . -`
  }
  problem ??= authorityProblem(head.authority ?? slots.host)
  const agent = userAgent(slots)
  if (agent !== undefined) passed.push("user-agent", agent)
  if (slots.cookie !== undefined) passed.push("cookie", slots.cookie)
  const metadata = new MetadataList(withoutListed(passed, slots.connection))
  return { slots, metadata, trust: names.trustIn(isFromProxy), bytes, problem }
}

/** A host with an optional port (RFC 9110 §7.2): no user, no path, no blank, and no list. */
const authorityForm = /^(?:[\w.~!$&'()*+;=%-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i

function authorityProblem(authority: string | undefined): string | null {
  if (authority === undefined) return "it has no Host field"
  if (authorityForm.test(authority)) return null
  return `its host ${JSON.stringify(authority.slice(0, 100))} is not of the form host:port`
}

/** Fields that are lists. Several fields of a list mean the same as one (RFC 9110 §5.2). */
const lists: ReadonlySet<Slot> = new Set([
  ...(["accept", "connection", "access-control-request-headers", "x-forwarded-for", "forwarded"] as const),
])

/** Stores the value in its slot. Returns the problem with the field, or null. */
function setSlot(slots: { [name in Slot]?: string }, name: Slot, value: string, head: RequestHead): string | null {
  const before = slots[name]
  if (before === undefined) slots[name] = value
  if (name === "host") {
    // Different hosts in two places let requests slip past a check (request smuggling, RFC 9112 §3.2).
    if (before !== undefined) return "it has two Host fields"
    if (head.authority !== null && head.authority.toLowerCase() !== value.toLowerCase())
      return "its Host field differs from its :authority"
  }
  if (before !== undefined && (name === "content-type" || name === "origin" || name === "grpc-timeout")) {
    return `it has two ${name} fields`
  }
  if (before !== undefined && lists.has(name)) slots[name] = `${before},${value}`
  // HTTP/2 splits cookies so that they compress. Elsewhere they are one field (RFC 9113 §8.2.3).
  if (before !== undefined && name === "cookie") slots[name] = `${before}; ${value}`
  return null
}

/** Drops the fields that `connection` lists: they are for this hop only (RFC 9110 §7.6.1). */
function withoutListed(fields: string[], connection: string | undefined): string[] {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return fields
  const listed = new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  )
  return fields.filter((_, i) => !listed.has(fields[i - (i % 2)]))
}

/** gRPC-Web: browsers own user-agent, so a client library names itself in x-user-agent. The backend gets both. */
function userAgent(slots: SortedHead["slots"]): string | undefined {
  const own = slots["x-user-agent"]
  const browser = slots["user-agent"]
  if (own === undefined || browser === undefined) return own ?? browser
  return `${own} ${browser}`
}
