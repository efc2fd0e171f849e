import { isMetadataName } from "@causeway/protocol"
import type { FieldTrust } from "../core/received-field.ts"
import { withHyphens } from "../core/usual-spelling.ts"
import type { FamilyPolicy } from "./request-fields.ts"
import { familyOf, isOfProxies, slots } from "./request-fields.ts"

/**
 * How a request field is treated: passed to the backend as metadata (always, or only from a trusted proxy), dropped, put into a
 * slot, or a reason to refuse the request.
 */
export type Treatment = "pass" | "passFromProxy" | "drop" | "refuse" | "slot"

export interface HeaderName {
  /** Lower case. */
  readonly name: string
  readonly treatment: Treatment
  /** The value is base64, perhaps several values between commas (PROTOCOL-HTTP2, "Binary-Header"). */
  readonly isBinary: boolean
  /** A proxy's statement about the client. */
  readonly isOfProxies: boolean
}

/** The settings on which the treatment depends. */
export interface HeaderNameOptions {
  /** Names that pass although they are dropped by default. A name that ends in `*` is a prefix. */
  readonly passHeaders: readonly string[]
  readonly passCookies: boolean
  /** Trusted proxies are configured: a proxy's statement about the client is accepted only from them. */
  readonly hasProxies: boolean
}

const maxKnown = 1_000
const maxKnownLength = 64

/** Decides the treatment of every request field, for one configuration. */
export class HeaderNames implements FieldTrust {
  readonly #options: HeaderNameOptions
  readonly #passed: ReadonlySet<string>
  readonly #passedPrefixes: readonly string[]
  /** Decisions by name as received, in any case. Strangers choose the names, so the table is bounded. */
  readonly #known = new Map<string, HeaderName>()

  constructor(options: HeaderNameOptions) {
    const entries = options.passHeaders.map((entry) => entry.toLowerCase())
    this.#options = options
    this.#passed = new Set(entries.filter((entry) => !entry.endsWith("*")))
    this.#passedPrefixes = entries.filter((entry) => entry.endsWith("*")).map((entry) => entry.slice(0, -1))
  }

  /** Looks up a received name. Most names repeat, so each is decided once. */
  lookUp(received: string): HeaderName {
    const found = this.#known.get(received)
    if (found !== undefined) return found
    const name = received.toLowerCase()
    const made = {
      name,
      treatment: this.#treatmentOf(name),
      isBinary: name.endsWith("-bin"),
      isOfProxies: isOfProxies(name),
    }
    if (received.length <= maxKnownLength) {
      if (this.#known.size >= maxKnown) this.#known.clear() // junk must not keep the usual names out
      this.#known.set(received, made)
    }
    return made
  }

  /** The fields of a peer that may choose a route. Null: all. */
  trustIn(isFromProxy: boolean): FieldTrust | null {
    return isFromProxy || !this.#options.hasProxies ? null : this
  }

  trusts(name: string): boolean {
    return !this.lookUp(name).isOfProxies
  }

  #treatmentOf(name: string): Treatment {
    if (name === "cookie" && !this.#options.passCookies) return "drop"
    if (Object.hasOwn(slots, name)) return "slot"
    if (!isMetadataName(name)) return "refuse"
    const policy = familyOf(name)?.policy ?? policyOfSpelling(name)
    if (policy === "pass") return "pass"
    if (policy === "never" || !this.#isPassed(name)) return "drop"
    return policy === "trustedProxyOnly" && this.#options.hasProxies ? "passFromProxy" : "pass"
  }

  #isPassed(name: string): boolean {
    return this.#passed.has(name) || this.#passedPrefixes.some((prefix) => name.startsWith(prefix))
  }
}

/** A gateway behind the bridge may read `x_forwarded_user` as `x-forwarded-user`. */
function policyOfSpelling(name: string): FamilyPolicy {
  const policy = familyOf(withHyphens(name))?.policy
  return policy === "trustedProxyOnly" ? policy : "pass"
}
