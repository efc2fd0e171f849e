/** TLS settings for a backend. */
export interface UpstreamTls {
  /** PEM of the certificate authorities to trust. Null: Node's own list. */
  readonly ca: string | null
  /** PEM of the bridge's client certificate and its key. Null: none. */
  readonly certificate: { readonly cert: string; readonly key: string } | null
  /** The name that the backend's certificate must be for; also sent in the handshake (SNI). Null: the host of the URL. */
  readonly serverName: string | null
}

/** A backend's address. */
export interface UpstreamTarget {
  /** `http://host:port` or `https://host:port`. It is also the name in logs and metrics. */
  readonly name: string
  /** `:authority` of requests to it. */
  readonly authority: string
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** Used only if `isTls`. */
  readonly tls: UpstreamTls
}

const usualTls: UpstreamTls = { ca: null, certificate: null, serverName: null }

/** Parses an upstream URL that the configuration has accepted. */
export function upstreamTarget(url: string, tls: UpstreamTls = usualTls): UpstreamTarget {
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === "https:"
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname
  const number = port === "" ? (isTls ? 443 : 80) : Number(port)
  const authority = `${hostname}:${number}`
  return { name: `${protocol}//${authority}`, authority, host, port: number, isTls, tls }
}
