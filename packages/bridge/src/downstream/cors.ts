import type { ResponseHead } from "../core/exchange.ts"
import { OriginSet } from "../core/origin-set.ts"

/** Field names that every answer exposes to scripts. */
const alwaysExposed = ["grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "x-causeway-reason"]

/** Response fields that are never exposed: scripts may read them anyway (Fetch standard, CORS-safelisted) or do not need them. */
const neverExposed = new Set([
  "content-type",
  "content-length",
  "cache-control",
  "x-content-type-options",
  "x-accel-buffering",
  "access-control-allow-origin",
  "vary",
  "set-cookie",
])

const exposedByDefault = alwaysExposed.join(", ")
/** Chromium caches a preflight's answer no longer than this. */
const maxAgeSeconds = "7200"
const maxCachedOrigins = 1_000
const maxCachedLength = 255
/** Above this many fields a set is used for look-ups, since a backend decides their number. */
const maxScannedFields = 32

/** Decides which origins may call. */
export class CorsPolicy {
  readonly #origins: OriginSet
  readonly #withCredentials: boolean
  readonly #grants = new Map<string, CorsGrant | null>()

  /**
   * `withCredentials`: pages may send cookies and client certificates. Not with patterns, which strangers' origins might match.
   */
  constructor(patterns: readonly string[], withCredentials: boolean) {
    this.#withCredentials = withCredentials
    this.#origins = new OriginSet(patterns)
  }

  /** The grant for this origin. Null: the origin may not call. */
  grant(origin: string): CorsGrant | null {
    const known = this.#grants.get(origin)
    if (known !== undefined) return known
    if (origin.length > maxCachedLength) return this.#decide(origin)
    if (this.#grants.size >= maxCachedOrigins) this.#grants.clear() // strangers choose origins, so the cache is bounded
    const grant = this.#decide(origin)
    this.#grants.set(origin, grant)
    return grant
  }

  #decide(origin: string): CorsGrant | null {
    return this.#origins.has(origin) ? new CorsGrant(origin, this.#withCredentials) : null
  }
}

/** Adds the CORS fields to an answer. An answer without a grant also depends on the origin, so `vary` tells caches. */
export function addCorsFields(fields: string[], grant: CorsGrant | null): void {
  if (grant === null) fields.push("vary", "Origin")
  else grant.addFields(fields)
}

/** The CORS fields for one allowed origin. */
export class CorsGrant {
  readonly #origin: string
  readonly #withCredentials: boolean

  constructor(origin: string, withCredentials: boolean) {
    this.#origin = origin
    this.#withCredentials = withCredentials
  }

  /** Adds the CORS fields to an answer, and exposes every field name in it. */
  addFields(fields: string[]): void {
    const exposed = exposedNames(fields)
    if (this.#withCredentials) fields.push("access-control-allow-credentials", "true")
    fields.push("access-control-allow-origin", this.#origin, "vary", "Origin")
    // For Resource Timing: without it a page sees neither the HTTP version nor the sizes of its calls.
    fields.push("timing-allow-origin", this.#origin)
    fields.push("access-control-expose-headers", exposed)
  }

  /** The answer to a preflight, which never reaches the backend. */
  preflight(requestedHeaders: string | null): ResponseHead {
    const fields = [
      "access-control-allow-origin",
      this.#origin,
      "vary",
      "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
      "access-control-allow-methods",
      "POST, OPTIONS",
      "access-control-max-age",
      maxAgeSeconds,
    ]
    if (this.#withCredentials) fields.push("access-control-allow-credentials", "true")
    if (requestedHeaders !== null) fields.push("access-control-allow-headers", requestedHeaders)
    return { status: 204, fields }
  }
}

function exposedNames(fields: readonly string[]): string {
  if (fields.length > 2 * maxScannedFields) {
    const names = fields.filter((name, i) => i % 2 === 0 && !neverExposed.has(name))
    return [...new Set([...alwaysExposed, ...names])].join(", ")
  }
  let exposed = exposedByDefault
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]
    if (neverExposed.has(name) || alwaysExposed.includes(name)) continue
    if (!exposed.includes(name) || !exposed.split(", ").includes(name)) exposed += `, ${name}`
  }
  return exposed
}
