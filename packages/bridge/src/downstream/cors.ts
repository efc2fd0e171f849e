import type { ResponseHead } from "../core/exchange.ts"
import { isWildOrigin, originRegExp, withoutOwnPort } from "./origin-patterns.ts"

/** Names that scripts may read of every answer, whatever it carries. */
const alwaysExposed = ["grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "x-causeway-reason"]

/** Response fields that scripts read anyway (Fetch standard, CORS-safelisted), or that are no business of theirs. */
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
/** Chromium keeps a preflight's answer no longer than this. */
const maxAgeSeconds = "7200"
const maxCachedOrigins = 1_000
const maxCachedLength = 255
/** More fields than this are looked up in a set: a backend chooses how many there are. */
const maxScannedFields = 32

/** Decides which origins may call, by exact comparison of serialised origins (Fetch standard §3.2). */
export class CorsPolicy {
  readonly #exact = new Set<string>()
  readonly #patterns: RegExp[] = []
  readonly #allowsAll: boolean
  readonly #withCredentials: boolean
  readonly #grants = new Map<string, CorsGrant | null>()

  /** `withCredentials`: pages may send cookies and client certificates; not for patterns, whom strangers might fit. */
  constructor(patterns: readonly string[], withCredentials: boolean) {
    this.#withCredentials = withCredentials
    this.#allowsAll = patterns.includes("*")
    for (const pattern of patterns.map(withoutOwnPort)) {
      if (isWildOrigin(pattern)) this.#patterns.push(originRegExp(pattern))
      else this.#exact.add(pattern)
    }
  }

  /** What this origin is granted; null: nothing. */
  grant(origin: string): CorsGrant | null {
    const known = this.#grants.get(origin)
    if (known !== undefined) return known
    if (origin.length > maxCachedLength) return this.#decide(origin)
    if (this.#grants.size >= maxCachedOrigins) this.#grants.clear() // strangers choose origins: bounded
    const grant = this.#decide(origin)
    this.#grants.set(origin, grant)
    return grant
  }

  #decide(origin: string): CorsGrant | null {
    return this.#allows(origin) ? new CorsGrant(origin, this.#withCredentials) : null
  }

  #allows(origin: string): boolean {
    if (this.#exact.has(origin)) return true
    if (this.#allowsAll) return origin !== "null"
    return this.#patterns.some((pattern) => pattern.test(origin))
  }
}

/** Adds the CORS fields to an answer. Without a grant it still depends on the origin, which caches must know. */
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

  /** Adds the CORS fields to an answer, with every name exposed that it carries. */
  addFields(fields: string[]): void {
    const exposed = exposedNames(fields)
    if (this.#withCredentials) fields.push("access-control-allow-credentials", "true")
    fields.push("access-control-allow-origin", this.#origin, "vary", "Origin")
    // Resource Timing: without it a page sees of its own calls neither the HTTP version nor the sizes.
    fields.push("timing-allow-origin", this.#origin)
    fields.push("access-control-expose-headers", exposed)
  }

  /** Answers a preflight: the backend never sees it. */
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
