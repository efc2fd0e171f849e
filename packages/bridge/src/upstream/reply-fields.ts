import type { Metadata } from "@causeway/protocol"
import {
  appendBinaryValues,
  Code,
  codeFromHttpStatus,
  isSafeValue,
  MetadataList,
  normalizeStatusMessage,
  parseStatusCode,
} from "@causeway/protocol"
import { BridgeError } from "../core/errors.ts"
import type { Status } from "../core/reply.ts"
import { statusOf } from "../core/reply.ts"
import { replyFamilies } from "./reply-field-families.ts"

const listed = replyFamilies.flatMap(({ names }) => names.split(" "))
const notMetadata = new Set(listed.filter((name) => !name.endsWith("*")))
const notMetadataPrefixes = [":", ...listed.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1))]

/**
 * The metadata among these flat fields. `withCookies`: includes `set-cookie`. Use it for a head only: scripts could read a cookie
 * in a trailer frame.
 */
export function readMetadata(fields: readonly string[], withCookies = false): Metadata {
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]
    if (notMetadata.has(name) && !(withCookies && name === "set-cookie")) continue
    if (notMetadataPrefixes.some((prefix) => name.startsWith(prefix))) continue
    const value = fields[i + 1]
    if (!isSafeValue(value)) {
      // A line break would forge a line of the trailer block.
      throw new BridgeError("backend-bad-metadata", `The backend's field ${name} has a line break or NUL in its value`)
    }
    if (name.endsWith("-bin") && value.includes(",")) appendBinaryValues(name, value, kept)
    else kept.push(name, value)
  }
  return new MetadataList(kept)
}

/** The first value of a field, or null. */
export function fieldOf(fields: readonly string[], name: string): string | null {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1]
  return null
}

/** True if the fields contain a gRPC status. */
export function hasStatus(fields: readonly string[]): boolean {
  return fieldOf(fields, "grpc-status") !== null
}

/** The status code of an answer of which nothing else is read, by its HTTP status and the fields at its end. */
export function answerCode(httpStatus: number, fields: readonly string[]): number {
  const status = fieldOf(fields, "grpc-status")
  if (status !== null) return parseStatusCode(status.trim()) ?? Code.Unknown
  return httpStatus === 200 ? Code.Unknown : codeFromHttpStatus(httpStatus)
}

/**
 * The status in these trailers (or in the head of a Trailers-Only answer). A missing, doubled or unreadable status is never a
 * success: it becomes UNKNOWN, with the bridge's reason.
 */
export function readStatus(fields: readonly string[], withCookies = false): Status {
  const metadata = readMetadata(fields, withCookies)
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
      `The backend ended the call with a grpc-status that is not a number: ${values[0].slice(0, 40)}`,
    )
    return { ...statusOf(error), metadata }
  }
  const message = fieldOf(fields, "grpc-message")
  return { code, message: message === null ? "" : normalizeStatusMessage(message), metadata, error: null }
}
