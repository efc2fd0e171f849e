import { checkServerIdentity } from "node:tls"
import type { PeerCertificate } from "node:tls"

/** Number of a certificate's names in an error. */
const maxNamesShown = 8

/**
 * Checks that a certificate has one of these names: hosts (a wildcard in the certificate counts), IP addresses, or URIs such as
 * SPIFFE's. Returns the error, with the names that the certificate has, or undefined.
 */
export function checkCertificate(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  const has = subjectAltNames(certificate)
  for (const name of names) {
    // A URI is compared byte by byte (SPIFFE X.509-SVID §5.2). checkServerIdentity does not accept URIs.
    if (name.includes("://") ? has.includes(name) : checkServerIdentity(name, certificate) === undefined)
      return undefined
  }
  const shown = has.slice(0, maxNamesShown).join(", ")
  const rest = has.length > maxNamesShown ? ` and ${has.length - maxNamesShown} more` : ""
  const received = has.length === 0 ? "it has no names (subjectAltName)" : `it is for ${shown}${rest}`
  const error = new Error(`${received}, expected ${names.join(" or ")}`)
  return Object.assign(error, { code: "ERR_TLS_CERT_ALTNAME_INVALID" })
}

/** The values of the certificate's names. Node puts values in quotes that could be taken for several names. */
function subjectAltNames({ subjectaltname = "" }: Partial<PeerCertificate>): string[] {
  const entries = subjectaltname.matchAll(/(?:^|, )[^:,"]+:("(?:[^"\\]|\\.)*"|[^,"]*)/gy)
  return [...entries].map(([, value]) => (value.startsWith('"') ? String(JSON.parse(value)) : value))
}
