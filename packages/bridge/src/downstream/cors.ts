import type { ResponseHead } from "../core/exchange.ts"

/** Origins that may call while none is configured: pages of the same machine, for the first five minutes. */
export const localOrigins: readonly string[] = ["http://localhost:*", "http://127.0.0.1:*"]

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
])

const exposedByDefault = alwaysExposed.join(", ")
/** Chromium keeps a preflight's answer no longer than this. */
const maxAgeSeconds = "7200"
const maxCachedOrigins = 1_000
const maxCachedLength = 255
const patternForm = /^(https?):\/\/(\*\.)?([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}|\*))?$/

/** What is wrong with this allow-list entry, or null. */
export function originPatternProblem(pattern: string): string | null {
  if (pattern === "*" || pattern === "null" || patternForm.test(pattern)) return null
  return `"${pattern}" is no origin: expected scheme://host[:port] without a path, such as https://app.example, https://*.app.example or http://localhost:*`
}

/** Decides which origins may call, by exact comparison of serialised origins (Fetch standard §3.2). */
export class CorsPolicy {
  readonly #exact = new Set<string>()
  readonly #patterns: RegExp[] = []
  readonly #allowsAll: boolean
  readonly #grants = new Map<string, CorsGrant | null>()

  constructor(patterns: readonly string[]) {
    this.#allowsAll = patterns.includes("*")
    for (const pattern of patterns.map(withoutOwnPort)) {
      if (pattern.includes("*")) this.#patterns.push(toRegExp(pattern))
      else this.#exact.add(pattern)
    }
  }

  /** What this origin is granted; null: nothing. */
  grant(origin: string): CorsGrant | null {
    const known = this.#grants.get(origin)
    if (known !== undefined) return known
    if (origin.length > maxCachedLength) return this.#allows(origin) ? new CorsGrant(origin) : null
    if (this.#grants.size >= maxCachedOrigins) this.#grants.clear() // strangers choose origins: bounded
    const grant = this.#allows(origin) ? new CorsGrant(origin) : null
    this.#grants.set(origin, grant)
    return grant
  }

  #allows(origin: string): boolean {
    if (this.#exact.has(origin)) return true
    if (this.#allowsAll) return origin !== "null"
    return this.#patterns.some((pattern) => pattern.test(origin))
  }
}

/** Browsers leave the scheme's own port out (HTML standard, serialisation of an origin). */
function withoutOwnPort(pattern: string): string {
  return pattern.replace(/^(https:.*):443$/, "$1").replace(/^(http:.*):80$/, "$1")
}

function toRegExp(pattern: string): RegExp {
  if (pattern === "*") return /(?!)/
  const source = pattern
    .replace(/[.[\]]/g, "\\$&")
    .replace("://*\\.", "://(?:[a-z0-9-]+\\.)+")
    .replace(/:\*$/, "(?::\\d{1,5})?")
  return new RegExp(`^${source}$`)
}

/** Adds the CORS fields to an answer. Without a grant it still depends on the origin, which caches must know. */
export function addCorsFields(fields: string[], grant: CorsGrant | null): void {
  if (grant === null) fields.push("vary", "Origin")
  else grant.addFields(fields)
}

/** The CORS fields for one allowed origin. */
export class CorsGrant {
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Adds the CORS fields to an answer, with every name exposed that it carries. */
  addFields(fields: string[]): void {
    let exposed = exposedByDefault
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i]
      if (neverExposed.has(name) || alwaysExposed.includes(name)) continue
      if (!exposed.includes(name) || !exposed.split(", ").includes(name)) exposed += `, ${name}`
    }
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
    if (requestedHeaders !== null) fields.push("access-control-allow-headers", requestedHeaders)
    return { status: 204, fields }
  }
}
