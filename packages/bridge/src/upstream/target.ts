/** A backend's address. */
export interface UpstreamTarget {
  /** `http://host:port` or `https://host:port`: also its name in logs and metrics. */
  readonly name: string
  /** `:authority` of its requests. */
  readonly authority: string
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** PEM of the certificate authorities to trust; null: Node's own list. */
  readonly ca: string | null
}

/** Reads an upstream URL that the configuration has accepted. */
export function upstreamTarget(url: string, ca: string | null): UpstreamTarget {
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === "https:"
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname
  const number = port === "" ? (isTls ? 443 : 80) : Number(port)
  const authority = `${hostname}:${number}`
  return { name: `${protocol}//${authority}`, authority, host, port: number, isTls, ca }
}
