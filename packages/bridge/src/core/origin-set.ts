/** Origins, as a list of exact ones and patterns names them. Compares serialised origins (Fetch standard §3.2). */
export class OriginSet {
  readonly #exact = new Set<string>()
  readonly #patterns: RegExp[] = []
  readonly #hasAll: boolean

  /** Takes patterns that `originPatternProblem` has accepted. `*` stands for every origin but `null`. */
  constructor(patterns: readonly string[]) {
    this.#hasAll = patterns.includes("*")
    for (const pattern of patterns.map(withoutOwnPort)) {
      if (isWildOrigin(pattern)) this.#patterns.push(originRegExp(pattern))
      else this.#exact.add(pattern)
    }
  }

  has(origin: string): boolean {
    if (this.#exact.has(origin)) return true
    if (this.#hasAll) return origin !== "null"
    return this.#patterns.some((pattern) => pattern.test(origin))
  }
}

/** True if the entry stands for many origins, so that strangers might own one of them. */
export function isWildOrigin(pattern: string): boolean {
  return pattern.includes("*")
}

/** Drops the scheme's default port, as browsers do (HTML standard, serialisation of an origin). */
export function withoutOwnPort(pattern: string): string {
  return pattern.replace(/^(https:.*):443$/, "$1").replace(/^(http:.*):80$/, "$1")
}

/** The regular expression of origins that match the pattern. A `*` within a label stands for a part of that label only. */
function originRegExp(pattern: string): RegExp {
  if (pattern === "*") return /(?!)/
  const [scheme, rest] = pattern.split("://")
  const host = rest.replace(/:\*$/, "")
  const source = host
    .replace(/[.[\]~+]/g, "\\$&")
    .replace(/^\*$/, "[\\w.~-]+")
    .replace(/^\*\\\./, "(?:[a-z0-9-]+\\.)+")
    .replace("*", "[a-z0-9-]+")
  return new RegExp(`^${scheme.replace(/[.+]/g, "\\$&")}://${source}${host === rest ? "" : "(?::\\d{1,5})?"}$`)
}
