import type { ResolvedEndpoint } from "./discovery/resolved-endpoint.ts"

/** TLS settings for a backend. */
export interface UpstreamTls {
  /** PEM of the certificate authorities to trust. Null: Node's own list. */
  readonly ca: string | null
  /** PEM of the bridge's client certificate and its key. Null: none. */
  readonly certificate: { readonly cert: string; readonly key: string } | null
  /** The name that the backend's certificate must be for; also sent in the handshake (SNI). Null: the host of the URL. */
  readonly serverName: string | null
  /** Names of which the certificate must have one, in place of `serverName`. URIs such as SPIFFE's count too. Empty: none. */
  readonly subjectAltNames: readonly string[]
  readonly minVersion: "1.2" | "1.3"
}

/** A backend's address. */
export interface UpstreamTarget {
  /** `http://host:port`, `https://host:port` or `unix:/path`. It is also the name in logs and metrics. */
  readonly name: string
  /** `:authority` of requests to it. */
  readonly authority: string
  /** An IP address or a name to connect to. */
  readonly host: string
  readonly port: number
  /** Path of a Unix socket, which is connected to in place of host and port. Null: none. */
  readonly path: string | null
  /** The host as it is configured, before names were resolved. The certificate must be for it unless `tls` says otherwise. */
  readonly configuredHost: string
  readonly isTls: boolean
  /** Used only if `isTls`. */
  readonly tls: UpstreamTls
}

/** TLS without a choice. */
export const usualTls: UpstreamTls = {
  ca: null,
  certificate: null,
  serverName: null,
  subjectAltNames: [],
  minVersion: "1.2",
}

/** Parses an upstream URL that the configuration has accepted. */
export function upstreamTarget(url: string, tls: UpstreamTls = usualTls): UpstreamTarget {
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === "https:"
  const host = withoutBrackets(hostname)
  const number = port === "" ? (isTls ? 443 : 80) : Number(port)
  const authority = `${hostname}:${number}`
  const name = `${protocol}//${authority}`
  return { name, authority, host, port: number, path: null, configuredHost: host, isTls, tls }
}

/**
 * The target of a resolved endpoint. `tls` null: plain text. `authority`: the `:authority` of requests if the endpoint's own is not
 * wanted.
 */
export function endpointTarget(
  endpoint: ResolvedEndpoint,
  tls: UpstreamTls | null,
  authority: string | null,
): UpstreamTarget {
  const { key, host, port, path } = endpoint
  const isTls = tls !== null
  return {
    name: path === null ? `${isTls ? "https" : "http"}://${key}` : key,
    authority: authority ?? endpoint.authority,
    host,
    port,
    path,
    configuredHost: withoutBrackets(endpoint.authority.replace(/:\d+$/, "")),
    isTls,
    tls: tls ?? usualTls,
  }
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host
}
