import { BridgeError } from "../core/errors.ts"
import type { SessionEnd } from "../core/observer.ts"

const untrusted =
  "its certificate is not signed by an authority that the bridge trusts (--upstream-ca, or tls.ca of the upstream in the configuration file)"
const doesNotResolve = "its host name does not resolve"
const certificateWanted =
  "it demands a client certificate (--upstream-cert and --upstream-key, or tls.cert and tls.key of the upstream in the configuration file)"
const certificateRefused =
  "it rejected the bridge's client certificate (--upstream-cert, or tls.cert of the upstream in the configuration file)"
const handshakeRefused =
  "it refused the TLS handshake: it may demand a client certificate (--upstream-cert, or tls.cert in the configuration file), or have no cipher in common with the bridge"
const nameRefused =
  "it has no certificate for this host name; set the name that it has one for with --upstream-server-name, or tls.server-name in the configuration file"
const oldTls =
  "it does not speak TLS 1.2 or newer, which the bridge needs, or not the version that tls.minVersion asks for"
const silent = "its host does not answer"
const notTls =
  "it does not speak TLS on this port; the address of a backend without TLS begins with http:// (--upstream, or an endpoint in the configuration file)"

/** Explanations of failed connections, by the code of Node's error. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on its port; is it running?",
  ECONNRESET: "it closed the connection at once",
  ENOTFOUND: doesNotResolve,
  EAI_AGAIN: doesNotResolve,
  ENOENT: "there is no socket at its path; is it running?",
  EACCES: "the bridge may not open its socket; its permissions must let the bridge's user write to it",
  ENOTSOCK: "the file at its path is no socket",
  ETIMEDOUT: silent,
  EHOSTUNREACH: silent,
  ENETUNREACH: silent,
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: oldTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: oldTls,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "it did not agree to HTTP/2 over TLS (ALPN h2)",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: certificateWanted,
  "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE": handshakeRefused,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: handshakeRefused,
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE": certificateRefused,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: certificateRefused,
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN": certificateRefused,
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED": certificateRefused,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: certificateRefused,
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: certificateRefused,
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: nameRefused,
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: nameRefused,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: "its certificate has expired, or another certificate in its chain; renew it on the backend",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; is the clock of this machine right?",
  INVALID_PURPOSE: "its certificate is not meant for servers (extended key usage)",
  CERT_REVOKED: "its certificate was revoked",
  CERT_SIGNATURE_FAILURE:
    "the signature of its certificate does not fit the key of the authority in --upstream-ca, or in tls.ca of the configuration file",
  INVALID_CA: "its certificate was signed with a certificate that is not an authority's (basic constraints)",
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another host name (--upstream-server-name, or tls.server-name in the configuration file)",
}

/** The error that a page gets for an unreachable backend: the reason, but not the address, which only the log gets. */
export function unreachable(endpoint: string, cause: Error): BridgeError {
  return new BridgeError(
    "backend-unreachable",
    `The bridge cannot connect to the backend: ${whyUnreachable(cause) ?? codeOf(cause)}`,
    {
      cause: new Error(`${endpoint}: ${cause.message}`, { cause }),
    },
  )
}

/** The error that a page gets if no endpoint of an upstream is known: the reason, but not the name. */
export function unresolved(address: string, why: string): BridgeError {
  return new BridgeError("backend-unreachable", "The bridge cannot connect to the backend: its name does not resolve", {
    cause: new Error(`${address}: ${why}`),
  })
}

/** The error for a call that no endpoint may take, although some have room. */
export function noneHealthy(endpoints: number): BridgeError {
  return new BridgeError(
    "no-healthy-endpoint",
    `None of the ${endpoints} endpoints of the backend is healthy: health checks, ejections or failed connections take them out; try again later`,
  )
}

/** The error of a call that would have to wait while the bridge closes. */
export function shuttingDown(): BridgeError {
  return new BridgeError("draining", "The bridge is shutting down; try again")
}

/** The failure for the operator's log. */
export function failedConnection(endpoint: string, cause: Error, address: string | null): SessionEnd {
  return { endpoint, address: address ?? dialledAddress(cause), why: explainFailure(cause), cause }
}

/** Why a connection failed, for operators: our explanation if there is one for Node's error, otherwise Node's message. */
export function explainFailure(cause: Error): string {
  const why = whyUnreachable(cause) ?? cause.message
  // A page need not know the names of the backend's certificate.
  const names = codeOf(cause) === "ERR_TLS_CERT_ALTNAME_INVALID" ? `: ${cause.message}` : ""
  return `${why}${names}`
}

/** Null: there is no explanation for this code. */
function whyUnreachable(cause: Error): string | null {
  const code = codeOf(cause)
  if (code === undefined) return cause.message
  if (code in words) return `${words[code]} (${code})`
  return code.startsWith("ERR_SSL_") ? `the TLS handshake with it failed (${code})` : null
}

function codeOf(cause: Error): string | undefined {
  return (cause as NodeJS.ErrnoException).code
}

/** The address in Node's error: the target of a refused or silent connection. */
function dialledAddress(cause: Error): string | null {
  const { address, port } = cause as { readonly address?: string; readonly port?: number }
  if (address === undefined || port === undefined) return null
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`
}
