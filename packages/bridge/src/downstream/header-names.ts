import { isMetadataName } from "@causeway/protocol"

/** Fields that the bridge acts on; each is expected once. */
export type Slot =
  | "content-type"
  | "accept"
  | "origin"
  | "host"
  | "grpc-timeout"
  | "grpc-encoding"
  | "user-agent"
  | "x-user-agent"
  | "connection"
  | "x-forwarded-for"
  | "forwarded"
  | "access-control-request-method"
  | "access-control-request-headers"

/** What becomes of a request field: metadata for the backend, nothing, a slot, or a reason to refuse the request. */
export type Treatment = "pass" | "drop" | "refuse" | "slot"

export interface HeaderName {
  /** Lower case. */
  readonly name: string
  readonly treatment: Treatment
}

const slots: readonly Slot[] = [
  "content-type",
  "accept",
  "origin",
  "host",
  "grpc-timeout",
  "grpc-encoding",
  "user-agent",
  "x-user-agent",
  "connection",
  "x-forwarded-for",
  "forwarded",
  "access-control-request-method",
  "access-control-request-headers",
]

/** gRPC's reserved names that an application may send; every other `grpc-` name is the bridge's or the backend's to say. */
const passed = ["grpc-accept-encoding", "grpc-trace-bin", "grpc-tags-bin", "grpc-previous-rpc-attempts"]

// Hop by hop, or made anew: a backend would answer PROTOCOL_ERROR (RFC 9113 §8.2.2).
const hopByHop = [
  ...["keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "te", "trailer"],
  ...["content-length", "expect", "proxy-authorization", "proxy-authenticate"],
]

// The browser's own, not the application's metadata. accept-encoding must never become grpc-accept-encoding.
const browsers = [
  ...["accept-encoding", "accept-language", "accept-charset", "cookie", "referer", "x-grpc-web", "dnt", "priority"],
  ...["cache-control", "pragma", "access-control-request-private-network"],
]

// Whose word about the client's address a backend would believe: a browser's is worth nothing.
const addresses = ["x-forwarded-host", "x-forwarded-proto", "x-real-ip"]

const treatments = new Map<string, Treatment>([
  ...slots.map((name) => [name, "slot"] as const),
  ...passed.map((name) => [name, "pass"] as const),
  ...[...hopByHop, ...browsers, ...addresses].map((name) => [name, "drop"] as const),
])

/** Names as they were received, in any case. Strangers choose them, so the table is bounded. */
const known = new Map<string, HeaderName>()
const maxKnown = 1_000
const maxKnownLength = 64

/** Looks a received name up; names are mostly the same few, so their lower case is made once. */
export function headerName(received: string): HeaderName {
  const found = known.get(received)
  if (found !== undefined) return found
  const name = received.toLowerCase()
  const made = { name, treatment: treatments.get(name) ?? treatmentOf(name) }
  if (received.length <= maxKnownLength) {
    if (known.size >= maxKnown) known.clear() // junk must not keep the usual names out
    known.set(received, made)
  }
  return made
}

function treatmentOf(name: string): Treatment {
  if (name.startsWith("grpc-") || name.startsWith("sec-")) return "drop" // gRPC: reserved; Fetch: forbidden to scripts
  return isMetadataName(name) ? "pass" : "refuse"
}
