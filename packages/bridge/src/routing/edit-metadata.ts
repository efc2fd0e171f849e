import type { Metadata } from "@causeway/protocol"
import { isMetadataName, MetadataList } from "@causeway/protocol"
import { withHyphens } from "../core/usual-spelling.ts"
import type { RouteMetadata } from "./route-config.ts"

/** The changes of a route, ready for calls. */
export interface MetadataEdit {
  /** The first required field that a call lacks. Null: it has all. */
  missing(metadata: Metadata): string | null
  /** The metadata for the backend. The given list stays as it is, and is the result if nothing changes. */
  apply(metadata: Metadata): Metadata
}

/**
 * Prepares the changes. Null: there are none. Names are compared in lower case. A field is removed or replaced in every spelling
 * with hyphens, underscores and dots, since a backend may read them as one; it is required in its own spelling.
 */
export function createMetadataEdit({ add, remove, require }: RouteMetadata): MetadataEdit | null {
  if (add.length + remove.length + require.length === 0) return null
  const added = add.flatMap(([name, value]) => [name.toLowerCase(), value])
  const replaced = new Set([...add.map(([name]) => name), ...remove].map((name) => withHyphens(name.toLowerCase())))
  const required = require.map((name) => name.toLowerCase())
  return {
    missing: (metadata) => required.find((name) => !metadata.has(name)) ?? null,
    apply(metadata) {
      if (replaced.size === 0) return metadata
      const flat: string[] = []
      metadata.appendTo(flat)
      const kept = flat.filter((_, i) => !replaced.has(withHyphens(flat[i - (i % 2)])))
      kept.push(...added)
      return new MetadataList(kept)
    },
  }
}

/** Fields of HTTP and of this hop (RFC 9113 §8.2.2), and those that the bridge writes itself. */
const reserved = new Set(
  (
    "host connection keep-alive proxy-connection transfer-encoding upgrade http2-settings te trailer content-length expect " +
    "content-type content-encoding"
  ).split(" "),
)

/** The problem with a name that a route adds, removes or requires, or null. */
export function routeFieldProblem(name: string): string | null {
  const lower = name.toLowerCase()
  if (lower.startsWith(":")) return `"${name}" is part of the request itself, not a field: the bridge writes it`
  if (!isMetadataName(lower)) return `"${name}" is no field name: expected letters, digits, "-", "_" and "." alone`
  if (lower.startsWith("grpc-")) return `"${name}" is gRPC's own: expected a name that does not begin with grpc-`
  if (reserved.has(lower))
    return `"${name}" belongs to HTTP, and the bridge writes it: expected a field of the application`
  return null
}
