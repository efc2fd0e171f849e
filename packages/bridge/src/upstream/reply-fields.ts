import type { Metadata } from "@causeway/protocol"
import { isSafeValue, MetadataList, normalizeStatusMessage, parseStatusCode } from "@causeway/protocol"
import { BridgeError } from "../core/errors.ts"
import type { Status } from "../core/reply.ts"
import { statusOf } from "../core/reply.ts"

/** Of this hop, of HTTP, or the bridge's own to say. */
const ofTheHop =
  "connection keep-alive proxy-connection transfer-encoding upgrade http2-settings te trailer date server age via " +
  "grpc-status grpc-message x-causeway-reason"

/** What acts on the browser or its caches, for the bridge's whole origin: not for a backend to decide. */
const ofTheBrowser =
  "set-cookie set-cookie2 clear-site-data strict-transport-security alt-svc refresh location link nel report-to " +
  "reporting-endpoints www-authenticate proxy-authenticate vary cache-control pragma expires etag last-modified " +
  "x-content-type-options x-accel-buffering timing-allow-origin"

const notMetadata = new Set(`${ofTheHop} ${ofTheBrowser}`.split(" "))
const notMetadataPrefixes = [":", "content-", "access-control-", "cross-origin-"]

/** The metadata among these flat fields. */
export function readMetadata(fields: readonly string[]): Metadata {
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]
    if (notMetadata.has(name) || notMetadataPrefixes.some((prefix) => name.startsWith(prefix))) continue
    const value = fields[i + 1]
    if (!isSafeValue(value)) {
      // A line break would forge a line of the trailer block.
      throw new BridgeError("backend-bad-metadata", `The backend's field ${name} has a line break or NUL in its value`)
    }
    kept.push(name, value)
  }
  return new MetadataList(kept)
}

/** The first value of a field, or null. */
export function fieldOf(fields: readonly string[], name: string): string | null {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1]
  return null
}

/** Whether the fields say how the call ended. */
export function hasStatus(fields: readonly string[]): boolean {
  return fieldOf(fields, "grpc-status") !== null
}

/**
 * The status in these trailers (or in the head of a Trailers-Only answer). A missing, doubled or unreadable status is never a
 * success: it becomes UNKNOWN, with the bridge's reason.
 */
export function readStatus(fields: readonly string[]): Status {
  const metadata = readMetadata(fields)
  const values: string[] = []
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === "grpc-status") values.push(fields[i + 1])
  if (values.length !== 1) {
    const what = values.length === 0 ? "without a grpc-status" : "with more than one grpc-status"
    const reason = values.length === 0 ? "missing-status" : "bad-status"
    return { ...statusOf(new BridgeError(reason, `The backend ended the call ${what}`)), metadata }
  }
  const code = parseStatusCode(values[0].trim())
  if (code === null) {
    const error = new BridgeError(
      "bad-status",
      `The backend ended the call with a grpc-status that is no number: ${values[0].slice(0, 40)}`,
    )
    return { ...statusOf(error), metadata }
  }
  const message = fieldOf(fields, "grpc-message")
  return { code, message: message === null ? "" : normalizeStatusMessage(message), metadata, error: null }
}
